"""``list``: one answer on stdout in the format wanted, and what it lacks on stderr."""

from collections.abc import Callable, Iterator, Sequence
from typing import TextIO

from tui.core.fleet import Fleet, Tracked
from tui.core.fold import fold
from tui.core.grammar import Filter
from tui.core.names import NO_NAMES, Names
from tui.core.snapshot import Cut, Snapshot
from tui.core.verdict import VerdictKind
from tui.report.output import for_data, for_people, is_terminal, width_of, write_pieces
from tui.report.records import csv_lines, json_array, ndjson
from tui.report.table import table


def write_list(
    snapshot: Snapshot,
    condition: Filter,
    form: str,
    say: Callable[[str], None],
    names: Names = NO_NAMES,
) -> None:
    """Write the records that pass ``condition`` to stdout, and tell what the answer lacks.

    Args:
        snapshot: the answer.
        condition: what lets a record through; ages count as of the answer.
        form: one of ``tui.report.FORMATS``.
        say: takes the notes.
        names: what people call keys, networks and hosts.

    Raises:
        NoOutputError: stdout is closed.
    """
    fleet = fold(Fleet(snapshot.query, names=names), snapshot)
    rows = [one for one in fleet.tracked.values() if condition.passes(one, snapshot.at)]
    for_eyes = form in ("table", "wide")
    out = for_people() if for_eyes else for_data()
    write_pieces(out, _pieces(rows, fleet, form, out))
    if for_eyes and not rows:
        say(f"no connection matches: {snapshot.query.describe(names)}")
    if snapshot.cut is not None:
        say(f"{_shown(len(rows), len(snapshot.records))} shown: {_CUTS[snapshot.cut]}")
    if for_eyes and rows and not snapshot.clock.known:
        # Formats for programs hold times and no ages.
        say(next(one.sentence for one in fleet.verdicts if one.kind is VerdictKind.SKEW))
    if snapshot.unreadable:
        fields = ", ".join(f"{name} ({count})" for name, count in snapshot.unreadable.items())
        noun = "record" if snapshot.unreadable_count == 1 else "records"
        say(f"{snapshot.unreadable_count} {noun} unreadable: {fields}")


_CUTS = {
    Cut.LIMIT: "the answer may be cut at the limit; narrow the query or raise --limit",
    Cut.SINGLE: "the answer may be cut; leave out --no-split, or narrow the query",
    Cut.BUDGET: "the answer is cut; raise --budget, or narrow the query",
    Cut.PILE: "the answer may be cut: more than one answer holds started at one and the same "
    "instant; narrow the query",
    Cut.SHIFT: "the answer may be cut: its parts do not add up; ask again",
}
"""What is to be done, by why the answer may lack records."""


def _shown(shown: int, received: int) -> str:
    return f"{shown} records" if shown == received else f"{shown} of {received} records"


def _pieces(rows: Sequence[Tracked], fleet: Fleet, form: str, out: TextIO) -> Iterator[str]:
    records, names = (one.connection for one in rows), fleet.names
    if form == "json":
        return json_array(records, names)
    if form == "ndjson":
        return ndjson(records, names)
    if form == "csv":
        return csv_lines(records, names, for_eyes=is_terminal(out))
    assert fleet.at is not None
    return table(rows, fleet.at, names, wide=form == "wide", width=width_of(out))
