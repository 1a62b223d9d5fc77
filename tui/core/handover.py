"""Handover: a note for the next human, in Markdown, to be read at three in the morning."""

from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tui.core.command import command
from tui.core.connection import State
from tui.core.events import EventKind
from tui.core.fleet import GONE_KEPT, Fleet, Tracked
from tui.core.grammar import NO_FILTER, Filter
from tui.core.instant import TICKS, Instant, clock_text, day_text, seconds_between, span_text
from tui.core.markdown import block, code, dead
from tui.core.mask import Mask, mask_of, masked_client
from tui.core.ordering import in_order
from tui.core.query import Query
from tui.core.timeline import BACK, timeline
from tui.core.verdict import Verdict, VerdictKind
from tui.core.why import dropped, explain

RECALLED = 1_800.0
"""Seconds that a note looks back: for its timeline, and for the peak."""
_LISTED = 15
"""Connections that are listed one by one."""
_DOWN = (EventKind.LATE, EventKind.SILENT, EventKind.DROPPED, EventKind.GONE)
_GRAVE = (
    EventKind.MASS_DROP,
    EventKind.STORM,
    EventKind.LINK_LOST,
    EventKind.RATE_LIMITED,
    EventKind.FROZEN,
)


class Where(Struct, frozen=True):
    """Whom we ask, and how somebody else does."""

    context: str = "default"
    """Name of the context."""
    host: str = ""
    """Whom we ask."""
    program: tuple[str, ...] = ("conntop",)
    """The first words of the command that asks the same: program, and what names the endpoint."""
    asks: bool = True
    """Whether that command takes the question, too: a recording has one already."""


class Peak(Struct, frozen=True):
    """The most connections that were down at once."""

    count: int
    at: Instant


def returned(fleet: Fleet, ones: Collection[Tracked]) -> dict[str, Instant]:
    """Of ``ones``, those whose clients have another connection since: when that one started."""
    names = {one.connection_id for one in ones}
    # The log knows more of a client that flaps than its line of life does.
    told = (one.one for one in fleet.log if one.kind in BACK)
    sessions = [one.session for one in told if one is not None]
    sessions += [each for one in ones for each in fleet.lineage.line_of(one.connection)]
    return {
        each.follows: each.start
        for each in sessions
        if each is not None and each.follows in names and each.follows is not None
    }


def peak(fleet: Fleet, since: Instant) -> Peak | None:
    """The most connections that were down at once since ``since``; ``None`` when none was.

    One is down from its last heartbeat, once that proved to be too old, until its client has
    another connection (from the start of that), or until the answer that showed it beating again.
    That is counted from the rows and from the log, as far as they reach: what went and came while
    nobody looked is in neither.
    """
    since_when: dict[str, Instant] = {}
    spans: list[tuple[Instant, Instant | None]] = []
    lost: list[Tracked] = []
    for event in fleet.log:
        one = event.one
        if one is None:
            continue
        if event.kind in _DOWN:
            since_when.setdefault(one.connection_id, one.connection.last_heartbeat)
            if one.connection_id not in fleet.tracked:
                lost.append(one)
        elif event.kind is EventKind.RECOVERED and one.connection_id in since_when:
            spans.append((since_when.pop(one.connection_id), event.at))
    there = [one for one in fleet.tracked.values() if one.state is not State.LIVE]
    for one in there:
        since_when.setdefault(one.connection_id, one.connection.last_heartbeat)
    back = returned(fleet, (*there, *lost))
    spans += [(begin, back.get(identity)) for identity, begin in since_when.items()]
    # A client that handed over before it stopped was never down.
    down = [(max(begin, since), end) for begin, end in spans]
    down = [(begin, end) for begin, end in down if end is None or end > begin]
    steps = [(begin, 1) for begin, _ in down]
    steps += [(end, -1) for _, end in down if end is not None]
    count, most, when = 0, 0, since
    for at, step in sorted(steps):
        count += step
        if count > most:
            most, when = count, at
    return Peak(most, when) if most else None


