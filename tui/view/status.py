"""The header: what is watched, how it stands, how fresh that is, and what is wrong with us."""

from collections.abc import Iterator, Mapping

from msgspec import Struct, field
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from tui.core.alert_rules import Severity
from tui.core.alerts import Alert
from tui.core.connection import State
from tui.core.fleet import GONE_KEPT, Fleet
from tui.core.instant import Instant, clock_text, day_text, span_text
from tui.core.query import Query
from tui.core.safe import safe
from tui.core.spark import spark
from tui.core.verdict import Verdict, VerdictKind
from tui.view.paint import Part, spread, write
from tui.view.past_words import Rewound, now_parts, now_words, past_parts
from tui.view.playing import Playing
from tui.view.theme import STATE_STYLES

_PULSES = 24
_ALERTS = 5
"""Alerts that are named in one line."""
_RANKS = {kind: rank for rank, kind in enumerate(VerdictKind)}
_GONE_MINUTES = round(GONE_KEPT / 60)


class Situation(Struct, frozen=True):
    """Everything that the header tells. Spans are in seconds."""

    context: str = ""
    """Name of the context."""
    host: str = ""
    """Whom we ask."""
    query: Query = field(default_factory=Query)
    """What is asked; the fleet may still answer the question before."""
    every: float = 5.0
    """Interval between polls."""
    fleet: Fleet = field(default_factory=Fleet)
    """What is known."""
    counts: Mapping[State, int] = field(default_factory=dict)
    """Connections by state."""
    now: Instant | None = None
    """The server's time, where known."""
    asking: float | None = None
    """How long the present question has been under way."""
    due_in: float | None = None
    """Until the next question."""
    outage_for: float | None = None
    """How long polls have been failing."""
    paused: bool = False
    stale: bool = False
    """Whether what is shown is out of date."""
    scenario: str | None = None
    """The demo's scenario."""
    sparing: bool = False
    """Whether bytes are dear: nothing is drawn then that moves on with each poll."""
    firing: tuple[Alert, ...] = ()
    """The alerts that fire, the gravest first."""
    undelivered: tuple[str, ...] = ()
    """What could not be delivered of them, a sentence each."""
    rules_wait: bool = False
    """Whether rules wait since another question is asked than the one they are about."""
    unrecorded: tuple[str, ...] = ()
    """Why what is seen is not recorded, a sentence each."""
    past: Rewound | None = None
    """The moment of the past that all of this is of; ``None`` for the present."""
    kept_span: float = 0.0
    """How much of the past is kept in memory."""
    kept_size: int = 0
    """Bytes that it takes."""
    unkept: str = ""
    """Why a poll is missing in it, in one sentence."""
    playing: Playing | None = None
    """How the recording goes that all of this comes from, where it does."""
    lanes: tuple["Situation", ...] = ()
    """That of each context, where several are watched."""


def first_line(now: Situation, width: int) -> Content:
    """Who is asked, and at the margin how fresh the answer is; the latter outlives the former."""
    if now.lanes:
        return _several_line(now, width)
    left = [("conntop", "bold $primary"), (f"  {safe(now.context, 24)}", "bold")]
    left.append((f"  {safe(now.host, 60)}", "$muted"))
    if now.scenario is not None:
        left.append((f"  scenario {now.scenario}", "$accent"))
    if now.past is not None:
        if now.playing is not None:
            left.insert(1, (f"  {now.playing.words}", "bold $warning"))
        return spread(left, [past_parts(now.past, width)], width)
    if now.playing is not None:
        return _played_line(now, now.playing, width)
    last, down, sign = now.fleet.last, now.fleet.outage is not None, _sign(now)
    every: list[Part] = [] if now.paused else [(f"every {_interval(now.every)}", "")]
    if last is None:
        return spread(left, [[sign, *every], [sign]], width)
    as_of = (f"as of {clock_text(last.at)}", "bold $warning" if now.stale else "")
    requests = f" · {last.cost.requests:,} requests" if last.cost.requests > 1 else ""
    latency: list[Part] = [] if down else [(f"{requests} · {last.cost.seconds * 1000:.0f} ms", "")]
    dot: list[Part] = [(" · ", "")] if every or latency else []
    rights = [[sign, *every, *latency, *dot, as_of], [sign, as_of], [as_of]]
    return spread(left, [[*_kept_past(now), *rights[0]], *rights], width)


