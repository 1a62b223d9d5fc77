"""An event as a record for programs, and as a line for people."""

from tui.core.events import Event, EventKind
from tui.core.instant import as_served, day_text
from tui.core.safe import safe

VERSION = 1
"""Of the records' shape: it grows when a field is taken away or gets another meaning. Fields that
are added do not change it."""


def event_record(event: Event, identity: str, context: str) -> dict[str, object]:
    """The event with the field names and times of the API; texts as served, so hostile.

    Args:
        event: the event.
        identity: what tells it from all others.
        context: the name of what is watched.
    """
    one = event.one
    record: dict[str, object] = {
        "v": VERSION,
        "id": identity,
        "at": as_served(event.at),
        "kind": event.kind.value,
        "group": event.kind.group.name.lower(),
        "context": context,
        "evidence": event.evidence,
        "connectionId": event.connection_id,
    }
    if one is None:
        return {**record, "state": None, "session": None, "names": {}, "connection": None}
    named = {"key": one.labels.key, "client": one.labels.client, "host": one.labels.host}
    return {
        **record,
        "state": one.state.value,
        "session": one.nth,
        "names": {field: name for field, name in named.items() if name},
        "connection": one.connection.record(),
    }


def event_line(event: Event) -> str:
    """The event in one line with its day, safe to show."""
    one = event.one
    where = ""
    if one is not None:
        where = f" {safe(one.connection_id, 60)}"
    if one is not None and event.kind is not EventKind.OPENED:
        # The evidence of that one tells the rest, and of each the name of its key.
        record = one.connection
        host = one.labels.host or safe(record.host, 60)
        who = one.labels.client or safe(record.client, 60)
        where += f" ({safe(record.service, 40)} on {host} by {who})"
    return f"{day_text(event.at)} {event.kind.value}{where}: {event.evidence}"