def note(
    fleet: Fleet,
    *,
    where: Where,
    condition: Filter = NO_FILTER,
    now: Instant | None = None,
    chosen: Collection[str] | None = None,
    paused: bool = False,
    mask_clients: bool = False,
    remarks: Sequence[str] = (),
) -> str:
    """What is the matter, for somebody who has not seen it; Markdown that ends with a newline.

    Nothing that a stranger chose is alive in it: it stands in code, without any character that a
    terminal acts upon, calls people or makes a link. API key ids are masked, or told by the
    names that people gave them. Clients' addresses are kept, as whoever takes over needs them,
    unless ``mask_clients``.

    Args:
        fleet: what is known.
        where: whom we ask.
        condition: the filter of ``/``.
        now: the server's present time, as far as it is known.
        chosen: ids of the connections it is about; by default those that dropped lately
            (``why.dropped``) and pass ``condition``.
        paused: whether nothing is asked at present.
        mask_clients: whether addresses are told by their network only.
        remarks: what else has to be known to trust it; words of our own.
    """
    mask = mask_of(fleet.tracked.values(), fleet.query.api_key_id, clients=mask_clients)
    last = fleet.last
    if chosen is None:
        ones = [one for one in dropped(fleet) if condition.passes(one, fleet.at or 0)]
    else:
        ones = [fleet.tracked[each] for each in sorted(chosen) if each in fleet.tracked]
    ones = in_order(ones, lambda one: (one.connection.last_heartbeat, one.connection_id))
    back = returned(fleet, ones)
    lines = [f"# {_title(fleet, ones, back, marked=chosen is not None)}", ""]
    lines += _facts(fleet, ones, back, where, now, mask, paused=paused)
    lines += [f"- {remark}" for remark in remarks]
    if last is not None:
        lines += _why(fleet, ones, mask, marked=chosen is not None)
        lines += _listing(
            ones, back, mask, last.at, marked=chosen is not None, clients=mask_clients
        )
    lines += _timeline(fleet, now, mask)
    words = dead(mask(fleet.query.describe(fleet.names)))
    passing = f", filtered by {code(mask.of_filter(condition.text))}" if condition.text else ""
    lines += ["", f"The query: {code(words)}{passing}. To see it again:"]
    # A key id would be exact, but it is not ours to spread: its beginning, as a filter, will do.
    query = replace(fleet.query, api_key_id=None) if where.asks else Query()
    text = mask.of_filter(condition.text, fleet.query.api_key_id)
    lines += block([command(where.program, query, text)], "sh")
    return "\n".join(lines) + "\n"


def _title(fleet: Fleet, ones: Sequence[Tracked], back: Collection[str], *, marked: bool) -> str:
    """What is the matter, by the gravest verdict; of our own words and numbers alone."""
    first = _gravest(fleet)
    if first is not None and first.kind.about_us:
        since = "" if first.since is None else f" since {clock_text(first.since)}"
        return f"The monitor is blind: {first.kind.value}{since}"
    if fleet.last is None:
        return "Nothing is known yet: there has been no answer"
    if marked:
        return f"{_counted(len(ones), 'marked connection')}: {_states(ones)}"
    what = ""
    if first is not None and first.kind in (VerdictKind.MASS_DROP, VerdictKind.STORM):
        what = first.kind.value.capitalize()
    if ones:
        stopped = f"{_counted(len(ones), 'connection')} stopped{_and_back(back)}"
        return f"{what}: {stopped}" if what else stopped
    if not what:
        whole = fleet.last.complete and not any(one.is_blind for one in fleet.parts.values())
        return "Nothing is the matter now" if whole else "Nothing is the matter in what is known"
    # It is one of the fleet, of which the filter may show nobody.
    return what


def _gravest(fleet: Fleet) -> Verdict | None:
    """What is the matter first of all; of several contexts one that is blind does not hide it."""
    told = (one for one in fleet.verdicts if fleet.is_blind or not one.kind.about_us)
    return next(told, None)


def _and_back(back: Collection[str]) -> str:
    return f", {len(back):,} of their clients are back" if back else ""


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _states(ones: Iterable[Tracked]) -> str:
    counts = dict.fromkeys(reversed(State), 0)
    for one in ones:
        counts[one.state] += 1
    return ", ".join(f"{count:,} {state.value}" for state, count in counts.items() if count)


def _facts(
    fleet: Fleet,
    ones: Sequence[Tracked],
    back: Collection[str],
    where: Where,
    now: Instant | None,
    mask: Mask,
    *,
    paused: bool,
) -> list[str]:
    """Since when, how many, how it is now, and how far that can be believed."""
    facts = [
        f"- {one.kind.value.capitalize()}: {code(mask(one.sentence))}" for one in fleet.verdicts
    ]
    at = fleet.at
    asked = f"{code(where.context)} at {code(where.host)}"
    if at is None:
        return [*facts, f"- Asked: {asked}"]
    if fleet.is_blind:
        facts.append(
            "- This is about the monitor's own sight and not about the connections: whatever "
            f"follows is as of {clock_text(at)}, and nothing later is known"
        )
    facts += [
        f"- Of {code(name)} nothing is known since {clock_text(part.at)}: its rows are as of then"
        for name, part in fleet.parts.items()
        if part.is_blind and not fleet.is_blind and part.at is not None
    ]
    since = _since(fleet, ones)
    if since is not None:
        facts.append(f"- Since: {day_text(since)}, {_ago(since, now or at)} ago")
    most = peak(fleet, at - round(RECALLED * TICKS))
    if most is not None:
        facts.append(
            f"- Peak: {most.count:,} down at once at {clock_text(most.at)} "
            "(down: stopped, and the client not back yet)"
        )
    counts = ", ".join(f"{count:,} {state.value}" for state, count in fleet.counts().items())
    minutes = f"{GONE_KEPT / 60:.0f} min"
    still = sum(one.state is not State.LIVE and one.connection_id not in back for one in ones)
    down = f"{still:,} of {len(ones):,} still down; all: " if ones else ""
    facts.append(f"- {'Then' if fleet.is_blind else 'Now'}: {down}{counts} in {minutes}")
    facts.append(f"- As of: {day_text(at)} (UTC), {_trust(fleet, now, paused=paused)}; {asked}")
    if not ones and not fleet.is_blind:
        facts += _before(fleet, at)
    facts.append(f"- Watched: since {day_text(_watched(fleet))}")
    return facts


