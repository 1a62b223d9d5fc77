"""Reading: whether what a rule says is so in one answer, as far as that answer can prove it."""

import math

from msgspec import Struct

from tui.core.alert_rules import Rule, Threshold, What
from tui.core.connection import HEARTBEAT_LIMIT, JUDGED_WITHIN, State
from tui.core.fleet import GONE_KEPT, Fleet, Tracked
from tui.core.instant import Instant, seconds_between, span_text
from tui.core.judge import is_mass, struck
from tui.core.safe import safe
from tui.core.verdict import VerdictKind

_SILENT_KEPT = HEARTBEAT_LIMIT + GONE_KEPT
_WHAT = {State.LIVE: What.LIVE, State.LATE: What.LATE, State.GONE: What.GONE}


class Reading(Struct, frozen=True):
    """What an answer says about a rule."""

    holds: bool | None
    """``None`` when the answer proves neither: it is cut, or records in it cannot be read."""
    sentence: str = ""
    """What shows it, for people; already ``safe``."""
    count: int | None = None
    """Connections counted; ``None`` where nothing is."""
    total: int | None = None
    """Connections that they are counted among."""
    who: tuple[str, ...] = ()
    """Ids of those that are in trouble."""


class Answer:
    """The last answer, sorted once for all rules."""

    def __init__(self, fleet: Fleet, unwitnessed: frozenset[Instant]) -> None:
        """
        Args:
            fleet: is not blind.
            unwitnessed: server times of answers whose gone ones left at a time that nobody knows.
        """  # noqa: D205, D212
        assert fleet.last is not None
        self.fleet = fleet
        self.last = fleet.last
        self.at = fleet.last.at
        self.unwitnessed = unwitnessed
        self.live: list[Tracked] = []
        """The live ones, which are nearly all."""
        self.others: list[Tracked] = []
        """All others of which it says something."""
        live, at = State.LIVE, self.at
        for one in fleet.tracked.values():
            if one.state is live and one.seen == at:
                self.live.append(one)
            elif self._tells_of(one):
                self.others.append(one)

    def _tells_of(self, one: Tracked) -> bool:
        if one.state is State.GONE:
            return one.gone_at not in self.unwitnessed
        # What ended long ago is history, which is served where all are asked for.
        lasts = one.state is not State.SILENT or one.connection.beat_age(self.at) <= _SILENT_KEPT
        return lasts and not one.is_stale(self.at)

    def left_unseen(self, one: Tracked) -> bool:
        """Whether it left while nobody looked, and its last record is not known either."""
        return one.state is State.GONE and not one.final and one.gone_at in self.unwitnessed

    def passing(self, rule: Rule, those: list[Tracked]) -> list[Tracked]:
        """Those that the filter of a rule lets through."""
        passes, at = rule.condition.passes, self.at
        match rule.condition.tests:
            case ():
                return those
            case (test,):
                return [one for one in those if test(one, at)]
        return [one for one in those if passes(one, at)]

    def is_back(self, one: Tracked) -> bool:
        """Whether its client has another connection in its place."""
        line = self.fleet.lineage.line_of(one.connection)
        return any(each.follows == one.connection_id for each in line)

    def counts(self, rule: Rule, one: Tracked) -> bool:
        """Whether one that is not live is among what the rule counts."""
        gone = one.state is State.GONE
        match rule.what:
            case What.CONNECTIONS:
                return not gone
            case What.SILENT:
                silent = one.state is State.SILENT or (gone and self._fell_silent(one))
                return silent and not self.is_back(one)
            case What.DROPPED:
                stopped = gone or one.state is State.SILENT
                since = one.states[-1][0] if one.states else one.seen
                lately = seconds_between(since, self.at) <= rule.within
                return stopped and lately and since not in self.unwitnessed
            case _:
                return rule.what is _WHAT.get(one.state)

    def _fell_silent(self, one: Tracked) -> bool:
        """Whether it left because two minutes had passed since its last heartbeat."""
        left = one.gone_at if one.gone_at is not None else self.at
        return one.connection.beat_age(left) >= HEARTBEAT_LIMIT - JUDGED_WITHIN


