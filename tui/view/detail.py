"""The detail view: one connection, alive while it is open."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalGroup, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.core.connection import Connection
from tui.core.fleet import Fleet, Tracked
from tui.core.grammar import NAMED, TEXT_FIELDS, quote
from tui.core.names import beside
from tui.core.records import json_record
from tui.core.safe import safe
from tui.view.facts import Subject, facts
from tui.view.keys import bind
from tui.view.messages import FilterWanted
from tui.view.paint import write
from tui.view.safe_option_list import SafeOptionList

_LONGEST, _MOST_LINES = 400, 200
"""Characters of a line and lines of the raw record that are shown."""


@dataclass(frozen=True, slots=True)
class Sibling:
    """Connections that share something with the subject."""

    label: str
    value: str
    count: int
    field: str
    name: str = ""
    """What people call the value."""

    @property
    def filter(self) -> str:
        """The local filter that shows them."""
        return f"{self.field}={quote(self.value)}"


_KINDS = (("same client", "client"), ("same host", "host"), ("same key", "key"))


def siblings(subject: Tracked, fleet: Fleet) -> list[Sibling]:
    """Who shares the client, the host or the key, the subject itself included."""
    found = []
    for label, field in _KINDS:
        read = TEXT_FIELDS[field]
        value = read(subject)
        count = sum(read(one) == value for one in fleet.tracked.values())
        found.append(Sibling(label, value, count, field, NAMED[field](subject)))
    return found


def raw_record(connection: Connection) -> str:
    """The record as it was served, cut where it would never end: ``Y`` takes it whole."""
    lines = json_record(connection, indent=2, only_ascii=True).splitlines()
    cut = [line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…" for line in lines]
    return "\n".join([*cut[:_MOST_LINES], *["…"] * (len(cut) > _MOST_LINES)])


class SiblingList(SafeOptionList):
    """The siblings; Enter filters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("j", "cursor_down", "Down", "siblings-down", "next line"),
        bind("k", "cursor_up", "Up", "siblings-up", "previous line"),
    ]


class Detail(VerticalScroll, can_focus=False):
    """The pane. In: a Subject, or None. Out: FilterWanted."""

    subject: reactive[Subject | None] = reactive(None, init=False, repaint=False)
    """What it shows."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._siblings: list[Sibling] = []

    def compose(self) -> ComposeResult:
        """Facts, siblings, the raw record."""
        with VerticalGroup(id="detail-left"):
            yield Static(id="detail-title")
            yield Static(id="detail-facts")
            yield SiblingList(id="detail-siblings", compact=True)
        yield Static(id="detail-raw")

    def watch_subject(self, before: Subject | None, subject: Subject | None) -> None:
        """Paint what reads differently."""
        if subject is None:
            return
        self._paint_facts()
        one = subject.one
        if before is None or before.one.connection_id != one.connection_id:
            # Whose it is has to be read first, however far the last one was read.
            self.scroll_home(animate=False)
        if before is None or before.one is not one or before.fleet is not subject.fleet:
            write(self.query_one("#detail-title", Static), Content(safe(one.connection_id)))
            self._list_siblings()
            raw = Content(raw_record(one.connection))
            write(self.query_one("#detail-raw", Static), raw, layout=True)

    def on_resize(self) -> None:
        """Another width, other lines."""
        self.call_after_refresh(self._paint_facts)

    def _paint_facts(self) -> None:
        if self.subject is not None:
            width = max(20, self.query_one("#detail-left").content_size.width)
            write(self.query_one("#detail-facts", Static), facts(self.subject, width), layout=True)

    @work(group="siblings", exclusive=True)
    async def _list_siblings(self) -> None:
        # It takes no argument: Textual would write that out, and the whole fleet with it.
        subject = self.subject
        if subject is None:
            return
        # Off the loop, since it looks at the whole fleet.
        found = await asyncio.to_thread(siblings, subject.one, subject.fleet)
        if found == self._siblings or not self.is_attached:
            return
        self._siblings = found
        listing = self.query_one(SiblingList)
        place = listing.highlighted
        listing.set_options(
            Option(
                Content.assemble(
                    (f"{one.label:<12}", "$muted"),
                    f"{one.count:>5,}  ",
                    beside(one.value, one.name),
                )
            )
            for one in found
        )
        listing.highlighted = place

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show the siblings."""
        event.stop()
        self.post_message(FilterWanted(self._siblings[event.option_index].filter))