def _kept_past(now: Situation) -> list[Part]:
    """How far back one can look, and the memory that it takes; on broad screens."""
    lanes = now.lanes or (now,)
    span, size = max(one.kept_span for one in lanes), sum(one.kept_size for one in lanes)
    if span < 180 or now.sparing:
        # It would be another second at each poll.
        return []
    takes = f"{size / 1e6:.0f} MB" if size >= 1e6 else "<1 MB"
    return [(f"past {span_text(span // 60 * 60)} · {takes}   ", "$muted")]


def _played_line(now: Situation, playing: Playing, width: int) -> Content:
    """Which recording it is, how fast it goes, and at the margin which time is seen."""
    words = (f" {playing.words} ", "bold $background on $warning")
    # The word is what a narrow screen keeps: above all nobody may take it for the present.
    who = [words, ("  conntop", "bold $primary"), (f"  {safe(now.context, 24)}", "bold")]
    host = (f"  {safe(now.host, 60)}", "$muted")
    sign: Part = ("▶ ", "$accent")
    if playing.trouble:
        sign = ("■ cannot be read ", "bold $error")
    elif playing.ends_at is not None:
        sign = ("■ end of the recording ", "bold $warning")
    elif now.paused:
        sign = ("‖ paused ", "bold $warning")
    elif now.fleet.is_blind:
        sign = (f"▶ {_sign(now)[0]}", "bold $error")
    last = now.fleet.last
    if last is None:
        return spread([*who, host], [[sign], []], width)
    as_of = (f"as of {day_text(last.at)}", "bold $warning")
    return spread([*who, host], [[sign, as_of], [as_of]], width)


def _sign(now: Situation) -> Part:
    """How the link to one context stands."""
    if now.paused:
        return "‖ paused ", "bold $warning"
    if now.fleet.outage is not None:
        return "✕ no answer ", "bold $error"
    if now.fleet.standstill is not None:
        return "✕ frozen ", "bold $error"
    return "● ", "$success"


def _several_line(now: Situation, width: int) -> Content:
    """That several contexts are watched, and at the margin how many of them can be seen."""
    left = [("conntop", "bold $primary"), (f"  {len(now.lanes)} contexts", "bold")]
    left.append((f"  {safe(now.host, 60)}", "$muted"))
    if now.past is not None:
        return spread(left, [past_parts(now.past, width)], width)
    blind = sum(one.fleet.is_blind for one in now.lanes)
    sign: Part = ("● ", "$success")
    if now.paused:
        sign = ("‖ paused ", "bold $warning")
    elif blind:
        sign = (f"✕ {blind} of {len(now.lanes)} blind ", "bold $error")
    every: list[Part] = [] if now.paused else [(f"every {_interval(now.every)}", "")]
    return spread(left, [[*_kept_past(now), sign, *every], [sign, *every], [sign]], width)


def context_lines(now: Situation, width: int) -> Content:
    """Each context with its own health, in as many lines as they take; nothing for a single one."""
    lines: list[list[Part]] = [[]]
    room = width
    for one in now.lanes:
        name, sign, last = safe(one.context, 24), _sign(one), one.fleet.last
        told = "connecting…" if now.past is None else "not asked yet"
        if last is not None:
            wait = "" if one.fleet.is_blind else f"{last.cost.seconds * 1000:.0f} ms · "
            told = f"{wait}as of {clock_text(last.at)}"
        elif one.fleet.outage is not None:
            told = "nothing known yet"
        cells = len(name) + len(sign[0]) + len(told) + 4
        if cells > room and lines[-1]:
            lines.append([])
            room = width
        room -= cells
        tone = "bold $warning" if one.stale else "$muted"
        lines[-1] += [(f"{name} ", "bold"), sign, (f"{told}   ", tone)]
    return Content("\n").join(Content.assemble(*line) for line in lines)


