"""Why: what a set of connections has in common that the rest has not.

Every value of every dimension that enough of the chosen share, and every promising pair of two,
is held against the rest by the exact hypergeometric test: could so many of that kind be among the
chosen by chance? It is corrected by Bonferroni's rule with weights: each way of telling
connections apart gets the same part of the doubt that is allowed, and within it each value as
much as it has of the fleet. So a value that half of the fleet shares is two comparisons, one of
three connections in 300 is a hundred, and values that could not be told from the rest anyway cost
nothing. The weights know nothing of who was chosen, which keeps the promise of ``DOUBT``; Holm's
rule would promise the same, and is no sharper for the first line, which is the one that counts.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from math import ceil, exp, log

from msgspec import Struct

from tui.core.connection import State
from tui.core.fleet import GONE_KEPT, Fleet, Tracked
from tui.core.hypergeometric import log_chance
from tui.core.instant import TICKS, Instant, clock_text
from tui.core.partitions import PARTITIONS, Kind, Partition, Table, ambiguous
from tui.core.why_words import Name, Said, brief, sentence, together, what

DOUBT = 0.01
"""The chance, at the most, to claim anything of connections that were chosen by mere chance."""
FEWEST = 3
"""Connections of which something is claimed, at the least."""
COVERED = 0.2
"""Share of the chosen that a line has to explain, at the least."""
LIFT = 2.0
"""How many times as common it has to be among the chosen as among the rest."""
LINES = 6
"""Lines that are told, at the most."""
_PAIRS_SHARE = 0.1
"""Part of the doubt that pairs of dimensions get: most causes are plain."""
_PAIRED = 8
"""Values, the most promising ones, of which pairs are made."""
_CLEARLY = log(1_000)
"""How much less likely by chance something has to be to be clearly the better explanation."""
_SAME = 0.9
"""Share of the connections of either of two values that both have in common, to be called one."""


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


class _Claim(Struct):
    """A value, or a pair of two, that may be told."""

    parts: tuple[tuple[Partition, Kind], ...]
    struck: int
    """Which of the chosen have it, a bit for each."""
    also: int
    score: float
    """Logarithm of its corrected chance."""
    place: tuple[int, ...]
    """Of its partitions among all: the order of what is equally likely."""
    raws: tuple[str, ...]
    """Its values as a chosen one has them."""

    @property
    def hits(self) -> int:
        return self.struck.bit_count()

    @property
    def order(self) -> tuple[object, ...]:
        return round(self.score, 9), len(self.parts), self.place, self.raws


def dropped(fleet: Fleet) -> list[Tracked]:
    """Those that beat last within the last ``GONE_KEPT`` seconds and are late, silent or gone."""
    if fleet.at is None:
        return []
    since, live = fleet.at - round(GONE_KEPT * TICKS), State.LIVE
    return [
        one
        for one in fleet.tracked.values()
        if one.state is not live and one.connection.last_heartbeat >= since
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
    told = explain_rows(struck, rest, at, called=called, others=others)
    caveats = tuple(_caveats(fleet, at))
    return Explanation(
        told.lines, told.chosen, told.rest, told.note, caveats, told.called, told.others
    )


def _rest(fleet: Fleet, struck: Sequence[Tracked], at: Instant) -> tuple[list[Tracked], str]:
    """Whom to compare with, and what they are called."""
    live, gone = State.LIVE, State.GONE
    names = {one.connection_id for one in struck}
    if any(one.state is live for one in struck):
        there = [
            one
            for name, one in fleet.tracked.items()
            if one.seen == at and one.state is not gone and name not in names
        ]
        return there, "others"
    return healthy_beside(fleet, struck, at), "healthy"


def healthy_beside(fleet: Fleet, struck: Sequence[Tracked], at: Instant) -> list[Tracked]:
    """The live ones that could have been struck as well: that were there, and are no successors."""
    live = State.LIVE
    last = max((one.connection.last_heartbeat for one in struck), default=at)
    names = {one.connection_id for one in struck}
    instead = {
        session.connection_id
        for one in struck
        for session in fleet.lineage.line_of(one.connection)
        if session.follows in names
    }
    healthy = [
        one
        for one in fleet.tracked.values()
        if one.state is live and one.seen == at and one.connection.start <= last
    ]
    if not instead:
        return healthy
    return [one for one in healthy if one.connection.connection_id not in instead]


def _caveats(fleet: Fleet, at: Instant) -> Iterator[str]:
    if fleet.is_blind:
        yield f"This is as of {clock_text(at)}: what has happened since is not known."
    if fleet.last is not None and not fleet.last.complete:
        yield "The answer is cut: the rest is only the part of it that is known."


def explain_rows(
    struck: Sequence[Tracked],
    rest: Sequence[Tracked],
    at: Instant,
    *,
    called: str = "dropped",
    others: str = "healthy",
) -> Explanation:
    """What ``struck`` have in common that ``rest`` have not, as of ``at``.

    Args:
        struck: the chosen ones.
        rest: whom to compare them with; none of them is among the chosen.
        at: the instant by which ages go.
        called: what the chosen are, in a word.
        others: what the rest are, in a word.
    """
    size, count = len(struck), len(rest)
    said = Said(called, others, size, count, at)
    if size < FEWEST or not count:
        return Explanation((), size, count, _too_few(struck, said), (), called, others)
    search = _Search(struck, rest, at)
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


class _Search:
    """All comparisons of one explanation."""

    def __init__(self, struck: Sequence[Tracked], rest: Sequence[Tracked], at: Instant) -> None:
        self.struck = Table(struck, at)
        self.rest = Table(rest, at)
        self.size, self.whole = len(struck), len(struck) + len(rest)
        self.least = max(FEWEST, ceil(COVERED * self.size))
        self._varied = 0
        """Partitions in which not all are of one kind: only those compare anything."""
        singles = self._singles()
        # Only now it is known how many comparisons there are.
        self.ways = self._varied / (1 - _PAIRS_SHARE)
        self.pair_ways = max(1, self._varied * (self._varied - 1) // 2) / _PAIRS_SHARE
        for one in singles:
            one.score = self.score(one.hits, one.also, self.ways)
        pairs = self._pairs(singles)
        claims = [one for one in (*singles, *pairs) if self._is_claim(one)]
        self.claims = sorted(claims, key=lambda one: one.order)

    def score(self, hits: int, also: int, ways: float) -> float:
        """The logarithm of the chance, corrected: weights by the share of the fleet."""
        kind = hits + also
        chance = log_chance(hits, self.size, kind, self.whole)
        return chance + log(ways * self.whole / kind)

    def _is_claim(self, one: _Claim) -> bool:
        return one.score <= log(DOUBT) and self._lifts(one.hits, one.also, LIFT)

    def _lifts(self, hits: int, also: int, times: float) -> bool:
        return hits * (self.whole - self.size) >= times * also * self.size

    def _singles(self) -> list[_Claim]:
        found: list[_Claim] = []
        labelled = self.struck.is_labelled or self.rest.is_labelled
        for place, partition in enumerate(PARTITIONS):
            if partition.name == "context" and not labelled:
                continue
            column = self.struck.column(partition.read)
            kinds = [partition.kind(raw) for raw in column]
            counts = Counter(kinds)
            counts.pop(None, None)
            wanted = {kind for kind, hits in counts.items() if hits >= self.least}
            if not counts and not self._has_kinds(partition):
                continue
            beside = partition.count(self.rest, wanted) if wanted else Counter()
            if any(counts[kind] + beside[kind] == self.whole for kind in wanted):
                continue
            self._varied += 1
            for kind in wanted - ambiguous(partition, (self.struck, self.rest)):
                mask = self.struck.mask(partition, kind)
                raws = Counter(raw for raw, one in zip(column, kinds, strict=True) if one == kind)
                texts = Counter[str]()
                for raw, number in raws.items():
                    texts[partition.text(raw)] += number
                text = max(texts, key=lambda text: (texts[text], text))
                also = beside[kind]
                found.append(_Claim(((partition, kind),), mask, also, 0.0, (place,), (text,)))
        return found

    def _has_kinds(self, partition: Partition) -> bool:
        return any(partition.kind(raw) is not None for raw in self.rest.tally(partition.read))

    def _pairs(self, singles: list[_Claim]) -> list[_Claim]:
        """Pairs that say clearly more than each of their parts."""
        parts = [one for one in singles if one.also and self._lifts(one.hits, one.also, 1.0)]
        parts = sorted(parts, key=lambda one: one.order)[:_PAIRED]
        found: list[_Claim] = []
        for one, other in combinations(sorted(parts, key=lambda one: one.place), 2):
            if one.parts[0][0].dimension is other.parts[0][0].dimension:
                continue
            both = one.struck & other.struck
            hits, goal = both.bit_count(), min(one.score, other.score) - _CLEARLY
            # What cannot get there even if none of the rest has both need not be counted.
            if hits < self.least or self.score(hits, 0, self.pair_ways) > goal:
                continue
            also = (self._beside(one) & self._beside(other)).bit_count()
            score = self.score(hits, also, self.pair_ways)
            if score <= goal:
                found.append(
                    _Claim(
                        one.parts + other.parts,
                        both,
                        also,
                        score,
                        one.place + other.place,
                        one.raws + other.raws,
                    )
                )
        return found

    def _beside(self, one: _Claim) -> int:
        """Which of the rest have it."""
        if not one.also:
            return 0
        masks = [self.rest.mask(partition, kind) for partition, kind in one.parts]
        return masks[0] & masks[-1]

    def lines(self) -> Iterator[tuple[_Claim, list[_Claim], bool]]:
        """The claims to tell, each with those that say the same, and whether it is a rival."""
        left, explained, beside = self.claims, 0, 0
        best = left[0].score if left else 0.0
        for number in range(LINES):
            chosen, rival = None, False
            for place, one in enumerate(left):
                rival = number > 0 and not self._is_new(one, explained, beside)
                if not rival or one.score <= best + _CLEARLY:
                    chosen, left = one, left[place + 1 :]
                    break
            if chosen is None:
                return
            same = [one for one in left if self._are_same(chosen, one)]
            left = [one for one in left if one not in same]
            yield chosen, same, rival
            explained |= chosen.struck
            beside |= self._beside(chosen)

    def _is_new(self, one: _Claim, explained: int, beside: int) -> bool:
        """Whether it stands out among those, too, that the lines so far do not speak of."""
        size = self.size - explained.bit_count()
        whole = size + self.whole - self.size - beside.bit_count()
        hits = (one.struck & ~explained).bit_count()
        if hits < self.least:
            return False
        also = (self._beside(one) & ~beside).bit_count()
        ways = self.ways if len(one.parts) == 1 else self.pair_ways
        score = log_chance(hits, size, hits + also, whole) + log(ways * whole / (hits + also))
        return score <= log(DOUBT)

    def _are_same(self, one: _Claim, other: _Claim) -> bool:
        """Whether two values are those of the same connections, or nearly."""
        if len(one.parts) != len(other.parts):
            return False
        common = (one.struck & other.struck).bit_count()
        either = one.hits + one.also + other.hits + other.also - common
        most = common + min(one.also, other.also)
        if most < _SAME * (either - min(one.also, other.also)):
            return False
        both = (self._beside(one) & self._beside(other)).bit_count()
        return common + both >= _SAME * (either - both)


def _line(claim: _Claim, same: list[_Claim], rival: bool, search: _Search, said: Said) -> Line:
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


def _names(claim: _Claim, struck: Table) -> list[Name]:
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
