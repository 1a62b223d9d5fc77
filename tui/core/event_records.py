"""An event as a record for programs, and as a line for people."""

from tui.core.events import Event, EventKind
from tui.core.instant import as_served, day_text
from tui.core.names import NO_NAMES, Names, beside
from tui.core.safe import safe

VERSION = 1
"""Of the records' shape: it grows when a field is taken away or gets another meaning. Fields that
are added do not change it."""


def event_record(
    event: Event, identity: str, context: str, names: Names = NO_NAMES
) -> dict[str, object]:
    """The event with the field names and times of the API; texts as served, so hostile.

    Args:
        event: the event.
        identity: what tells it from all others.
        context: the name of what is watched.
        names: what has names at all; they come after what is served.
    """
    one = event.one
    connection: dict[str, object] | None = None
    if one is not None:
        record = one.connection.record()
        called = names.fields(one.labels).items()
        connection = record | {field: name for field, name in called if field not in record}
    return {
        "v": VERSION,
        "id": identity,
        "at": as_served(event.at),
        "kind": event.kind.value,
        "group": event.kind.group.name.lower(),
        "context": context,
        "evidence": event.evidence,
        "connectionId": event.connection_id,
        "state": None if one is None else one.state.value,
        "session": None if one is None else one.nth,
        "connection": connection,
    }


def event_line(event: Event) -> str:
    """The event in one line with its day, safe to show."""
    one, where = event.one, ""
    if one is not None:
        record = one.connection
        where = f" {safe(record.connection_id, 60)}"
        if event.kind is not EventKind.OPENED:
            # The evidence of that one tells the rest.
            client = beside(record.client, one.labels.client)
            host = beside(record.host, one.labels.host)
            where += f", {safe(record.service, 40)} on {host} by {client}"
    return f"{day_text(event.at)} {event.kind.value}{where}: {event.evidence}"
