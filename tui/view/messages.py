"""The messages of the view. Values go down, messages go up; this file is the whole traffic."""

from textual.message import Message

from tui.core.fleet import Fleet
from tui.core.query import Query
from tui.view.lane import Lane


class FleetChanged(Message):
    """A poll worker has folded another poll. Only its latest counts: it holds all before it."""

    def __init__(self, lane: Lane, fleet: Fleet) -> None:
        super().__init__()
        self.lane = lane
        self.fleet = fleet

    def can_replace(self, message: Message) -> bool:
        """A newer fleet makes an unread one of the same context worthless."""
        return isinstance(message, FleetChanged) and message.lane is self.lane


class QueryWanted(Message):
    """Somebody wants another question asked of the endpoint."""

    def __init__(self, query: Query) -> None:
        super().__init__()
        self.query = query


class FilterTyped(Message):
    """The text of the local filter has changed; ``done`` when it was confirmed or left."""

    def __init__(self, text: str, *, done: bool = False) -> None:
        super().__init__()
        self.text = text
        self.done = done


class FilterWanted(Message):
    """Somebody wants this local filter in use."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Pointed(Message):
    """The cursor stands on another connection, or on none."""

    def __init__(self, connection_id: str | None) -> None:
        super().__init__()
        self.connection_id = connection_id


class Opened(Message):
    """The connection under the cursor was clicked on."""


class SortWanted(Message):
    """The head of a column was clicked."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class TimeWanted(Message):
    """Somebody wants to look at the moment that a text names; ``None``: at none after all."""

    def __init__(self, text: str | None) -> None:
        super().__init__()
        self.text = text
