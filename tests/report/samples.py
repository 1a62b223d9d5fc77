"""Records that the golden files are made of."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.archive.made import ROUND, make_recording
from tests.report.reports import report_of
from tests.strategies import NOON, connection, snapshot
from tui.core.connection import Connection
from tui.core.fleet import Fleet, Tracked
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.core.names import Names
from tui.report.availability import Report
from tui.report.availability_markdown import markdown
from tui.report.availability_page import page
from tui.report.records import csv_lines, json_array, ndjson
from tui.report.table import table
from tui.source.wire import read_body

DATA = Path(__file__).parents[1] / "data"
GOLDEN = Path(__file__).parent / "golden"


def example() -> tuple[Connection, ...]:
    """The documentation's two records."""
    return read_body((DATA / "example.json").read_bytes()).records


def odd() -> tuple[Connection, ...]:
    """Records that use what the documentation leaves open, and texts of a stranger."""
    served = [
        {
            "connectionId": "=cmd|'/c calc'!A1",
            "host": 'quoted "host", with comma',
            "ipAddress": "2001:db8::1",
            "serviceName": "東京",
            "dataCenter": "\x1b[2J\x9b31mesc",
            "lastHeartbeat": "2024-01-15T14:30:24.1234567Z",
            "connectionStartTime": "2024-01-15T15:15:10+01:00",
            "connectionDurationSeconds": 914.5,
            "isActive": None,
            "region": {"of": ["unknown", "fields", 1e3, True, None]},
        },
        {
            "connectionId": "user\u202egnp.exe",
            "organizationId": "line\nbreak",
            "lastHeartbeat": "2024-01-15T14:28:00.0000000Z",
            "updatedAt": None,
        },
    ]
    return read_body(json.dumps(served).encode()).records


def mixed() -> tuple[Connection, ...]:
    """The example, the odd ones and one that is live."""
    return (*example(), *odd(), connection("conn_live", NOON, duration=899.0, start=NOON - TICKS))


def rows(records: Sequence[Connection]) -> list[Tracked]:
    """The records as one answer brings them."""
    return list(fold(Fleet(), snapshot(records)).tracked.values())


@cache
def two_rounds() -> Report:
    """The report of a recording in which all happens twice; one of its keys has a name."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fleet.conntop"
        make_recording(path, polls=2 * ROUND, connections=30)
        return report_of(path, Names(keys={f"{1:08x}-b5a6-4879-8765-4321dcba0987": "trading-prod"}))


GOLDEN_FILES: dict[str, Callable[[], Iterator[str]]] = {
    "list.json": lambda: json_array(mixed()),
    "list.ndjson": lambda: ndjson(mixed()),
    "list.csv": lambda: csv_lines(mixed()),
    "list.terminal.csv": lambda: csv_lines(mixed(), for_eyes=True),
    "table.txt": lambda: table(rows(mixed()), NOON),
    "wide.txt": lambda: table(rows(mixed()), NOON, wide=True, width=40),
    "narrow.txt": lambda: table(rows(mixed()), NOON, width=80),
    "availability.md": lambda: iter([markdown(two_rounds())]),
    "availability.html": lambda: iter([page(two_rounds())]),
}
"""What each golden file holds."""
