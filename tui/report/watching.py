"""``watch``: the events of each poll, written as they are found."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from secrets import token_hex
from typing import Literal, Protocol

from tui.core.event_records import event_line, event_record
from tui.core.events import Event, Group
from tui.core.fleet import Fleet
from tui.core.grammar import Filter
from tui.core.memory import Told, remember
from tui.core.names import NO_NAMES, Names
from tui.core.records import json_text
from tui.report.beginning import Beginning
from tui.report.state_file import StateFile
from tui.source.following import follow
from tui.source.poller import Poller


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told of the events, and how."""

    form: Literal["text", "ndjson"]
    condition: Filter
    """What the connection of an event has to pass; what concerns many or the monitor itself
    passes always."""
    groups: frozenset[Group]
    context: str
    names: Names = NO_NAMES
    """What has names at all, for programs."""

    def wants(self, event: Event) -> bool:
        """Whether the event is told."""
        if event.kind.group not in self.groups:
            return False
        return event.one is None or self.condition.passes(event.one, event.at)

    def line(self, told: Told) -> str:
        """The event as it is written."""
        if self.form == "text":
            return f"{event_line(told.event)}\n"
        record = event_record(told.event, told.id, self.context, self.names)
        return f"{json_text(record)}\n"


class Output(Protocol):
    """Where the lines go."""

    def write(self, line: str, /) -> None:
        """Bring out a line at once."""
        ...

    def check(self) -> None:
        """See whether somebody reads on.

        Raises:
            BrokenPipeError: nobody does any more.
        """
        ...


async def watch(
    poller: Poller,
    fleet: Fleet,
    telling: Telling,
    *,
    out: Output,
    say: Callable[[str], None],
    state: StateFile | None = None,
    most: int | None = None,
    see: Callable[[Fleet], Awaitable[None]] | None = None,
) -> None:
    """Write events until it is cancelled.

    Args:
        poller: asks the source.
        fleet: what is known at the start: nothing, or what the state holds.
        telling: which events, and how.
        out: takes the lines.
        say: takes the notes for people.
        state: where what is known is kept.
        most: events after which it ends.
        see: is shown the fleet after each poll, once its events are written: alerts.

    Raises:
        SourceError: the first answer says that asking again is of no use.
        OSError: what is written cannot be brought out.
    """
    left = most
    if state is not None:
        left = _tell(state.untold, telling, out, state, left)
    run, numbers = token_hex(4), count(1)
    notes = _Notes(say)
    beginning = Beginning(poller, say, fleet.last, "watching")
    async for known in follow(poller, fleet):
        beginning.of(known)
        out.check()
        news = tuple(_told(event, f"{run}-{next(numbers)}") for event in known.events)
        kept = state if state is not None and await _saved(state, known, news, notes) else None
        left = _tell(news, telling, out, kept, left)
        if see is not None:
            await see(known)
        if left == 0:
            return


def _told(event: Event, identity: str) -> Told:
    return Told(identity, event.at, event.kind, event.evidence, event.one)


def _tell(
    news: tuple[Told, ...],
    telling: Telling,
    out: Output,
    state: StateFile | None,
    left: int | None,
) -> int | None:
    """Write what is wanted of ``news``; how many may follow."""
    passed = 0
    for each in news:
        if left == 0:
            break
        passed += 1
        if not telling.wants(each.event):
            continue
        out.write(telling.line(each))
        left = None if left is None else left - 1
        if state is not None:
            state.note_told(passed)
            passed = 0
    if state is not None and passed:
        state.note_told(passed)
    return left


async def _saved(state: StateFile, fleet: Fleet, news: tuple[Told, ...], notes: "_Notes") -> bool:
    """Whether the state is kept. Where it cannot be, events are told all the same."""
    try:
        await asyncio.to_thread(lambda: state.save(remember(fleet), news))
    except OSError as error:
        notes.lost(error)
        return False
    notes.kept()
    return True


class _Notes:
    """What is said of the state: once each."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._lost = False

    def lost(self, error: OSError) -> None:
        """The state cannot be written."""
        if not self._lost:
            self._say(
                f"the state cannot be written ({error.strerror}): events are told all the same, "
                "and may be told again after a restart"
            )
        self._lost = True

    def kept(self) -> None:
        """It is written."""
        if self._lost:
            self._say("the state is written again")
        self._lost = False
