"""The judge: what the last polls say of the fleet, the endpoint and our link."""

from collections import Counter
from collections.abc import Iterable

from tui.core.connection import AHEAD_ALLOWED, State
from tui.core.fleet import Fleet, Tracked
from tui.core.instant import Instant, clock_text, seconds_between, span_text
from tui.core.lineage import STORM_SPAN
from tui.core.ordering import in_order
from tui.core.safe import safe
from tui.core.snapshot import Cut, Snapshot, Trouble
from tui.core.verdict import Verdict, VerdictKind
from tui.core.why import explain_rows, healthy_beside

SKEW_SHOWN = 5.0
"""Seconds by which clocks may differ before it is said."""
MASS = 5
"""Connections that have to stop at once, at the least, for a mass drop."""
MASS_SHARE = 0.03
"""Share of all connections that has to stop at once for a mass drop."""
MASS_SPAN = 60.0
"""Seconds that count as at once: heartbeats do not fall together even when servers do."""
MASS_KEPT = 300.0
"""Seconds for which a mass drop is told."""
STORM = 10
"""Reconnects within a minute, at the least, for a storm."""
STORM_SHARE = 0.05
"""Share of all connections that has to reconnect within a minute for a storm."""


def judge(fleet: Fleet) -> tuple[Verdict, ...]:
    """What is the matter, the gravest first; nothing when all is well."""
    found: list[Verdict] = []
    if fleet.outage is not None:
        limited = fleet.outage.failure.trouble is Trouble.RATE
        kind = VerdictKind.RATE_LIMITED if limited else VerdictKind.LINK_DOWN
        sentence = fleet.outage.failure.sentence.rstrip(".")
        found.append(Verdict(kind, sentence, fleet.outage.since))
    if fleet.standstill is not None:
        still = fleet.standstill
        reason = "its data stand still, or all stopped at once"
        if still.repeated:
            reason = "its Date stands still, too, so something on the way repeats old answers"
        sentence = (
            f"it answers, but no heartbeat has moved since {clock_text(still.since)}, though "
            f"{still.overdue:,} of {still.present:,} on {still.hosts} hosts must have: {reason}"
        )
        found.append(Verdict(VerdictKind.FROZEN, sentence, still.since))
    last = fleet.last
    if last is None:
        return tuple(found)
    if not any(verdict.kind.about_us for verdict in found):
        found += [one for one in (_mass_drop(fleet, last.at), _storm(fleet)) if one is not None]
    found += _of_answer(last)
    return tuple(found)


def _of_answer(last: Snapshot) -> Iterable[Verdict]:
    """What one answer shows by itself."""
    if last.cut not in (None, Cut.UNDERWAY):
        yield Verdict(VerdictKind.CUT, _CUTS[last.cut].format(len(last.records)))
    if last.unreadable:
        fields = ", ".join(safe(name, 40) for name in sorted(last.unreadable))
        many = "records" if last.unreadable_count != 1 else "record"
        yield Verdict(
            VerdictKind.UNREADABLE, f"{last.unreadable_count:,} {many} unreadable: {fields}"
        )
    yield from _skews(last)


_CUTS = {
    Cut.LIMIT: "{:,} shown, as many as the limit allows: there may be more",
    Cut.SINGLE: "{:,} shown, the most that one answer holds; asking in parts is off",
    Cut.BUDGET: "{:,} of more shown: the requests of one poll are used up. Narrow the query, or "
    "raise budget or page",
    Cut.PILE: "{:,} shown: more than one answer holds started at one and the same instant",
    Cut.CONTEXT: "{:,} shown; another context has not answered at all so far",
    Cut.RECORDED: "{:,} shown: the query asks for more than was asked when it was recorded",
    Cut.SHIFT: "{:,} shown, but the parts of the answer do not add up",
}


