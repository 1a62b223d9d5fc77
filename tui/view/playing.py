"""Playing: that what is seen comes out of a recording, and how it goes on."""

from msgspec import Struct

from tui.core.instant import Instant, clock_text, day_text
from tui.core.safe import safe


class Playing(Struct, frozen=True):
    """How a recording is played."""

    name: str
    """What people call it."""
    speed: float = 1.0
    """Its seconds in one second."""
    ends_at: Instant | None = None
    """Set at its end: when that is."""
    trouble: str = ""
    """Why it cannot be read on."""

    @property
    def words(self) -> str:
        """What stands in the header, so that nobody takes it for the present."""
        return f"RECORDING {safe(self.name, 60)} · {self.speed:g}×"

    def sentence(self, at: Instant, *, paused: bool) -> str:
        """Why it does not go on; empty while it does."""
        if self.trouble:
            return f"{self.trouble}; it is tried again"
        if self.ends_at is not None:
            return (
                f"end of the recording: nothing is recorded after {day_text(self.ends_at)} (yet); "
                "[ { @ go back"
            )
        if paused:
            return f"paused at {clock_text(at)}: p plays on, R takes the next poll"
        return ""
