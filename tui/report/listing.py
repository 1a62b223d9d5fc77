"""``list``: one answer on stdout in the format wanted, and what it lacks on stderr."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TextIO

from tui.core.fleet import Fleet, Tracked
from tui.core.fold import fold
from tui.core.grammar import Filter
from tui.core.instant import Instant, day_text
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
    _write(fleet, snapshot, condition, form, say, _CUTS)


def write_past(
    fleet: Fleet, at: Instant, condition: Filter, form: str, say: Callable[[str], None]
) -> None:
    """Write what an answer of the past had, as it was known then, like ``write_list``.

    Args:
        fleet: what was known, by an answer.
        at: when; the answer may be older.
        condition: as there.
        form: as there.
        say: as there.

    Raises:
        NoOutputError: stdout is closed.
    """
    assert fleet.last is not None
    _write(fleet, fleet.last, condition, form, say, _FORMER_CUTS)
    as_of = day_text(fleet.last.at)
    if fleet.is_blind:
        say(f"from a recording: at {day_text(at)} nothing new was known, so it is as of {as_of}")
    elif form in _FOR_EYES:
        say(f"from a recording: as of {as_of}")


def _write(
    fleet: Fleet,
    snapshot: Snapshot,
    condition: Filter,
    form: str,
    say: Callable[[str], None],
    cuts: Mapping[Cut, str],
) -> None:
    there = (fleet.tracked[one.connection_id] for one in snapshot.records)
    rows = [one for one in there if condition.passes(one, snapshot.at)]
    for_eyes = form in _FOR_EYES
    out = for_people() if for_eyes else for_data()
    write_pieces(out, _pieces(rows, fleet, form, out))
    if for_eyes and not rows:
        say(f"no connection matches: {snapshot.query.describe(fleet.names)}")
    if snapshot.cut is not None:
        say(f"{_shown(len(rows), len(snapshot.records))} shown: {cuts[snapshot.cut]}")
    if for_eyes and rows and not snapshot.clock.known:
        # Formats for programs hold times and no ages.
        for sentence in [one.sentence for one in fleet.verdicts if one.kind is VerdictKind.SKEW]:
            say(sentence)
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
_FORMER_CUTS = dict.fromkeys(Cut, "the answer of then may lack records")
_FOR_EYES = ("table", "wide")


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
