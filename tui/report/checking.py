"""``check``: one answer, judged and told as the Monitoring Plugins guidelines want it.

One look knows who is live and who is silent. Who is late only a second look can know.
"""

from collections.abc import Iterable, Iterator
from math import inf

from msgspec import Struct

from tui.core.connection import State
from tui.core.fleet import Fleet, Tracked
from tui.core.fold import fold
from tui.core.grammar import Filter
from tui.core.instant import clock_text, day_text, span_text
from tui.core.names import NO_NAMES, Names, beside
from tui.core.ordering import in_order
from tui.core.safe import safe
from tui.core.snapshot import Snapshot, Trouble
from tui.core.verdict import VerdictKind
from tui.report.exit_codes import Health
from tui.report.ranges import Range

_GRAVITY = (Health.OK, Health.UNKNOWN, Health.WARNING, Health.CRITICAL)
"""What counts of several findings: the last one of these."""
_NAMED = 20
"""Silent connections that are named with ``-v``."""
_REFUSALS = (Trouble.KEY, Trouble.QUERY, Trouble.RATE)
"""By these nothing is known of the fleet; any other failure is one of the service."""


class Limits(Struct, frozen=True):
    """The thresholds of one count."""

    warning: Range | None = None
    critical: Range | None = None


class Count(Struct, frozen=True):
    """How many there are: ``least`` at the least and ``most`` at the most."""

    label: str
    least: int
    most: float
    limits: Limits

    @property
    def text(self) -> str:
        """The count in words, with what it is beyond."""
        if self.most == inf:
            number = f"{self.least:,}+"
        elif self.most > self.least:
            number = f"{self.least:,} to {self.most:,.0f}"
        else:
            number = f"{self.least:,}"
        health, limits = self.health, self.limits
        beyond = limits.critical if health is Health.CRITICAL else limits.warning
        why = f" ({health.name.lower()} {beyond.text})" if health in _ALARMS and beyond else ""
        return f"{number} {self.label}{why}"

    @property
    def health(self) -> Health:
        """What the thresholds say of it: of all that it may be, if they agree."""
        turns = {self.least, *([] if self.most == inf else [int(self.most)])}
        for one in (self.limits.warning, self.limits.critical):
            turns |= one.turns() if one is not None else frozenset()
        turns |= {max(turns) + 1}
        found = {self._health_of(value) for value in turns if self.least <= value <= self.most}
        if len(found) > 1 and Health.OK in found:
            return Health.UNKNOWN
        return min(found)

    def _health_of(self, value: int) -> Health:
        critical, warning = self.limits.critical, self.limits.warning
        if critical is not None and critical.alerts(value):
            return Health.CRITICAL
        if warning is not None and warning.alerts(value):
            return Health.WARNING
        return Health.OK

    @property
    def performance(self) -> str:
        """The count for a graph: ``U`` where it is not known to the one."""
        value = str(self.least) if self.least == self.most else "U"
        ranges = [one.text if one else "" for one in (self.limits.warning, self.limits.critical)]
        return ";".join([f"{self.label}={value}", *ranges, "0"])


_ALARMS = (Health.WARNING, Health.CRITICAL)


class Finding(Struct, frozen=True):
    """What a check has found."""

    health: Health
    text: str
    """One line."""
    performance: str = ""
    more: tuple[str, ...] = ()
    """Further lines, for whoever wants to know more."""

    def lines(self, *, verbose: bool = False) -> Iterator[str]:
        """The output: one line, and further ones when they are wanted."""
        behind = f" | {self.performance}" if self.performance else ""
        yield f"CONNTOP {self.health.name} - {_plain(self.text)}{behind}"
        if verbose:
            yield from (_plain(line) for line in self.more)


def _plain(text: str) -> str:
    """One line in which nothing is taken for performance data, whoever wrote it."""
    return safe(text, 600).replace("|", "¦")


def failed(trouble: Trouble, sentence: str) -> Finding:
    """There is no answer."""
    return Finding(Health.UNKNOWN if trouble in _REFUSALS else Health.CRITICAL, sentence)


def check(
    snapshot: Snapshot, condition: Filter, live: Limits, silent: Limits, names: Names = NO_NAMES
) -> Finding:
    """What one answer shows.

    Args:
        snapshot: the answer.
        condition: what lets a connection count.
        live: the thresholds of how many are live.
        silent: of how many are silent.
        names: what people call keys, networks and hosts.
    """
    fleet = fold(Fleet(snapshot.query, names=names), snapshot)
    ones = [one for one in fleet.tracked.values() if condition.passes(one, snapshot.at)]
    stopped = [one for one in ones if one.state is State.SILENT]
    lacking = snapshot.unreadable_count if snapshot.complete else inf
    counts = [
        Count("live", len(ones) - len(stopped), len(ones) - len(stopped) + lacking, live),
        Count("silent", len(stopped), len(stopped) + lacking, silent),
    ]
    health = max((count.health for count in counts), key=_GRAVITY.index)
    told = [
        count.text for count in counts if count.label == "live" or stopped or silent != Limits()
    ]
    told += [verdict.sentence for verdict in fleet.verdicts if verdict.kind in _LACKS]
    seconds = f"time={snapshot.cost.seconds:.3f}s;;;0"
    return Finding(
        health,
        ", ".join(told),
        " ".join([*(count.performance for count in counts), seconds]),
        tuple(_more(fleet, snapshot, stopped)),
    )


_LACKS = (VerdictKind.CUT, VerdictKind.UNREADABLE)


def _more(fleet: Fleet, snapshot: Snapshot, stopped: Iterable[Tracked]) -> Iterator[str]:
    cost = snapshot.cost
    asked = "request" if cost.requests == 1 else "requests"
    yield f"asked for: {snapshot.query.describe(fleet.names)}"
    yield (
        f"as of {day_text(snapshot.at)}: {len(snapshot.records):,} records by {cost.requests:,} "
        f"{asked} in {cost.seconds:.3f} s"
    )
    yield from (f"{one.kind.value}: {one.sentence}" for one in fleet.verdicts)
    ordered = in_order(stopped, lambda one: one.connection.last_heartbeat, reverse=True)
    for one in ordered[:_NAMED]:
        record = one.connection
        yield (
            f"silent: {record.connection_id} ({record.service} on "
            f"{beside(record.host, one.labels.host)} by "
            f"{beside(record.client, one.labels.client)}), "
            f"last beat {clock_text(record.last_heartbeat)}, "
            f"{span_text(record.beat_age(snapshot.at))} ago"
        )
    if len(ordered) > _NAMED:
        yield f"silent: {len(ordered) - _NAMED:,} more"
