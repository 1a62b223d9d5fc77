"""Telling: the header's Situation, of the present or of a moment of the past."""

from collections.abc import Iterator

from msgspec.structs import replace

from tui.core.arrangement import Arrangement
from tui.core.fleet import Fleet
from tui.core.instant import Instant, seconds_between
from tui.core.safe import safe
from tui.view.lane import Lane
from tui.view.past_words import Rewound
from tui.view.status import Situation
from tui.view.then import Then
from tui.view.watch import Watch


def situation_of(watch: Watch, arranged: Arrangement, *, sparing: bool = False) -> Situation:
    """All that the header tells, ``sparing`` with bytes or not."""
    if watch.then is None:
        each = tuple(_live(watch, lane, arranged, sparing=sparing) for lane in watch.lanes)
    else:
        past = _rewound(watch, watch.then)
        each = tuple(_past(watch, lane, arranged, watch.then, past) for lane in watch.lanes)
    alarms, first = watch.alarms, each[0]
    if alarms is not None and watch.then is None:
        first = replace(
            first,
            firing=alarms.firing,
            undelivered=alarms.failures,
            rules_wait=alarms.waits,
        )
    unrecorded = dict.fromkeys(one for lane in watch.lanes for one in lane.feed.unrecorded())
    first = replace(first, unrecorded=tuple(unrecorded))
    if len(each) == 1:
        return first
    return replace(
        first,
        context=watch.context,
        host=watch.host,
        fleet=watch.fleet,
        now=watch.now,
        stale=watch.is_stale,
        lanes=each,
    )


def _live(watch: Watch, lane: Lane, arranged: Arrangement, *, sparing: bool) -> Situation:
    part = watch.part(lane, watch.fleet)
    return Situation(
        context=lane.name,
        host=lane.feed.host,
        query=lane.poller.query,
        every=lane.poller.every,
        fleet=part,
        counts=arranged.counts,
        now=lane.now(part),
        asking=lane.asking_for,
        due_in=lane.due_in,
        outage_for=lane.outage_for,
        paused=lane.poller.paused,
        stale=lane.is_stale(part),
        scenario=None if watch.demo is None else watch.demo.scenario,
        sparing=sparing,
        kept_span=lane.history.span,
        kept_size=lane.history.size,
        unkept=lane.unkept,
        playing=None if lane.feed.playing is None else lane.feed.playing(),
    )


def _past(watch: Watch, lane: Lane, arranged: Arrangement, then: Then, past: Rewound) -> Situation:
    """As it was told then. When was asked next, and by which rules, is not kept."""
    part = watch.part(lane, watch.fleet)
    return Situation(
        context=lane.name,
        host=lane.feed.host,
        query=part.query,
        every=lane.poller.every,
        fleet=part,
        counts=arranged.counts,
        now=then.now(lane.name),
        outage_for=_blind_for(part, then.at),
        stale=part.last is None or part.is_blind,
        past=past,
        playing=None if lane.feed.playing is None else lane.feed.playing(),
    )


def _blind_for(fleet: Fleet, at: Instant) -> float | None:
    since = None if fleet.outage is None else fleet.outage.since
    return None if since is None else seconds_between(since, at)


def _rewound(watch: Watch, then: Then) -> Rewound:
    now = watch.live_now
    return Rewound(
        then.at,
        0.0 if now is None else seconds_between(then.at, now),
        then.index + 1,
        len(then.stops),
        tuple(_matters(watch)),
        watch.present_counts,
    )


def _matters(watch: Watch) -> Iterator[str]:
    """What is the matter now, in a few words each."""
    several = len(watch.lanes) > 1
    for lane in watch.lanes:
        whose = f"{safe(lane.name, 24)} " if several else ""
        for verdict in lane.coming.verdicts:
            yield f"{whose}{verdict.kind.value}"
        if lane.coming.last is not None and lane.poller.paused:
            yield f"{whose}paused"
    if watch.alarms is not None:
        if firing := len(watch.alarms.firing):
            yield f"{firing:,} alert{'s' if firing > 1 else ''}"
        if failures := len(watch.alarms.failures):
            yield f"{failures:,} not delivered"
    if any(lane.feed.unrecorded() for lane in watch.lanes):
        yield "not recorded"
