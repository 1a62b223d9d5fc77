"""Reading: whether what a rule says is so in one answer, as far as that answer can prove it."""

import math
from collections.abc import Iterator

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


def read_fleet(rule: Rule, fleet: Fleet, unwitnessed: frozenset[Instant]) -> Reading:
    """What the last answer says about a rule of the fleet.

    Args:
        rule: is not about us.
        fleet: is not blind.
        unwitnessed: server times of answers whose gone ones left at a time that nobody knows.
    """
    at = fleet.at
    assert at is not None
    if isinstance(rule.what, VerdictKind):
        return _verdict(rule.what, fleet, at, unwitnessed)
    assert rule.threshold is not None
    return _counted(rule, rule.what, rule.threshold, _Answer(fleet, at, unwitnessed))


def _verdict(
    kind: VerdictKind, fleet: Fleet, at: Instant, unwitnessed: frozenset[Instant]
) -> Reading:
    found = next((one for one in fleet.verdicts if one.kind is kind), None)
    if found is None:
        return Reading(False, f"no {kind.value} any more, {_state_words(fleet)}")
    if kind is not VerdictKind.MASS_DROP:
        return Reading(True, found.sentence)
    # Of those that left while we were blind the last heartbeat that we know is that before it: they
    # only seem to have stopped together.
    hit = [one for one in struck(fleet, at) if not _is_unwitnessed(one, unwitnessed)]
    if not is_mass(len(hit), fleet):
        return Reading(None)
    who = tuple(one.connection_id for one in hit)
    return Reading(True, found.sentence, len(hit), len(fleet.tracked), who)


def _state_words(fleet: Fleet) -> str:
    counts = fleet.counts()
    return ", ".join(f"{counts[state]:,} {state.value}" for state in State)


def _is_unwitnessed(one: Tracked, unwitnessed: frozenset[Instant]) -> bool:
    return one.state is State.GONE and not one.final and one.gone_at in unwitnessed


class _Answer(Struct, frozen=True):
    """One answer, and which of the departed it can tell of."""

    fleet: Fleet
    at: Instant
    unwitnessed: frozenset[Instant]

    def known(self, rule: Rule) -> Iterator[Tracked]:
        """Those that pass the filter, and of which this answer says something."""
        for one in self.fleet.tracked.values():
            if self._tells_of(one) and rule.condition.passes(one, self.at):
                yield one

    def _tells_of(self, one: Tracked) -> bool:
        if one.state is State.GONE:
            return one.gone_at not in self.unwitnessed
        # What ended long ago is history, which is served where all are asked for.
        lasts = one.state is not State.SILENT or one.connection.beat_age(self.at) <= _SILENT_KEPT
        return lasts and not one.is_stale(self.at)

    def is_back(self, one: Tracked) -> bool:
        """Whether its client has another connection in its place."""
        line = self.fleet.lineage.line_of(one.connection)
        return any(each.follows == one.connection_id for each in line)

    def counts(self, rule: Rule, one: Tracked) -> bool:
        """Whether it is among what the rule counts."""
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


def _counted(rule: Rule, what: What, threshold: Threshold, answer: _Answer) -> Reading:
    counted: list[str] = []
    total = 0
    troubled = what not in (What.LIVE, What.CONNECTIONS)
    departures = what in (What.GONE, What.DROPPED)
    for one in answer.known(rule):
        is_counted = answer.counts(rule, one)
        if is_counted:
            counted.append(one.connection_id)
        # One whose client is back has been replaced, and is missed by nobody.
        replaced = one.state is not State.LIVE and not departures and answer.is_back(one)
        total += is_counted or not replaced
    last = answer.fleet.last
    assert last is not None
    count, missing = len(counted), last.unreadable_count
    span = f" in {span_text(rule.within)}" if what is What.DROPPED else ""
    noun = "" if what is What.CONNECTIONS else f" of {total:,}"
    words = f"{count:,} {what.value}{span}{noun}"
    if rule.condition.text:
        words += f" ({safe(rule.condition.text, 80)})"
    holds = _holds(threshold, count, total, missing if last.complete else None)
    who = tuple(counted) if troubled and threshold.above else ()
    return Reading(holds, words, count, total, who)


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
