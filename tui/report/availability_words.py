"""The report in words: every text and number of it, the same for every kind of page.

Sentences are safe. Names, cells and what is told of incidents are a stranger's, which each kind of
page makes harmless in its own way.
"""

from collections.abc import Callable

from msgspec import Struct

from tui.core.absence import Absence, Ending
from tui.core.availability import Availability, Incident, Part, percent
from tui.core.instant import Instant, clock_text, day_text, seconds_between, span_text, span_words
from tui.core.mask import masked_key
from tui.core.safe import safe
from tui.core.spans import Span, total
from tui.report.availability import LISTED, Groups, Report

COLUMNS = (
    "uptime",
    "connections",
    "up",
    "down",
    "away",
    "not known",
    "drops",
    "back",
    "moved",
    "back after",
    "longest",
    "worst hour",
)
"""Of the tables of groups, after the name and the strip."""
ABSENCE_COLUMNS = ("since", "for", "how it ended", "connection", "client", "service", "host")
"""Of the table of the longest absences."""


class Row(Struct, frozen=True):
    """A group, told."""

    name: str
    cells: tuple[str, ...]
    """In the order of ``COLUMNS``."""
    group: Availability


def one_or_more(count: int, noun: str) -> str:
    """A count with its noun.

    >>> one_or_more(1, "drop"), one_or_more(2_000, "drop")
    ('1 drop', '2,000 drops')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def hours(seconds: float) -> str:
    """Connection-seconds as people read them.

    >>> hours(0), hours(95), hours(5_400), hours(7_200_000)
    ('0', '95s', '1.5 h', '2,000 h')
    """
    if not seconds:
        return "0"
    if seconds < 3_600:
        return spell(seconds)
    return f"{seconds / 3_600:,.1f} h" if seconds < 360_000 else f"{seconds / 3_600:,.0f} h"


def spell(seconds: float) -> str:
    """A span of time in a few cells.

    >>> spell(0.4), spell(83), spell(910)
    ('<1s', '83s', '15m10s')
    """
    return "<1s" if 0 < seconds < 1 else span_text(seconds)


def share(part: float) -> str:
    """A share that is rather small.

    >>> share(0), share(0.0001), share(0.034), share(1)
    ('0 %', '<0.1 %', '3.4 %', '100 %')
    """
    if 0 < part < 0.001:
        return "<0.1 %"
    return f"{part * 100:.1f} %" if 0 < part < 1 else f"{part * 100:.0f} %"


class Words:
    """What is said of one report."""

    def __init__(self, report: Report, quote: Callable[[str], str] = safe) -> None:
        """
        Args:
            report: is told.
            quote: what makes a stranger's text harmless that stands within a sentence.
        """  # noqa: D205, D212
        self.report = report
        self._quote = quote
        self._one_day = self.day(report.frame.span[0]) == self.day(report.frame.span[1] - 1)

    @staticmethod
    def day(at: Instant) -> str:
        """The day of an instant, UTC."""
        return day_text(at)[:10]

    def moment(self, at: Instant, *, seconds: bool = True) -> str:
        """An instant; without its day where there is but one."""
        text = clock_text(at) if self._one_day else day_text(at)
        return text if seconds else f"{text[:-4]}Z"

    @property
    def headline(self) -> str:
        """The one number."""
        return f"{percent(self.report.whole.uptime)} up"

    @property
    def subline(self) -> str:
        """What else has to be known first."""
        report = self.report
        count = report.incident_count
        said = [one_or_more(count, "incident") if count else "no incident"]
        if (worst := report.worst) is not None:
            where = f"{self._quote(self.place(worst))} " if worst.where else ""
            said.append(f"worst: {where}at {self.moment(worst.at, seconds=False)}")
        said.append(one_or_more(report.whole.drops, "drop"))
        return " · ".join(said)

    @property
    def title(self) -> str:
        """Of the page."""
        subject = self.report.subject
        return f"Availability of {subject.context}, {self.span}"

    @property
    def span(self) -> str:
        """What is looked at."""
        first, last = self.report.frame.span
        until = clock_text(last) if self._one_day else day_text(last)
        return f"{day_text(first)} to {until}"

    @property
    def length(self) -> str:
        """How long that is."""
        return span_words(total([self.report.frame.span]))

    @property
    def facts(self) -> list[tuple[str, str, str]]:
        """A name, a number, and what it is made of."""
        whole, frame = self.report.whole, self.report.frame
        after = "" if whole.back_after is None else f", half within {spell(whole.back_after)}"
        lost = whole.drops - whole.back
        far = whole.longest
        facts = [
            ("Up", hours(whole.up), f"of {one_or_more(whole.connections, 'connection')}"),
            ("Down", hours(whole.down), "from last heartbeats to reconnects"),
            (
                "Drops",
                f"{whole.drops:,}",
                f"{whole.back:,} back{after}; {whole.moved:,} on another server"
                + (f"; {lost:,} not back" if lost else ""),
            ),
            (
                "Longest absence",
                "none" if far is None else self.lasted(far),
                "" if far is None else f"from {self.moment(far.since)}, {far.ending.value}",
            ),
            (
                "Not known",
                share(frame.unknown_share),
                "of the span: neither up nor down" if frame.unknown else "all of it was watched",
            ),
        ]
        if whole.away:
            facts.insert(2, ("Away", hours(whole.away), f"not back after {self.away_after}"))
        return facts

    @property
    def remarks(self) -> list[str]:
        """What limits the numbers, or is no drop; a sentence each."""
        whole, seen = self.report.whole, self.report.seen
        found = []
        if whole.handed_over:
            verb = "was" if whole.handed_over == 1 else "were"
            found.append(
                f"{one_or_more(whole.handed_over, 'connection')} {verb} handed over: the client "
                "had opened the next one before, so nothing was lost."
            )
        if whole.silences:
            found.append(
                f"{one_or_more(whole.silences, 'silence')} of over two minutes ended with the "
                "connection itself beating again: down, but no drop."
            )
        if seen.cut:
            verb = "was" if seen.cut == 1 else "were"
            found.append(
                f"{one_or_more(seen.cut, 'answer')} of {seen.polls:,} {verb} cut: connections may "
                "be missing from all numbers."
            )
        if seen.failures:
            kinds = sorted(seen.failures.items())
            told = ", ".join(f"{self._quote(kind)} {count:,}" for kind, count in kinds)
            failed = sum(seen.failures.values())
            found.append(f"{failed:,} of {one_or_more(seen.polls, 'question')} failed ({told}).")
        return found

    @property
    def away_after(self) -> str:
        """After which time who is not back is away."""
        return span_words(self.report.frame.away_after)

    @property
    def definitions(self) -> list[str]:
        """How it is counted."""
        return [
            "A connection is up from its start to its last heartbeat; from that heartbeat on it is "
            "down until it beats again (a pause of up to two minutes is none), or until its client "
            "opens another connection.",
            f"A client that is not back after {self.away_after} is away and no longer down, since "
            "nobody can tell from outside whether it was meant to end; one that opened its next "
            "connection before the former stopped was never down.",
            "Uptime is up ÷ (up + down), in connection-time: two connections that are up for an "
            "hour are 2 h. It is rounded down, so that 100 % means that nothing was down.",
            "What happened while the endpoint did not answer, its data stood still, or nobody "
            "recorded, is not known: that time is neither up nor down, and has its own share.",
            "All of a drop counts for the service, data center and key of the connection that was "
            "lost, wherever its client came back. Times are UTC.",
        ]

    def lasted(self, one: Absence) -> str:
        """How long an absence was, or has been so far."""
        text = spell(one.seconds(self.report.frame.end))
        return f"{text} so far" if one.until is None else text

    def rows(self, groups: Groups) -> list[Row]:
        """The groups, told."""
        return [self._row(groups, one) for one in groups.shown]

    def _row(self, groups: Groups, one: Availability) -> Row:
        name = one.label or one.value
        if groups.title == "API key" and not one.label:
            name = masked_key(one.value)
        cells = (
            percent(one.uptime),
            f"{one.connections:,}",
            hours(one.up),
            hours(one.down),
            hours(one.away),
            share(one.unknown_share),
            f"{one.drops:,}",
            f"{one.back:,}",
            f"{one.moved:,}",
            "-" if one.back_after is None else spell(one.back_after),
            "-" if one.longest is None else spell(one.longest.seconds(self.report.frame.end)),
            self.hour(one.worst),
        )
        return Row(name or "(none)", cells, one)

    def hour(self, worst: Part | None) -> str:
        """The worst hour, and how much of it was down."""
        if worst is None:
            return "-"
        down = worst.down_share or 0.0
        return f"{self.moment(worst.since, seconds=False)} · {share(down)}"

    @staticmethod
    def more(groups: Groups) -> str:
        """What is left out of a table; ``""`` for nothing."""
        return f"and {groups.more:,} more, with less time down" if groups.more else ""

    @staticmethod
    def place(incident: Incident) -> str:
        """Where most of an incident was, in a word; ``""`` where that is no single place."""
        labels = {one.session.record.host: one.session.labels.host for one in incident.absences}
        if not incident.on_host:
            return incident.where
        return labels[incident.where] or incident.where.partition(".")[0]

    def incident(self, one: Incident) -> list[str]:
        """An incident in a few sentences; the first are those that were told at the time."""
        told = [f"{self.report.mask(text)}." for text in one.sentences]
        count = len(one.absences)
        if not count:
            return told
        verb = "was" if count == 1 else "were"
        lost = f"{one_or_more(count, 'connection')} {verb} lost"
        if one.where:
            those = f"{one.there:,} of them " if one.there < count else ""
            lost += f", {those}{'on' if one.on_host else 'in'} {one.where}"
        if one.at < self.report.frame.span[0]:
            lost += ", before what is looked at"
        if one.handed_over:
            lost += f", {one.handed_over:,} more handed over"
        verb = "is" if one.back == 1 else "are"
        down = hours(self.report.down(one))
        return [*told, f"{lost}; {one.back:,} of {count:,} {verb} back; {down} down."]

    @property
    def earlier(self) -> str:
        """What is left out of the incidents; ``""`` for nothing."""
        left = self.report.incident_count - len(self.report.incidents)
        return f"{one_or_more(left, 'earlier incident')} left out" if left else ""

    def absence(self, one: Absence) -> tuple[str, ...]:
        """An absence in the order of ``ABSENCE_COLUMNS``."""
        record, labels = one.session.record, one.session.labels
        client = self.report.mask(record.client)
        return (
            self.moment(one.since),
            self.lasted(one),
            one.ending.value if one.ending is not Ending.NONE else "not back",
            record.connection_id,
            f"{labels.client} ({client})" if labels.client else client,
            record.service,
            f"{labels.host} ({record.host})" if labels.host else record.host,
        )

    @property
    def gaps(self) -> list[str]:
        """When nothing was known; the longest, by time."""
        spans = sorted(self.report.frame.unknown, key=lambda span: span[0] - span[1])[:LISTED]
        return [self._gap(span) for span in sorted(spans)]

    def _gap(self, span: Span) -> str:
        length = spell(seconds_between(*span))
        return f"{self.moment(span[0])} to {self.moment(span[1])}, {length}"
