"""Reports of recordings, made without a command line."""

from pathlib import Path

from tests.strategies import NOON
from tui.archive.reading import Recording
from tui.archive.sessions import observed
from tui.archive.store import open_store
from tui.core.lineage import LINE_KEPT, Lineage
from tui.core.names import NO_NAMES, Names
from tui.report.availability import Report, Subject, make_report

SUBJECT = Subject(
    "prod",
    "api-console.apibricks.io",
    "fleet.conntop",
    "conntop report fleet.conntop",
    "1.2.3",
    NOON,
)


def report_of(recording: Path | str, names: Names = NO_NAMES) -> Report:
    """The report of all of a recording, by its path or URL."""
    store = open_store(str(recording))
    try:
        read = Recording(store)
        mine = read.feed()
        span = read.span(mine)
        seen = observed(read, mine, span, LINE_KEPT, Lineage(), names)
        return make_report(seen, span, SUBJECT)
    finally:
        store.dispose()