def _skews(last: Snapshot) -> Iterable[Verdict]:
    if last.belied:
        by = "as they did before" if last.clock.known else "by the clock of this machine"
        yield Verdict(
            VerdictKind.SKEW,
            f"the server's Date header and its heartbeats are of different times: ages go {by}",
        )
    elif not last.clock.known:
        yield Verdict(
            VerdictKind.SKEW, "the server tells no time: ages go by the clock of this machine"
        )
    elif last.clock.stands_still:
        yield Verdict(
            VerdictKind.SKEW,
            "the server's Date header stands still: something on the way may repeat old answers",
        )
    elif last.local_skew is not None and abs(last.local_skew) > SKEW_SHOWN:
        way = "ahead of" if last.local_skew > 0 else "behind"
        span = span_text(abs(last.local_skew))
        yield Verdict(
            VerdictKind.SKEW,
            f"this machine's clock is {span} {way} the server's; ages go by the server's",
        )
    ahead = [-age for one in last.records if (age := one.beat_age(last.at)) < -AHEAD_ALLOWED]
    if ahead:
        noun = "heartbeat lies" if len(ahead) == 1 else "heartbeats lie"
        yield Verdict(
            VerdictKind.SKEW,
            f"{len(ahead):,} {noun} up to {span_text(max(ahead))} in the future of the server's "
            "own clock",
        )


def _storm(fleet: Fleet) -> Verdict | None:
    returns = fleet.lineage.returns
    if len(returns) < max(STORM, STORM_SHARE * len(fleet.tracked)):
        return None
    since = min(returns)
    return Verdict(
        VerdictKind.STORM,
        f"{len(returns):,} clients came back within {STORM_SPAN:.0f} s, the first at "
        f"{clock_text(since)}",
        since,
    )


def struck(fleet: Fleet, at: Instant) -> list[Tracked]:
    """The most whose last heartbeats lie close together and who have not beaten since."""
    return _densest(
        in_order(
            (
                one
                for one in fleet.tracked.values()
                if one.state is not State.LIVE
                and seconds_between(one.connection.last_heartbeat, at) <= MASS_KEPT
            ),
            lambda one: one.connection.last_heartbeat,
        )
    )


def is_mass(count: int, fleet: Fleet) -> bool:
    """Whether so many that stop at once are a mass drop."""
    return count >= max(MASS, MASS_SHARE * len(fleet.tracked))


def _mass_drop(fleet: Fleet, at: Instant) -> Verdict | None:
    hit = struck(fleet, at)
    if not is_mass(len(hit), fleet):
        return None
    since = hit[0].connection.last_heartbeat
    counts = Counter(one.state for one in hit)
    told = ", ".join(
        f"{counts[state]:,} {state.value}" for state in reversed(State) if counts[state]
    )
    return Verdict(
        VerdictKind.MASS_DROP,
        f"{told} since {clock_text(since)}{_in_common(hit, fleet, at)}{_back(hit, fleet)}",
        since,
        hit[len(hit) // 2].connection.last_heartbeat,
    )


def _densest(stopped: list[Tracked]) -> list[Tracked]:
    """The longest run of last heartbeats that lies within ``MASS_SPAN``."""
    best, first = (0, 0), 0
    for last, one in enumerate(stopped):
        beat = one.connection.last_heartbeat
        while seconds_between(stopped[first].connection.last_heartbeat, beat) > MASS_SPAN:
            first += 1
        best = max(best, (last + 1 - first, first))
    return stopped[best[1] : best[1] + best[0]]


def _back(struck: list[Tracked], fleet: Fleet) -> str:
    """How many of their clients have another connection already, in words."""
    names = {one.connection_id for one in struck}
    followed = {each.follows for one in struck for each in fleet.lineage.line_of(one.connection)}
    back = len(names & followed)
    return f"; {back:,} of {len(struck):,} clients are back" if back else ""


def _in_common(struck: list[Tracked], fleet: Fleet, at: Instant) -> str:
    """What explains it best, in words; nothing where it may be chance."""
    lines = explain_rows(struck, healthy_beside(fleet, struck, at), at).lines
    return f": {lines[0].brief}" if lines else ""
