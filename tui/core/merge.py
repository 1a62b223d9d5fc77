"""merge: the fleets of several contexts as one, in which each keeps its own clock and health.

A context that fails leaves the rows of the others as they are, and its own as they were when it
last answered. A connection that several contexts see is one row.
"""

from collections import ChainMap, Counter
from collections.abc import Iterable, Mapping
from itertools import chain

from msgspec.structs import replace

from tui.core.connection import State
from tui.core.events import EVENTS_KEPT, Event
from tui.core.fleet import Fleet, Pulse, Tracked
from tui.core.fold import PULSES_KEPT
from tui.core.instant import Instant
from tui.core.lineage import Lineage
from tui.core.safe import safe
from tui.core.snapshot import Cost, Cut, Snapshot
from tui.core.verdict import Verdict, VerdictKind

_GRAVITY = {kind: place for place, kind in enumerate(VerdictKind)}
_NAME = 24
"""Cells of a context's name in a sentence."""


def merge(fleets: Mapping[str, Fleet], before: Fleet | None = None) -> Fleet:
    """One fleet of all contexts; that of the only one as it is.

    Args:
        fleets: by context. Which is named first makes no difference.
        before: what was merged last. Its log is kept as long as nobody has more to tell, and
            ``events`` are those of the contexts that have been asked since.
    """
    if len(fleets) == 1:
        return next(iter(fleets.values()))
    parts = {name: with_context(fleets[name], name) for name in sorted(fleets)}
    known = {} if before is None else before.parts
    answers = {name: one.last for name, one in parts.items() if one.last is not None}
    blind = all(one.is_blind for one in parts.values())
    tracked = _rows(parts)
    same = parts.keys() == known.keys() and all(
        parts[name].log is known[name].log for name in parts
    )
    shifts = shifts_of(answers)
    return Fleet(
        query=next(iter(parts.values())).query,
        tracked=tracked,
        last=_answer(answers, tracked, whole=len(answers) == len(parts)) if answers else None,
        # In part of it we can see: which part cannot is told by its own health.
        outage=next((one.outage for one in parts.values() if one.outage and blind), None),
        standstill=next(
            (one.standstill for one in parts.values() if one.standstill and blind), None
        ),
        moved_at=max(one.moved_at for one in parts.values()),
        events=_told(
            {name: one.events for name, one in parts.items() if one is not known.get(name)}, shifts
        ),
        log=before.log
        if before is not None and same
        else _told({name: one.log for name, one in parts.items()}, shifts),
        verdicts=_verdicts(parts),
        pulses=_pulses(parts, shifts),
        rhythms=ChainMap(*(dict(one.rhythms) for one in parts.values())),
        lineage=_lives(parts),
        names=replace(next(iter(parts.values())).names, context=""),
        parts=parts,
    )


def with_context(fleet: Fleet, context: str) -> Fleet:
    """The fleet with its context on each connection; as it is where that stands there already."""
    if fleet.names.context == context:
        return fleet
    names = replace(fleet.names, context=context)

    def named(one: Tracked) -> Tracked:
        return replace(one, labels=names.of(one.connection))

    return replace(
        fleet,
        names=names,
        tracked={identity: named(one) for identity, one in fleet.tracked.items()},
        log=tuple(
            event if event.one is None else replace(event, one=named(event.one))
            for event in fleet.log
        ),
    )


def _rows(parts: Mapping[str, Fleet]) -> dict[str, Tracked]:
    """All rows. Of one that several contexts see, that of a context which sees, and sees it."""
    rows: dict[str, Tracked] = {}
    for part in sorted(parts.values(), key=lambda one: one.is_blind):
        if not rows:
            rows = dict(part.tracked)
            continue
        for identity, one in part.tracked.items():
            known = rows.get(identity)
            back = not part.is_blind and one.state is not State.GONE
            if known is None or (back and known.state is State.GONE):
                rows[identity] = one
    return rows


def _answer(
    answers: Mapping[str, Snapshot], tracked: Mapping[str, Tracked], *, whole: bool
) -> Snapshot:
    """The last answers as one: as of the latest, and whole only where all are."""
    latest = max(answers.values(), key=lambda one: one.at)
    records = {one.connection_id: one for each in answers.values() for one in each.records}
    unreadable: Counter[str] = Counter()
    for each in answers.values():
        unreadable.update(each.unreadable)
    cuts = [one.cut for one in answers.values() if one.cut is not None]
    return replace(
        latest,
        records=tuple(records.values()),
        cut=cuts[0] if cuts else None if whole else Cut.CONTEXT,
        served=sum(one.served for one in answers.values()),
        cost=Cost(
            max(one.cost.seconds for one in answers.values()),
            sum(one.cost.requests for one in answers.values()),
            sum(one.cost.received for one in answers.values()),
        ),
        unreadable=dict(unreadable),
        garbled=frozenset(chain.from_iterable(one.garbled for one in answers.values())),
        ended={
            identity: record
            for one in answers.values()
            for identity, record in one.ended.items()
            if record is not None or identity not in tracked
        },
        belied=any(one.belied for one in answers.values()),
    )


def shifts_of(answers: Mapping[str, Snapshot]) -> dict[str, Instant]:
    """Ticks from each context's clock to the latest one's, so that instants fall into order.

    Args:
        answers: the last one of each context.
    """
    told = {name: one.clock.at(0.0) for name, one in answers.items() if one.clock.known}
    last = max(told.values(), default=0)
    return {name: last - at for name, at in told.items()}


def _told(logs: Mapping[str, Iterable[Event]], shifts: Mapping[str, Instant]) -> tuple[Event, ...]:
    """The events of all, each with its context, in the order in which they happened."""
    events: list[tuple[Instant, Event]] = []
    for name, log in logs.items():
        shift, shown = shifts.get(name, 0), safe(name, _NAME)
        events += [
            (one.at + shift, replace(one, evidence=f"{shown}: {one.evidence}")) for one in log
        ]
    events.sort(key=lambda pair: pair[0])
    return tuple(event for _, event in events[-EVENTS_KEPT:])


def _pulses(parts: Mapping[str, Fleet], shifts: Mapping[str, Instant]) -> tuple[Pulse, ...]:
    """The last polls of all in the order in which they were."""
    pulses = [
        (one.at + shifts.get(name, 0), one) for name, part in parts.items() for one in part.pulses
    ]
    pulses.sort(key=lambda pair: pair[0])
    return tuple(one for _, one in pulses[-PULSES_KEPT:])


def _verdicts(parts: Mapping[str, Fleet]) -> tuple[Verdict, ...]:
    """What is the matter in each, the gravest first."""
    found = [
        replace(verdict, sentence=f"{safe(name, _NAME)}: {verdict.sentence}")
        for name, part in parts.items()
        for verdict in part.verdicts
    ]
    return tuple(sorted(found, key=lambda one: _GRAVITY[one.kind]))


def _lives(parts: Mapping[str, Fleet]) -> Lineage:
    """The lives of all clients; a client that several contexts see lives in the first of them."""
    lives = [one.lineage for one in parts.values()]
    return Lineage(
        lives[0].client,
        lines=ChainMap(*(dict(one.lines) for one in lives)),
        returns=tuple(sorted(chain.from_iterable(one.returns for one in lives))),
    )
