"""Why: what a set of connections has in common that the rest has not.

How they are compared: ``tui.core.why_search``.
"""

from collections.abc import Collection, Iterator, Sequence
from math import exp

from msgspec import Struct

from tui.core.connection import State
from tui.core.fleet import GONE_KEPT, Fleet, Tracked
from tui.core.instant import TICKS, Instant, clock_text
from tui.core.partitions import Table
from tui.core.safe import safe
from tui.core.standstill import UNKNOWN_RHYTHM
from tui.core.why_search import FEWEST, Claim, Search
from tui.core.why_words import Name, Said, brief, sentence, together, what


class Line(Struct, frozen=True):
    """One thing that the chosen have in common."""

    sentence: str
    """It in words, with its counts; already ``safe``."""
    brief: str
    """It as the ending of another sentence: ``all on host a (0 of 300 healthy)``; ``safe``."""
    what: str
    """What it is, without its counts; ``safe``."""
    condition: str
    """The filter of ``/`` that shows whoever has it."""
    covered: int
    """Chosen ones that have it."""
    size: int
    """All that were chosen."""
    also: int
    """Of the rest, those that have it, too."""
    rest: int
    """All of the rest."""
    chance: float
    """How likely so much is by chance alone, corrected for all comparisons; at most ``DOUBT``."""
    causes: tuple[tuple[tuple[str, str], ...], ...]
    """What it is, as (dimension, value) where a pair has two of them; what comes after the first
    is the same in other words."""
    rival: bool = False
    """Whether it explains what a line before explains, and the numbers cannot tell which is it."""

    @property
    def lift(self) -> float:
        """How many times as common it is among the chosen as among the rest."""
        common = self.also / self.rest if self.rest else 0.0
        return self.covered / self.size / common if common else float("inf")


class Explanation(Struct, frozen=True):
    """What the chosen have in common, the best explanation first."""

    lines: tuple[Line, ...]
    chosen: int
    """How many were chosen."""
    rest: int
    """How many they were compared with."""
    note: str = ""
    """Where there is no line: why nothing is claimed; ``safe``."""
    caveats: tuple[str, ...] = ()
    """What limits all of it, a sentence each: a cut answer, a lost link; ``safe``."""
    called: str = "chosen"
    """What the chosen are, in a word."""
    others: str = "others"
    """What the rest are, in a word."""


def dropped(fleet: Fleet) -> list[Tracked]:
    """Those that beat last within the last ``GONE_KEPT`` seconds and are late, silent or gone."""
    if fleet.at is None:
        return []
    kept, live = round(GONE_KEPT * TICKS), State.LIVE
    return [
        one
        for one in fleet.tracked.values()
        if one.state is not live
        and one.connection.last_heartbeat >= (fleet.part_of(one).at or fleet.at) - kept
    ]


def explain(
    fleet: Fleet, chosen: Collection[str] | None = None, *, called: str = ""
) -> Explanation:
    """What some connections of the fleet have in common.

    They are compared with the live ones where none of them is live itself, and else with all
    others that are there. Left out of the rest are those of which the last answer proves nothing,
    and those that cannot have been struck since they came later: they opened after the last of
    the chosen had stopped, or they are what its client has instead.

    Args:
        fleet: what is known.
        chosen: ids of connections; by default ``dropped``.
        called: what they are, in a word: marked, say.
    """
    at = fleet.at
    if at is None:
        return Explanation((), 0, 0, "Nothing is known yet: there has been no answer.")
    if chosen is None:
        struck, called = dropped(fleet), called or "dropped"
    else:
        found = (fleet.tracked.get(name) for name in dict.fromkeys(chosen))
        struck, called = [one for one in found if one is not None], called or "chosen"
    rest, others = _rest(fleet, struck, at)
    plain = not (fleet.names or fleet.parts)
    told = explain_rows(struck, rest, at, called=called, others=others, plain=plain)
    caveats = tuple(_caveats(fleet, at))
    return Explanation(
        told.lines, told.chosen, told.rest, told.note, caveats, told.called, told.others
    )


def _rest(fleet: Fleet, struck: Sequence[Tracked], at: Instant) -> tuple[list[Tracked], str]:
    """Whom to compare with, and what they are called."""
    if any(one.state is State.LIVE for one in struck):
        return _proven(fleet, at, set(map(id, struck))), "others"
    return healthy_beside(fleet, struck, at), "healthy"


