"""What a soak measured, and what is wrong with that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.faults.monkey import PLACES

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY = 5.0
"""Simulated seconds from poll to poll."""
AN_HOUR = round(3_600 / EVERY)
"""Polls in a simulated hour."""
SLOPE = 1.0
"""MB that a simulated hour may add, after the first."""
_SPARE = 3
"""Descriptors and tasks by which two moments of rest may differ: those of one request."""


@dataclass(frozen=True)
class Sample:
    """How the process stands at rest."""

    hours: float
    """Simulated time that has passed."""
    rss: float
    """Resident memory in MB."""
    descriptors: int
    tasks: int
    """But for those of scroll bars, which are made when there first is something to scroll."""
    threads: int


@dataclass
class Verdict:
    """What the soak has found."""

    hours: float
    polls: int = 0
    keys: int = 0
    samples: list[Sample] = field(default_factory=list)
    met: dict[str, int] = field(default_factory=dict)
    """How often each fault has begun."""
    played: dict[str, int] = field(default_factory=dict)
    """How often each scenario was switched on."""
    sizes: int = 0
    visits: dict[str, int] = field(default_factory=dict)
    """Keys by the place they were typed into."""
    problems: list[str] = field(default_factory=list)
    """Whatever was raised or logged, in one line each."""
    differences: list[str] = field(default_factory=list)
    """By which the table differs from the truth at the end."""

    @property
    def slope(self) -> float | None:
        """MB that an hour adds, after the first: least squares; ``None`` where hours are few."""
        later = [one for one in self.samples if one.hours >= 1]
        if len(later) < 3:
            return None
        middle = sum(one.hours for one in later) / len(later)
        mean = sum(one.rss for one in later) / len(later)
        over = sum((one.hours - middle) * (one.rss - mean) for one in later)
        return over / sum((one.hours - middle) ** 2 for one in later)

    def complaints(self) -> Iterator[str]:
        """All that is not as it should be."""
        yield from self.problems
        yield from self.differences
        if self.slope is not None and self.slope > SLOPE:
            yield f"memory grows by {self.slope:.2f} MB an hour"
        for name in ("descriptors", "tasks"):
            counts = [getattr(one, name) for one in self.samples]
            if max(counts, default=0) > min(counts[:1], default=0) + _SPARE:
                yield f"{name} are not flat: {counts}"
        missed = PLACES - self.visits.keys()
        if self.polls < self.hours * AN_HOUR:
            yield f"it ended after {self.polls:,} polls"
        if missed:
            yield f"the monkey was never in {', '.join(sorted(missed))}"

    def line(self) -> str:
        """The whole in one line."""
        if not self.samples:
            return "conntop soak: nothing was measured"
        slope = "too short for a slope" if self.slope is None else f"{self.slope:+.2f} MB an hour"
        first, last = self.samples[0], self.samples[-1]
        return (
            f"conntop soak: {self.hours:g} h simulated, {self.polls:,} polls, {self.keys:,} keys "
            f"in {len(self.visits)} places, {sum(self.met.values()):,} faults of {len(self.met)} "
            f"kinds, {sum(self.played.values()):,} scenarios, {self.sizes:,} sizes; memory "
            f"{first.rss:.1f} to {last.rss:.1f} MB, {slope}; descriptors {first.descriptors} to "
            f"{last.descriptors}, tasks {first.tasks} to {last.tasks}; "
            f"{len(self.problems)} problems, {len(self.differences)} differences from the truth"
        )