def read_fleet(rule: Rule, answer: Answer, *, in_full: bool = True) -> Reading:
    """What the last answer says about a rule of the fleet.

    Args:
        rule: is not about us.
        answer: of a fleet that is not blind.
        in_full: whether its words are wanted also where it does not hold.
    """
    if isinstance(rule.what, VerdictKind):
        return _verdict(rule.what, answer, in_full=in_full)
    assert rule.threshold is not None
    return _counted(rule, rule.what, rule.threshold, answer, in_full=in_full)


def _verdict(kind: VerdictKind, answer: Answer, *, in_full: bool) -> Reading:
    fleet = answer.fleet
    found = next((one for one in fleet.verdicts if one.kind is kind), None)
    if found is None:
        return Reading(False, f"no {kind.value} any more, {_state_words(fleet)}" if in_full else "")
    if kind is not VerdictKind.MASS_DROP:
        return Reading(True, found.sentence)
    # Of those that left while we were blind the last heartbeat that we know is that before it: they
    # only seem to have stopped together.
    hit = [one for one in struck(fleet, answer.at) if not answer.left_unseen(one)]
    if not is_mass(len(hit), fleet):
        return Reading(None)
    who = tuple(one.connection_id for one in hit)
    return Reading(True, found.sentence, len(hit), len(fleet.tracked), who)


def _state_words(fleet: Fleet) -> str:
    counts = fleet.counts()
    return ", ".join(f"{counts[state]:,} {state.value}" for state in State)


def _counted(
    rule: Rule, what: What, threshold: Threshold, answer: Answer, *, in_full: bool
) -> Reading:
    others = answer.passing(rule, answer.others)
    counted = [one for one in others if answer.counts(rule, one)]
    well = what in (What.LIVE, What.CONNECTIONS)
    live = len(answer.passing(rule, answer.live)) if well or threshold.percent or in_full else None
    count = len(counted) + (live or 0 if well else 0)
    missing = answer.last.unreadable_count if answer.last.complete else None
    total = None if live is None else _total(what, live, others, counted, answer)
    holds = _holds(threshold, count, total or 0, missing)
    if holds and total is None:
        return _counted(rule, what, threshold, answer, in_full=True)
    span = f" in {span_text(rule.within)}" if what is What.DROPPED else ""
    among = "" if what is What.CONNECTIONS or total is None else f" of {total:,}"
    words = f"{count:,} {what.value}{span}{among}"
    if rule.condition.text:
        words += f" ({safe(rule.condition.text, 80)})"
    who = tuple(one.connection_id for one in counted) if threshold.above and not well else ()
    return Reading(holds, words, count, total, who)


def _total(
    what: What, live: int, others: list[Tracked], counted: list[Tracked], answer: Answer
) -> int:
    """How many they are counted among."""
    if what in (What.GONE, What.DROPPED):
        return live + len(others)
    # One whose client is back has been replaced, and is missed by nobody.
    names = {one.connection_id for one in counted}
    return live + sum(one.connection_id in names or not answer.is_back(one) for one in others)


def _holds(threshold: Threshold, count: int, total: int, missing: int | None) -> bool | None:
    """Whether the threshold is passed wherever the missing ones may belong.

    Args:
        threshold: the rule's.
        count: connections counted.
        total: connections that they are among.
        missing: records that could not be read; ``None`` when the answer is cut.
    """
    low, high = float(count), math.inf if missing is None else float(count + missing)
    if threshold.percent:
        if missing is None or total + missing == 0:
            return None
        low, high = 100 * low / (total + missing), 100 * high / (total + missing)
    least, most = threshold.is_passed(low), threshold.is_passed(high)
    return least if least is most else None
