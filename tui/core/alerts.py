"""Alerts: when a rule fires, and when it is told that it is over.

A rule of the fleet goes by whole answers alone. While we are blind its time stands still; what is
found after a longer blindness, a time without any look, or another question is a new beginning.
So our own outage never raises an alarm about the fleet. A rule about us goes by the time without a
good answer.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from tui.core.alert_reading import Answer, Reading, read_fleet
from tui.core.alert_rules import Rule, Severity, What
from tui.core.events import EventKind
from tui.core.fleet import GONE_KEPT, Fleet
from tui.core.fold import LAPSE
from tui.core.instant import Instant, seconds_between, span_text
from tui.core.query import Query
from tui.core.snapshot import Snapshot, Trouble
from tui.core.verdict import VerdictKind
from tui.core.why import explain

CALM = 30.0
"""Seconds for which it has to be over before that is told: whoever flaps is not well yet."""
BRIDGED = 60.0
"""Seconds of blindness after which what was about to fire begins anew."""
STEP = 15.0
"""The most seconds that pass between two looks; of a longer pause we slept the rest."""


class Alert(Struct, frozen=True):
    """One thing to be told: that a rule fires, or that it is over. All texts are safe."""

    rule: Rule
    fires: bool
    """``False``: it is over."""
    sentence: str
    """What shows it, with its counts."""
    at: Instant | None = None
    """Server time of this, where known."""
    since: Instant | None = None
    """Server time since when it is or was so, where known."""
    lasted: float = 0.0
    """Seconds for which it has been so."""
    count: int | None = None
    """Connections counted."""
    total: int | None = None
    """Connections that they are counted among."""
    why: str = ""
    """What those in trouble have in common."""
    again: bool = False
    """It fires already, and the same has happened once more."""
    context: str = ""
    """The name of the context whose fleet it is about."""


class Standing(Struct, frozen=True):
    """How one rule stands."""

    was: bool | None = None
    """Whether it was so at the last look; ``None`` when that was not known."""
    held: float = 0.0
    """Seconds for which it is known to be so."""
    calm: float = 0.0
    """Seconds for which it is known to be over, while it fires."""
    since: Instant | None = None
    """Server time at which it was first seen to be so."""
    fired: Alert | None = None
    """What was told, while it fires."""
    fired_at: float = 0.0
    """When that was."""
    quiet_until: float = -1e18
    """Until then it does not fire again."""

    @property
    def now(self) -> Alert | None:
        """What fires, as it is now; ``None`` where nothing does."""
        if self.fired is None or self.was is not False:
            return self.fired
        words = f"not so any more for {span_text(self.calm)}, over after {CALM:.0f}s"
        return replace(self.fired, sentence=words, why="")


class Alerts(Struct, frozen=True):
    """The rules about the fleet of one context, and how each stands."""

    rules: tuple[Rule, ...] = ()
    context: str = ""
    """The name of the context."""
    standings: tuple[Standing, ...] = ()
    query: Query | None = None
    """The question that the rules are about; the first one asked, unless given."""
    asked: Query | None = None
    """The question of the last answer."""
    looked: float | None = None
    """Time of the last look."""
    answered: float | None = None
    """Time of the last good answer."""
    blind_since: float | None = None
    """Time of the first poll that told nothing, while we are blind."""
    unspent: float = 0.0
    """Seconds from the last good answer until we went blind."""
    whole: bool = False
    """Whether the last answer was whole."""
    unwitnessed: tuple[Instant, ...] = ()
    """Server times of the answers that found out who had left while nobody looked."""
    outage: frozenset[VerdictKind] = frozenset()
    """What the polls of the present outage failed of."""

    @property
    def firing(self) -> tuple[Alert, ...]:
        """What fires now, the gravest first."""
        found = [now for one in self.standings if (now := one.now) is not None]
        return _named(by_gravity(found), self)

    @property
    def waits(self) -> bool:
        """Whether another question is asked than the rules of the fleet are about."""
        elsewhere = self.asked is not None and self.asked != self.query
        return elsewhere and any(not rule.about_us for rule in self.rules)


def by_gravity(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """The alerts, the gravest first."""
    order = list(Severity)
    return tuple(sorted(alerts, key=lambda one: -order.index(one.rule.severity)))


def alerts_of(rules: Iterable[Rule], query: Query | None = None, context: str = "") -> Alerts:
    """The rules, none of which fires yet.

    Args:
        rules: what is to be told; those for another context are left out.
        query: the question that they are about; the first one asked, unless given.
        context: the name of the context.
    """
    own = tuple(rule for rule in rules if rule.context in ("", context))
    return Alerts(own, context, (Standing(),) * len(own), query)


def advance(alerts: Alerts, fleet: Fleet, time: float) -> tuple[Alerts, tuple[Alert, ...]]:
    """The alerts after one more poll has been folded into ``fleet``, and what is to be told.

    Args:
        alerts: as they stood after the poll before.
        fleet: with this poll, failed or not.
        time: seconds on a clock that nobody sets; compared with each other only.
    """
    after, told = _look_at_us(_with_outage(alerts, fleet), fleet, time)
    if fleet.last is None or fleet.is_blind:
        return _go_blind(after, time), _named(told, alerts)
    delta, anew = _since_last(alerts, fleet, time)
    witnessed = _is_witnessed(alerts, fleet, fleet.last)
    after = _answered(after, fleet, fleet.last, time, witnessed=witnessed)
    if anew:
        after = replace(after, standings=tuple(_anew(after)))
    if after.waits:
        return after, _named(told, alerts)
    standings, more = list(after.standings), list(told)
    answer = Answer(fleet, frozenset(after.unwitnessed))
    for place, rule in enumerate(after.rules):
        if rule.about_us:
            continue
        reading = read_fleet(rule, answer, in_full=standings[place].fired is not None)
        standings[place], alert = _judge(
            rule, standings[place], reading, fleet, time, delta, at_once=witnessed
        )
        if alert is not None and alert.fires:
            alert = replace(alert, why=_why(rule, fleet, reading))
            if not alert.again:
                standings[place] = replace(standings[place], fired=alert)
        if alert is not None:
            more.append(alert)
    return replace(after, standings=tuple(standings)), _named(more, alerts)


def tick(alerts: Alerts, fleet: Fleet, time: float) -> tuple[Alerts, tuple[Alert, ...]]:
    """The alerts between two polls: only the time of the rules about us goes on.

    To be called at least every ``STEP`` seconds while something is asked, since a poll may take
    long to fail, and the next one long to come.
    """
    after, told = _look_at_us(alerts, fleet, time)
    return after, _named(told, alerts)


def _named(told: Iterable[Alert], alerts: Alerts) -> tuple[Alert, ...]:
    return tuple(replace(one, context=alerts.context) for one in told)


def _with_outage(alerts: Alerts, fleet: Fleet) -> Alerts:
    outage = fleet.outage
    if outage is None:
        return replace(alerts, outage=frozenset()) if alerts.outage else alerts
    limited = outage.failure.trouble is Trouble.RATE
    kind = VerdictKind.RATE_LIMITED if limited else VerdictKind.LINK_DOWN
    return replace(alerts, outage=alerts.outage | {kind})


def _go_blind(alerts: Alerts, time: float) -> Alerts:
    if alerts.blind_since is not None:
        return alerts
    known = 0.0 if alerts.answered is None else min(time - alerts.answered, STEP)
    return replace(alerts, blind_since=time, unspent=max(0.0, known))


def _is_witnessed(alerts: Alerts, fleet: Fleet, answer: Snapshot) -> bool:
    """Whether what is new in this answer came to pass since the one before, and not at a time that
    nobody knows."""  # noqa: D205, D209
    sighted = alerts.whole and alerts.blind_since is None
    return sighted and answer.lapse < LAPSE and alerts.asked == fleet.query


def _answered(
    alerts: Alerts, fleet: Fleet, answer: Snapshot, time: float, *, witnessed: bool
) -> Alerts:
    unwitnessed = tuple(
        at for at in alerts.unwitnessed if abs(seconds_between(at, answer.at)) <= GONE_KEPT
    )
    return replace(
        alerts,
        query=fleet.query if alerts.query is None else alerts.query,
        asked=fleet.query,
        answered=time,
        blind_since=None,
        unspent=0.0,
        whole=answer.complete,
        unwitnessed=unwitnessed if witnessed else (*unwitnessed, answer.at),
    )


def _since_last(alerts: Alerts, fleet: Fleet, time: float) -> tuple[float, bool]:
    """Seconds of sight since the last good answer, and whether the rules have to begin anew."""
    assert fleet.last is not None
    if alerts.answered is None or alerts.asked != fleet.query:
        return 0.0, True
    if fleet.last.lapse >= LAPSE:
        return 0.0, fleet.last.lapse > BRIDGED
    if alerts.blind_since is not None:
        return alerts.unspent, time - alerts.blind_since > BRIDGED
    return max(0.0, time - alerts.answered), False


def _anew(alerts: Alerts) -> Iterable[Standing]:
    """What was about to fire, or to be over, begins anew; what fires goes on firing."""
    for rule, one in zip(alerts.rules, alerts.standings, strict=True):
        if rule.about_us:
            yield one
        else:
            yield replace(one, was=None, held=0.0, calm=0.0, since=None)


def _look_at_us(alerts: Alerts, fleet: Fleet, time: float) -> tuple[Alerts, tuple[Alert, ...]]:
    step = 0.0 if alerts.looked is None else min(max(0.0, time - alerts.looked), STEP)
    standings = list(alerts.standings)
    told: list[Alert] = []
    for place, rule in enumerate(alerts.rules):
        if not rule.about_us:
            continue
        assert isinstance(rule.what, VerdictKind)
        reading = _read_us(rule.what, alerts, fleet)
        standings[place], alert = _judge(
            rule, standings[place], reading, fleet, time, step, at_once=True
        )
        if alert is not None:
            told.append(alert)
    return replace(alerts, standings=tuple(standings), looked=time), tuple(told)


def _read_us(kind: VerdictKind, alerts: Alerts, fleet: Fleet) -> Reading:
    outage = fleet.outage
    if kind in (VerdictKind.LINK_DOWN, VerdictKind.RATE_LIMITED):
        if outage is None:
            return Reading(None if fleet.last is None else False, "the endpoint answers again")
        # One that refuses and fails by turns is down all the while, until it answers.
        return Reading(kind in alerts.outage, f"no answer: {outage.failure.sentence.rstrip('.')}")
    if outage is not None or fleet.last is None:
        return Reading(None)
    found = next((one for one in fleet.verdicts if one.kind is kind), None)
    if found is not None:
        return Reading(True, found.sentence)
    # While its data stand still the answers tell nothing else.
    is_known = fleet.standstill is None or kind is VerdictKind.FROZEN
    return Reading(False if is_known else None, f"no {kind.value} any more")


def _judge(
    rule: Rule,
    one: Standing,
    reading: Reading,
    fleet: Fleet,
    time: float,
    delta: float,
    *,
    at_once: bool,
) -> tuple[Standing, Alert | None]:
    """How a rule stands after a look, and what is to be told of it.

    Args:
        rule: is looked at.
        one: how it stood.
        reading: what the look says.
        fleet: for the time of the alert.
        time: of the look.
        delta: seconds since the look before, as far as we saw.
        at_once: whether it may fire at the first look at which it is so.
    """
    if reading.holds is None:
        return replace(one, was=None), None
    at = _server_time(fleet)
    if not reading.holds:
        calm = 0.0 if one.was is True else one.calm + (delta if one.was is False else 0.0)
        if one.fired is None or calm < CALM:
            return replace(one, was=False, held=0.0, calm=calm, since=None), None
        lasted = one.fired.lasted + max(0.0, time - one.fired_at - calm)
        told = f"{reading.sentence}; it lasted {span_text(lasted)}"
        over = Alert(rule, False, told, at, one.fired.since, lasted, reading.count, reading.total)
        return Standing(was=False, quiet_until=time + rule.cooldown), over
    held = one.held + delta if one.was is True else one.held
    since = at if one.since is None else one.since
    now = replace(one, was=True, held=held, calm=0.0, since=since)
    alert = Alert(
        rule, True, _firing_words(reading, held), at, since, held, reading.count, reading.total
    )
    if one.fired is not None:
        return now, replace(alert, again=True) if _happened_again(rule, fleet, at_once) else None
    begun = at_once or one.was is True
    if held < rule.hold or not begun or time < one.quiet_until:
        return now, None
    return replace(now, fired=alert, fired_at=time), alert


def _firing_words(reading: Reading, held: float) -> str:
    return f"{reading.sentence}, for {span_text(held)}" if held >= 1 else reading.sentence


def _happened_again(rule: Rule, fleet: Fleet, witnessed: bool) -> bool:
    """Whether there is one more mass drop while one is told already."""
    mass = rule.what is VerdictKind.MASS_DROP
    return mass and witnessed and any(one.kind is EventKind.MASS_DROP for one in fleet.events)


def _server_time(fleet: Fleet) -> Instant | None:
    if fleet.outage is not None:
        return fleet.outage.failure.at
    return fleet.at


def _why(rule: Rule, fleet: Fleet, reading: Reading) -> str:
    """What those in trouble have in common, where anything is to be said."""
    called = rule.what.value if isinstance(rule.what, What) and reading.who else "dropped"
    lines = explain(fleet, reading.who or None, called=called).lines
    return lines[0].sentence if lines else ""