def second_line(now: Situation, width: int) -> Content:
    """How many there are, by state; at the margin what came and went lately.

    Below 72 cells the states go by their glyphs alone.
    """
    if now.fleet.last is None and now.past is not None:
        return Content.styled("nothing was known yet", "$muted")
    if now.fleet.last is None:
        return Content.assemble(("connecting to ", "$muted"), safe(now.host, 60), "…")
    there = sum(count for state, count in now.counts.items() if state is not State.GONE)
    noun = "connection" if there == 1 else "connections"
    more = "" if now.fleet.last.complete else "+"
    total = f"{there:,}{more} {noun}  " if width >= 60 else f"{there:,}{more}  "
    left: list[Part] = [(total, "bold")]
    for state in State:
        count = now.counts.get(state, 0)
        style = STATE_STYLES[state.value] if count and not now.stale else "$muted"
        word = (
            f" {state.value} in {_GONE_MINUTES} min" if state is State.GONE else f" {state.value}"
        )
        left.append((f" {state.glyph} {count:,}{word if width >= 72 else ''} ", style))
    left += _as_they_were(now.fleet)
    pulses = now.fleet.pulses[-_PULSES:]
    if not any(pulse.opened or pulse.lost for pulse in pulses):
        return spread(left, [[]], width)
    if now.sparing:
        counts = (sum(one.opened for one in pulses), sum(one.lost for one in pulses))
        words = f"opened {counts[0]:,}  lost {counts[1]:,} in {len(pulses)} polls"
        return spread(left, [[(words, "$muted")], []], width)
    right: list[Part] = [
        ("opened ", "$muted"),
        (spark(pulse.opened for pulse in pulses), "$success"),
        ("  lost ", "$muted"),
        (spark(pulse.lost for pulse in pulses), "$error"),
    ]
    return spread(left, [right, []], width)


def _as_they_were(fleet: Fleet) -> list[Part]:
    """Whose connections are counted as they were last known, where others are known now."""
    blind = [name for name, part in fleet.parts.items() if part.is_blind]
    if not blind or len(blind) == len(fleet.parts):
        return []
    names = safe(", ".join(blind), 40)
    return [(f" {names} as last known ", "$warning")]


def query_line(now: Situation, width: int) -> Content:
    """The question that is asked of the endpoint, and at the margin that all is well if it is."""
    left: list[Part] = [("query ", "$muted"), (safe(now.query.describe(now.fleet.names)), "")]
    if now.past is not None:
        return spread(left, now_parts(now.past, played=now.playing is not None), width)
    if now.fleet.is_underway:
        left.append((" · reading on…", "bold $warning"))
    elif any(
        one.fleet.last is not None and one.fleet.query != now.query for one in now.lanes or (now,)
    ):
        left.append((" · asking…", "bold $warning"))
    if not now.query.is_default:
        left.append((" · x clears", "$muted"))
    known = now.fleet.last is not None and not now.fleet.is_underway
    stale = any(one.stale for one in now.lanes or (now,))
    well = now.playing is None and known and not stale and not troubles(now) and not now.firing
    if not well:
        return spread(left, [[]], width)
    troubled = any(now.counts.get(state) for state in (State.LATE, State.SILENT))
    words = "✓ link and endpoint well" if troubled else "✓ all well"
    return spread(left, [[(words, "$muted" if troubled else "$success")], []], width)


def troubles(now: Situation) -> list[str]:
    """What is the matter, one sentence each, the gravest first."""
    ranked = [
        (rank, f"{safe(one.context, 24)}: {words}" if now.lanes else words)
        for one in now.lanes or (now,)
        for rank, words in _troubles_of(one)
    ]
    last = now.fleet.last
    found = [words for _, words in sorted(ranked, key=lambda pair: pair[0])]
    if last is not None and now.playing is not None and now.past is None:
        found += filter(None, [now.playing.sentence(now.now or last.at, paused=now.paused)])
    elif last is not None and now.paused:
        found.append(
            f"paused: nothing is asked since {clock_text(last.at)}; p goes on, R asks once"
        )
    if now.rules_wait:
        found.append("alert rules wait: they are about the question that was asked at the start")
    found += (f"not recorded: {sentence}" for sentence in now.unrecorded)
    return found + [f"alert not delivered: {sentence}" for sentence in now.undelivered]


def alert_line(now: Situation) -> str:
    """What fires, in one line: one alert in full, several by their titles; empty for none.

    What a verdict says in full beside it is not said twice.
    """
    if not now.firing:
        return ""
    several = len(now.fleet.parts) > 1
    titles = [_since_when(alert, with_context=several) for alert in now.firing[:_ALERTS]]
    if len(now.firing) > 1:
        more = len(now.firing) - len(titles)
        rest = f" · and {more:,} more" if more else ""
        return f"⚑ {len(now.firing):,} alerts: {' · '.join(titles)}{rest}"
    [alert] = now.firing
    if alert.rule.what in {verdict.kind for verdict in now.fleet.verdicts}:
        return f"⚑ alert: {titles[0]}"
    why = f" — {alert.why}" if alert.why else ""
    return f"⚑ alert: {titles[0]}: {alert.sentence}{why}"


