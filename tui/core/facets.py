"""Facets: the dimensions of the fleet that the endpoint can filter by, with counts."""

from msgspec import Struct

from tui.core.connection import Connection, State
from tui.core.fleet import Fleet
from tui.core.ordering import in_order

VALUES_KEPT = 500
"""Values of a facet that are offered; who seeks another one types it."""


class Facet(Struct, frozen=True):
    """A dimension of the fleet that the endpoint can filter by."""

    field: str
    """Query's field."""
    title: str
    """Its name on screen."""
    attribute: str
    """Connection's attribute."""

    def value(self, connection: Connection) -> str:
        """The connection's value in this dimension."""
        value = getattr(connection, self.attribute)
        assert isinstance(value, str)
        return value


FACETS = (
    Facet("service", "Service", "service"),
    Facet("protocol", "Protocol", "protocol"),
    Facet("data_center", "Data center", "data_center"),
    Facet("api_key_id", "API key", "api_key_id"),
)
"""The dimensions of the filter pane."""


def facet(fleet: Fleet, read: Facet) -> dict[str, int]:
    """The values of one dimension among connections that are there, with their counts.

    Ordered by count, then by name; the ``VALUES_KEPT`` most frequent ones. The values are served
    text: ``safe`` before showing.
    """
    counts: dict[str, int] = {}
    for one in fleet.tracked.values():
        if one.state is not State.GONE:
            value = read.value(one.connection)
            counts[value] = counts.get(value, 0) + 1
    ordered = in_order(counts.items(), lambda item: (-item[1], item[0]))
    return dict(ordered[:VALUES_KEPT])
