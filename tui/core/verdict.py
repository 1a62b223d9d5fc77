"""Verdicts: is it them or us? The kinds there are, and what is said of one."""

from enum import Enum

from msgspec import Struct

from tui.core.instant import Instant


class VerdictKind(Enum):
    """What is the matter, the gravest first. The value is its word on screen."""

    LINK_DOWN = "link down"
    """Our questions fail: of the fleet nothing is known."""
    RATE_LIMITED = "rate-limited"
    """The endpoint says that we ask too often."""
    FROZEN = "endpoint frozen"
    """It answers, but its data stand still."""
    MASS_DROP = "mass drop"
    """Many connections have stopped at once."""
    STORM = "reconnect storm"
    """Many clients reconnect at once."""
    CUT = "cut"
    """Records may be missing: absence proves nothing."""
    UNREADABLE = "left out"
    """Some records cannot be read."""
    SKEW = "clock skew"
    """Clocks differ."""

    @property
    def about_us(self) -> bool:
        """Whether it tells of our knowledge and not of the fleet: then no row may turn red."""
        return self in (VerdictKind.LINK_DOWN, VerdictKind.RATE_LIMITED, VerdictKind.FROZEN)


class Verdict(Struct, frozen=True):
    """One thing that is the matter."""

    kind: VerdictKind
    sentence: str
    """What shows it, for people; already ``safe``."""
    since: Instant | None = None
    """Server time since when, where that is known."""
    middle: Instant | None = None
    """When the middle one of those that dropped beat last: it tells one mass drop from the next, of
    which the first few may be the last ones of before."""