def healthy_beside(fleet: Fleet, struck: Sequence[Tracked], at: Instant) -> list[Tracked]:
    """The live ones that could have been struck as well: that were there, and are no successors."""
    live = State.LIVE
    # Who stopped was there until its next beat was due, and others that opened until then with it.
    last = max((_due(fleet, one) for one in struck), default=at)
    names = {one.connection_id for one in struck}
    instead = {
        session.connection_id
        for one in struck
        for session in fleet.lineage.line_of(one.connection)
        if session.follows in names
    }
    healthy = [
        one for one in _proven(fleet, at, ()) if one.state is live and one.connection.start <= last
    ]
    if not instead:
        return healthy
    return [one for one in healthy if one.connection.connection_id not in instead]


def _due(fleet: Fleet, one: Tracked) -> Instant:
    rhythm = fleet.rhythm_of(one) or UNKNOWN_RHYTHM
    return one.connection.last_heartbeat + round(rhythm * TICKS)


def _proven(fleet: Fleet, at: Instant, besides: Collection[int]) -> list[Tracked]:
    """Those that are there by the last answer: that of their own context, if there are several.

    Without the very objects in ``besides``, given by their ``id()``: reading the names of 100,000
    connections would take longer than all the rest of it.
    """
    rows, gone = fleet.tracked.values(), State.GONE
    if fleet.parts:
        return [
            one
            for one in rows
            if one.seen == fleet.part_of(one).at
            and one.state is not gone
            and id(one) not in besides
        ]
    return [
        one for one in rows if one.seen == at and one.state is not gone and id(one) not in besides
    ]


def _caveats(fleet: Fleet, at: Instant) -> Iterator[str]:
    if fleet.is_blind:
        yield f"This is as of {clock_text(at)}: what has happened since is not known."
    else:
        for context, part in fleet.parts.items():
            if part.is_blind and part.at is not None:
                yield f"{safe(context, 40)} is as of {clock_text(part.at)}: its present is unknown."
    if fleet.last is not None and not fleet.last.complete:
        yield "The answer is cut: the rest is only the part of it that is known."


def explain_rows(
    struck: Sequence[Tracked],
    rest: Sequence[Tracked],
    at: Instant,
    *,
    called: str = "dropped",
    others: str = "healthy",
    plain: bool = False,
) -> Explanation:
    """What ``struck`` have in common that ``rest`` have not, as of ``at``.

    Args:
        struck: the chosen ones.
        rest: whom to compare them with; none of them is among the chosen.
        at: the instant by which ages go.
        called: what the chosen are, in a word.
        others: what the rest are, in a word.
        plain: it is known that of the rest none is gone, and people have no names for them.
    """
    size, count = len(struck), len(rest)
    said = Said(called, others, size, count, at)
    if size < FEWEST or not count:
        return Explanation((), size, count, _too_few(struck, said), (), called, others)
    search = Search(struck, rest, at, plain=plain)
    lines = tuple(_line(claim, same, rival, search, said) for claim, same, rival in search.lines())
    note = ""
    if not lines:
        note = (
            f"{size:,} {called} have nothing in common that stands out against {count:,} {others}."
        )
    return Explanation(lines, size, count, note, (), called, others)


def _too_few(struck: Sequence[Tracked], said: Said) -> str:
    if not struck:
        return f"None {said.called}: there is nothing to explain."
    if len(struck) < FEWEST:
        return f"{len(struck)} {said.called}: too few to tell what they have in common."
    return f"{len(struck):,} {said.called}, but there are none to compare them with."


def _line(claim: Claim, same: list[Claim], rival: bool, search: Search, said: Said) -> Line:
    names = [_names(one, search.struck) for one in (claim, *same)]
    return Line(
        sentence(said, claim.hits, claim.also, names),
        brief(said, claim.hits, claim.also, names),
        what(said, names),
        together(names[0]),
        claim.hits,
        said.size,
        claim.also,
        said.rest,
        exp(claim.score),
        tuple(tuple((name.dimension.key, name.value) for name in each) for each in names),
        rival,
    )


def _names(claim: Claim, struck: Table) -> list[Name]:
    """Its values, with the names that people gave them: only such as all of them have."""
    named: list[Name] = []
    for (partition, kind), value in zip(claim.parts, claim.raws, strict=True):
        dimension = partition.dimension
        labels = {""}
        if struck.is_labelled:
            raws = struck.column(partition.read)
            labels = {
                dimension.label(one)
                for one, raw in zip(struck.rows, raws, strict=True)
                if partition.kind(raw) == kind
            }
        named.append(Name(dimension, value, labels.pop() if len(labels) == 1 else ""))
    return named