def _since_when(alert: Alert, *, with_context: bool) -> str:
    context = f"{safe(alert.context, 24)}: " if with_context else ""
    since = "" if alert.since is None else f" (since {clock_text(alert.since)})"
    return f"{context}{alert.rule.title}{since}"


def _troubles_of(now: Situation) -> Iterator[tuple[int, str]]:
    """What is the matter with one context, with a rank: the gravest has the lowest."""
    asks = now.fleet.outage is None and now.playing is None
    if asks and now.asking is not None and now.asking > max(3.0, now.every):
        yield -1, f"no answer yet: asking for {span_text(now.asking)}"
    for verdict in now.fleet.verdicts:
        yield _RANKS[verdict.kind], _verdict_words(verdict, now)
    if now.unkept:
        yield len(_RANKS), now.unkept


def _verdict_words(verdict: Verdict, now: Situation) -> str:
    words = f"{verdict.kind.value}: {verdict.sentence}"
    if verdict.kind in (VerdictKind.LINK_DOWN, VerdictKind.RATE_LIMITED):
        return f"{words} — {_since(now)}"
    return words


def _since(now: Situation) -> str:
    parts = []
    if now.outage_for is not None:
        parts.append(f"for {span_text(now.outage_for)}")
    if now.fleet.last is not None:
        parts.append(f"rows are as of {clock_text(now.fleet.last.at)}")
    if now.playing is not None:
        return ", ".join(parts)
    if now.asking is not None:
        parts.append("trying now")
    elif now.due_in is not None:
        parts.append(f"next try in {max(0, round(now.due_in))} s, R tries now")
    return ", ".join(parts)


def _interval(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 60 else f"{seconds / 60:g} min"


def _is_grave(now: Situation) -> bool:
    """Whether the first thing to read is that we are blind, that many have dropped, or an alert
    that its owner calls critical."""  # noqa: D205, D209
    grave = (VerdictKind.MASS_DROP, VerdictKind.STORM)
    if now.past is not None and now.past.matters:
        return True
    critical = any(one.rule.severity is Severity.CRITICAL for one in now.firing)
    return critical or any(one.kind.about_us or one.kind in grave for one in now.fleet.verdicts)


class StatusBar(Vertical):
    """The header. In: a Situation. Each line is repainted only when it reads differently."""

    situation: reactive[Situation] = reactive(Situation, init=False, repaint=False)
    """What to tell."""

    def compose(self) -> ComposeResult:
        """Three lines that are always there, and one block for what is wrong."""
        yield Static(id="status-who")
        contexts = Static(id="status-contexts")
        contexts.display = False
        yield contexts
        yield Static(id="status-counts")
        yield Static(id="status-query")
        yield Static(id="status-trouble")

    def on_resize(self) -> None:
        """Another width, other lines."""
        self.watch_situation(self.situation)

    def watch_situation(self, situation: Situation) -> None:
        """Paint."""
        width = self.content_size.width
        if width <= 0:
            return
        for name, line in (
            ("#status-who", first_line),
            ("#status-counts", second_line),
            ("#status-query", query_line),
        ):
            write(self.query_one(name, Static), line(situation, width))
        contexts = self.query_one("#status-contexts", Static)
        contexts.display = bool(situation.lanes)
        if situation.lanes:
            write(contexts, context_lines(situation, width), layout=True)
        sentences = [f"⚠ {sentence}" for sentence in troubles(situation)]
        past, played = situation.past, situation.playing is not None
        if past is not None and (words := now_words(past, played=played)):
            sentences.insert(0, f"⚠ {words}")
        if alert := alert_line(situation):
            # That we are blind comes first even so.
            sentences.insert(1 if situation.fleet.is_blind else 0, alert)
        block = self.query_one("#status-trouble", Static)
        block.set_class(_is_grave(situation), "-grave")
        block.display = bool(sentences)
        write(block, Content("\n".join(sentences)), layout=True)
