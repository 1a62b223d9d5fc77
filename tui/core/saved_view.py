"""SavedView: a way to look at the fleet, kept under a number."""

from collections.abc import Mapping

from msgspec import Struct, field

from tui.core.arrangement import Order
from tui.core.instant import Instant, as_served
from tui.core.query import Query, parse_query

NUMBERS = range(1, 10)
"""The keys that views are kept under."""


class SavedView(Struct, frozen=True):
    """What is asked, and how the answer is shown. All of it can be used: it was checked."""

    name: str = ""
    """What people call it; safe to show."""
    query: Mapping[str, str] = field(default_factory=dict)
    """The question as it was typed, by Query's fields; a span like ``15m`` stays one."""
    condition: str = ""
    """The filter of ``/``."""
    order: Order = field(default_factory=Order)
    """How rows are sorted."""
    columns: tuple[str, ...] = ()
    """Keys of the columns in their order; empty for the usual ones."""
    wide: bool = False
    """Whether all columns are shown."""
    group: str = ""
    """Key of the dimension by which it is grouped; empty for rows."""

    def question(self, now: Instant | None) -> Query:
        """What is asked at ``now``, by the server's time.

        Raises:
            QueryError: a span back, and nobody knows from when.
        """
        return parse_query(self.query, now)


def as_typed(query: Query) -> dict[str, str]:
    """A question as somebody would type it, by Query's fields; what is not narrowed is left out.

    >>> as_typed(Query(service="EMS", active_only=False, minutes=5))
    {'service': 'EMS', 'active_only': 'false', 'minutes': '5'}
    """
    default, typed = Query(), {}
    for name in Query.__struct_fields__:
        value = getattr(query, name)
        if value != getattr(default, name):
            typed[name] = value if isinstance(value, str) else str(value).lower()
    for name in ("time_start", "time_end"):
        if name in typed:
            typed[name] = as_served(getattr(query, name))
    return typed