def _ago(since: Instant, now: Instant) -> str:
    return span_text(seconds_between(since, now))


def _why(fleet: Fleet, ones: Sequence[Tracked], mask: Mask, *, marked: bool) -> list[str]:
    """What they have in common, the best explanation first; or why nothing is claimed."""
    if not ones:
        return []
    names = [one.connection_id for one in ones]
    found = explain(fleet, names, called="marked" if marked else "dropped")
    told = [line.sentence for line in found.lines] or [found.note]
    return ["", "Why:", *block(dead(mask(each)) for each in (*told, *found.caveats))]


def _since(fleet: Fleet, ones: Sequence[Tracked]) -> Instant | None:
    """When it began: by the gravest verdict, else with the first that stopped."""
    first = _gravest(fleet)
    if first is not None and first.since is not None:
        return first.since
    return min((one.connection.last_heartbeat for one in ones), default=None)


def _trust(fleet: Fleet, now: Instant | None, *, paused: bool) -> str:
    """Whether the answer was whole, and how old it is."""
    last = fleet.last
    assert last is not None
    words = "the answer is complete" if last.complete else "the answer may lack records"
    blind = sum(part.is_blind for part in fleet.parts.values())
    if blind and not fleet.is_blind:
        words += f" of the contexts that answer, and {blind:,} of {len(fleet.parts):,} do not"
    if last.unreadable:
        words += f" but for {last.unreadable_count:,} unreadable"
    age = 0.0 if now is None else max(0.0, seconds_between(last.at, now))
    return f"{words}, {span_text(age)} old{', asking is paused' if paused else ''}"


def _before(fleet: Fleet, at: Instant) -> list[str]:
    """The gravest of what is over, where nothing is the matter any more."""
    oldest = at - round(RECALLED * TICKS)
    over = [one for one in fleet.log if one.kind in _GRAVE and one.at >= oldest]
    kinds = {one.kind: clock_text(one.at) for one in over}
    told = ", ".join(f"{kind.value} at {when}" for kind, when in kinds.items())
    return [f"- Before: {told}"] if told else []


def _watched(fleet: Fleet) -> Instant:
    """Since when anything is known, at the latest."""
    assert fleet.last is not None
    starts = [fleet.last.at, *(one.first_seen for one in fleet.tracked.values())]
    starts += [one.at for one in fleet.pulses[:1]]
    starts += [one.at for one in fleet.log[:1]]
    return min(starts)


def _listing(
    ones: Sequence[Tracked],
    back: Collection[str],
    mask: Mask,
    at: Instant,
    *,
    marked: bool,
    clients: bool,
) -> list[str]:
    """The connections it is about, those that are not back first; at most a screenful."""
    if not ones:
        return []
    shown = in_order(ones, lambda one: one.connection_id in back)[:_LISTED]
    rows = [("state", "last beat", "connection", "service", "data center", "client")]
    for one in shown:
        record = one.connection
        client = masked_client(record.client) if clients else record.client
        named = f" «{one.labels.client}»" if one.labels.client else ""
        rows.append(
            (
                f"{one.state.value}{', back' if one.connection_id in back else ''}",
                _beat(one, at),
                dead(mask(record.connection_id), 40),
                dead(mask(record.service), 24),
                dead(mask(record.data_center), 32),
                dead(f"{client}{named}", 64),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    if len(ones) > len(shown):
        lines.append(f"… and {len(ones) - len(shown):,} more")
    title = "The marked" if marked else "Those that stopped"
    return ["", f"{title} ({len(ones):,}):", *block(lines)]


def _beat(one: Tracked, at: Instant) -> str:
    """Its last heartbeat; with the day where that is another one."""
    beat = one.connection.last_heartbeat
    near = abs(seconds_between(beat, at)) < 43_200
    return clock_text(beat) if near else day_text(beat)


def _timeline(fleet: Fleet, now: Instant | None, mask: Mask) -> list[str]:
    at = fleet.at if fleet.at is not None else now
    if at is None:
        at = fleet.log[-1].at if fleet.log else 0
    lines = timeline(fleet.log, at - round(RECALLED * TICKS))
    title = f"Timeline, the last {RECALLED / 60:.0f} min (UTC):"
    if not lines:
        return ["", f"{title} nothing happened."] if fleet.last is not None else []
    return ["", title, *block(dead(mask(line), 160) for line in lines)]
