"""Writing: all that a handover note is made of, as known at one moment."""

from datetime import UTC, datetime

from msgspec import Struct

from tui.core.fleet import Fleet
from tui.core.grammar import Filter
from tui.core.handover import Where, note
from tui.core.instant import Instant, to_datetime
from tui.core.mask import Mask, mask_of

PAST = "This is the past: all of it is as it was known then, and the query below shows the present"
"""What such a note says of itself."""


class Writing(Struct, frozen=True):
    """A note that is to be written."""

    fleet: Fleet
    where: Where
    condition: Filter
    """The filter of ``/``."""
    now: Instant | None
    """The server's time, as far as it is known."""
    chosen: frozenset[str] | None
    """The marked connections; ``None`` for those that dropped."""
    paused: bool
    is_past: bool = False
    """Whether it is about the past: ``now`` was the time then."""

    def note(self, *, mask_clients: bool) -> str:
        """The note. Of a large fleet that takes long: it belongs into a thread."""
        return note(
            self.fleet,
            where=self.where,
            condition=self.condition,
            now=self.now,
            chosen=self.chosen,
            paused=self.paused,
            mask_clients=mask_clients,
            remarks=(PAST,) if self.is_past else (),
        )

    def mask(self, *, clients: bool) -> Mask:
        """What is told in the place of key ids, and of ``clients``' addresses; as slow."""
        return mask_of(self.fleet.tracked.values(), self.fleet.query.api_key_id, clients=clients)

    @property
    def subject(self) -> str:
        """What it is about."""
        if self.chosen is not None:
            return f"the {len(self.chosen):,} marked"
        return "what dropped" + (" and passes the filter of /" if self.condition.tests else "")

    @property
    def file_name(self) -> str:
        """The name of its file, without an ending."""
        at = self.now if self.now is not None else self.fleet.at
        moment = datetime.now(UTC) if at is None else to_datetime(at)
        return f"conntop-handover-{moment:%Y%m%dT%H%M%SZ}"
