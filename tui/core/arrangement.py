"""Arrangement: which connections are shown, in which order, and what there is to choose from."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from tui.core.columns import BY_KEY
from tui.core.connection import State
from tui.core.facets import FACETS, facet
from tui.core.fleet import Fleet, Tracked
from tui.core.grammar import NO_FILTER, Filter
from tui.core.instant import Instant
from tui.core.ordering import in_order

NO_INSTANTS: Mapping[str, Instant] = {}
"""There is one context only, and so one instant for all rows."""


class Order(Struct, frozen=True):
    """How rows are sorted; by id where they are equal, so that no row jumps about."""

    key: str = "state"
    """A column's key."""
    reverse: bool = False
    """Whether the order of the column is turned round."""

    @property
    def arrow(self) -> str:
        """``▼`` from much to little, ``▲`` from little to much."""
        return "▼" if BY_KEY[self.key].falls != self.reverse else "▲"

    def arrange(
        self, rows: Iterable[Tracked], at: Instant, instants: Mapping[str, Instant] = NO_INSTANTS
    ) -> list[Tracked]:
        """``rows`` in order, each judged at the instant of its context, or else at ``at``."""
        sort = BY_KEY[self.key].sort
        by_id = in_order(rows, lambda one: one.connection_id)
        if not instants:
            return in_order(by_id, lambda one: sort(one, at), reverse=self.reverse)
        return in_order(
            by_id,
            lambda one: sort(one, instants.get(one.labels.context, at)),
            reverse=self.reverse,
        )


class Arrangement(Struct, frozen=True):
    """A fleet made ready to be drawn. Holds no text: that is made for visible rows only."""

    rows: Sequence[Tracked] = ()
    """What passes the filter, in order."""
    places: Mapping[str, int] = field(default_factory=dict)
    """The row number of each connection id in ``rows``."""
    total: int = 0
    """How many there are without the filter."""
    counts: Mapping[State, int] = field(default_factory=dict)
    """All connections by state, filtered out or not."""
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By Query's field: the values seen, with their counts."""
    at: Instant | None = None
    """The server time of the answer that it shows."""
    instants: Mapping[str, Instant] = NO_INSTANTS
    """The same by context, where several are watched."""

    def at_of(self, one: Tracked) -> Instant | None:
        """The server time of the answer that ``one`` is shown by."""
        return self.instants.get(one.labels.context, self.at) if self.instants else self.at


def arrange(
    fleet: Fleet,
    order: Order,
    condition: Filter = NO_FILTER,
    held: Mapping[str, int] | None = None,
) -> Arrangement:
    """What is shown of ``fleet``.

    Args:
        fleet: what is known.
        order: how to sort.
        condition: what to let through.
        held: places to keep; ids without one come after them, in ``order``.
    """
    at = fleet.at
    if at is None:
        return Arrangement()
    instants = {name: part.at for name, part in fleet.parts.items() if part.at is not None}
    passing = [
        one
        for one in fleet.tracked.values()
        if condition.passes(one, instants.get(one.labels.context, at) if instants else at)
    ]
    rows = order.arrange(passing, at, instants)
    if held is not None:
        last = len(held)
        rows = in_order(rows, lambda one: held.get(one.connection_id, last))
    return Arrangement(
        rows,
        {one.connection_id: place for place, one in enumerate(rows)},
        len(fleet.tracked),
        fleet.counts(),
        {dimension.field: facet(fleet, dimension) for dimension in FACETS},
        at,
        instants,
    )
