"""The search for what explains: every comparison of Why, and which of them are told.

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
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import ceil, inf, log

from msgspec import Struct

from tui.core.fleet import Tracked
from tui.core.hypergeometric import log_chance
from tui.core.instant import Instant
from tui.core.partitions import PARTITIONS, Kind, OfKind, Partition, Table, ambiguous

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
_SOME = 8_192
"""Connections of the rest that are looked at before all of them are."""
_SAME = 0.9
"""Share of the connections of either of two values that both have in common, to be called one."""


class Claim(Struct):
    """A value, or a pair of two, that may be told."""

    parts: tuple[OfKind, ...]
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
        """How many of the chosen have it."""
        return self.struck.bit_count()

    @property
    def order(self) -> tuple[object, ...]:
        """The likeliest explanation first, whatever the order of the records."""
        return round(self.score, 9), len(self.parts), self.place, self.raws


class Search:
    """All comparisons of one explanation."""

    def __init__(
        self,
        struck: Sequence[Tracked],
        rest: Sequence[Tracked],
        at: Instant,
        *,
        plain: bool = False,
    ) -> None:
        """``plain``: see ``Table``; of the rest."""
        self.struck = Table(struck, at)
        self.rest = Table(rest, at, plain=plain)
        self.size, self.whole = len(struck), len(struck) + len(rest)
        self.least = max(FEWEST, ceil(COVERED * self.size))
        self._among: dict[tuple[OfKind, ...], tuple[OfKind, ...]] = {}
        """The parts of each pair, the one that fewer of the rest have first."""
        self._varied = 0
        """Partitions in which not all are of one kind: only those compare anything."""
        self.singles = singles = self._singles()
        """Every value that enough of the chosen have."""
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

    def _is_claim(self, one: Claim) -> bool:
        return one.score <= log(DOUBT) and self._lifts(one.hits, one.also, LIFT)

    def _lifts(self, hits: int, also: int, times: float) -> bool:
        return hits * (self.whole - self.size) >= times * also * self.size

    def _singles(self) -> list[Claim]:
        found: list[Claim] = []
        best: Claim | None = None
        most = len(PARTITIONS) / (1 - _PAIRS_SHARE)
        labelled = self.struck.is_labelled or self.rest.is_labelled
        for place, partition in enumerate(PARTITIONS):
            if partition.name == "context" and not labelled:
                continue
            tally = self.struck.tally(partition.read)
            counts = Counter[Kind]()
            for raw, number in tally.items():
                counts[partition.kind(raw)] += number
            counts.pop(None, None)
            wanted = {kind for kind, hits in counts.items() if hits >= self.least}
            if not counts and not self._has_kinds(partition):
                continue
            if len(counts) > 1 and best is not None:
                masks = {kind: self.struck.mask(partition, kind) for kind in wanted}
                if all(
                    self._cannot_be_told(mask, self.score(counts[kind], 0, most), best)
                    for kind, mask in masks.items()
                ):
                    self._varied += 1
                    continue
            beside = partition.count(self.rest, wanted) if wanted else Counter()
            if any(counts[kind] + beside[kind] == self.whole for kind in wanted):
                continue
            self._varied += 1
            for kind in wanted - ambiguous(partition, (self.struck, self.rest)):
                mask = self.struck.mask(partition, kind)
                texts = Counter[str]()
                for raw in partition.of_kinds(tally, {kind}):
                    texts[partition.text(raw)] += tally[raw]
                text = max(texts, key=lambda text: (texts[text], text))
                also = beside[kind]
                score = self.score(counts[kind], also, most)
                one = Claim(((partition, kind),), mask, also, score, (place,), (text,))
                found.append(one)
                if self._is_claim(one) and (best is None or one.order < best.order):
                    best = one
        return found

    def _has_kinds(self, partition: Partition) -> bool:
        return any(partition.kind(raw) is not None for raw in self.rest.tally(partition.read))

    def _pairs(self, singles: list[Claim]) -> list[Claim]:
        """Pairs that say clearly more than each of their parts."""
        shared = [one for one in singles if one.also and self._lifts(one.hits, one.also, 1.0)]
        shared = sorted(shared, key=lambda one: one.order)[:_PAIRED]
        found: list[Claim] = []
        best = min(filter(self._is_claim, singles), key=lambda one: one.order, default=None)
        for one, other in combinations(sorted(shared, key=lambda one: one.place), 2):
            if one.parts[0][0].dimension is other.parts[0][0].dimension:
                continue
            both = one.struck & other.struck
            hits, goal = both.bit_count(), min(one.score, other.score) - _CLEARLY
            # What cannot get there even if none of the rest has both need not be counted.
            lowest = self.score(hits, 0, self.pair_ways) if hits >= self.least else inf
            if lowest > goal or (best is not None and self._cannot_be_told(both, lowest, best)):
                continue
            few, many = sorted((one, other), key=lambda part: part.also)
            heads = [self.rest.mask(*part.parts[0], first=_SOME) for part in (few, many)]
            some = (heads[0] & heads[1]).bit_count()
            lowest = self.score(hits, some, self.pair_ways)
            if lowest > goal or (best is not None and self._cannot_be_told(both, lowest, best)):
                continue
            also = len(self.rest.members(*few.parts, *many.parts))
            score = self.score(hits, also, self.pair_ways)
            if score > goal:
                continue
            parts, place = one.parts + other.parts, one.place + other.place
            pair = Claim(parts, both, also, score, place, one.raws + other.raws)
            self._among[parts] = few.parts + many.parts
            found.append(pair)
            if self._is_claim(pair) and (best is None or pair.order < best.order):
                best = pair
        return found

    def _cannot_be_told(self, struck: int, lowest: float, best: Claim) -> bool:
        """Whether what scores so at the best neither vies with ``best`` nor adds to it.

        Then it need not be counted: it would not be told, whatever the rest has of it.
        """
        beyond = (struck & ~best.struck).bit_count()
        return lowest > best.score + _CLEARLY and beyond < self.least

    def _beside(self, one: Claim) -> frozenset[int]:
        """Which of the rest have it."""
        if not one.also:
            return frozenset()
        return self.rest.members(*self._among.get(one.parts, one.parts))

    def lines(self) -> Iterator[tuple[Claim, list[Claim], bool]]:
        """The claims to tell, each with those that say the same, and whether it is a rival."""
        left, explained = self.claims, 0
        beside: frozenset[int] = frozenset()
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

    def _is_new(self, one: Claim, explained: int, beside: frozenset[int]) -> bool:
        """Whether it stands out among those, too, that the lines so far do not speak of."""
        size = self.size - explained.bit_count()
        whole = size + self.whole - self.size - len(beside)
        hits = (one.struck & ~explained).bit_count()
        if hits < self.least:
            return False
        also = len(self._beside(one) - beside)
        ways = self.ways if len(one.parts) == 1 else self.pair_ways
        score = log_chance(hits, size, hits + also, whole) + log(ways * whole / (hits + also))
        return score <= log(DOUBT)

    def _are_same(self, one: Claim, other: Claim) -> bool:
        """Whether two values are those of the same connections, or nearly."""
        if len(one.parts) != len(other.parts):
            return False
        common = (one.struck & other.struck).bit_count()
        either = one.hits + one.also + other.hits + other.also - common
        most = common + min(one.also, other.also)
        if most < _SAME * (either - min(one.also, other.also)):
            return False
        both = len(self._beside(one) & self._beside(other))
        return common + both >= _SAME * (either - both)
