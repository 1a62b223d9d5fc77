"""The filter pane: it *is* the query. Whatever is chosen here goes into the next request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.core.facets import FACETS, VALUES_KEPT, Facet
from tui.core.instant import Instant, as_served, day_text
from tui.core.names import NO_NAMES, Names
from tui.core.query import Query, QueryError, parse_query
from tui.core.safe import safe
from tui.view.keys import bind
from tui.view.messages import QueryWanted
from tui.view.paint import alike
from tui.view.safe_input import SafeInput
from tui.view.safe_option_list import SafeOptionList

_MOST_VALUES = 8


@dataclass(frozen=True, slots=True)
class Choices:
    """What the pane shows."""

    query: Query = field(default_factory=Query)
    """The present question."""
    facets: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)
    """By Query's field: values seen, with counts; ``None`` where the present query hides it."""
    now: Instant | None = None
    """The server's time, for spans like ``15m``; not shown."""
    names: Names = NO_NAMES
    """By which API keys are shown, and may be typed."""


_TYPED = {
    "minutes": "Last minutes",
    "time_start": "Started from",
    "time_end": "Started until",
    "limit": "Limit",
    "connection_id": "Connection",
}
_HINTS = {
    "minutes": "whole minutes back, e.g. 60",
    "time_start": "2024-01-15T14:30:25Z, or 15m",
    "time_end": "2024-01-15T14:30:25Z, or 15m",
    "connection_id": "a connection's whole id",
    "limit": "one answer of so many at most",
    "api_key_id": "a uuid, or a name of the settings",
    "service": "a service's whole name",
    "protocol": "a protocol's whole name",
    "data_center": "a data center's whole name",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the pane: what Enter on it does."""

    label: Content
    field: str
    value: str | None = None
    """The value that it chooses; ``None``: Enter asks for one."""


def rows_of(choices: Choices, width: int) -> list[_Row]:
    """The rows of the pane, all nine parameters in it."""
    query = choices.query
    show = "live only" if query.active_only else "live and ended"
    rows = [_heading("Show", show, "active_only", width, chosen=not query.active_only)]
    for name, title in _TYPED.items():
        value = getattr(query, name)
        text = "any" if name != "limit" else "none"
        if value is not None:
            text = day_text(value) if name.startswith("time_") else str(value)
        rows.append(_heading(title, text, name, width, chosen=value is not None))
    for facet in FACETS:
        rows += _facet_rows(facet, choices, width)
    return rows


def _facet_rows(facet: Facet, choices: Choices, width: int) -> list[_Row]:
    present: str | None = getattr(choices.query, facet.field)
    name, seen = facet.field, choices.facets.get(facet.field, {})
    called = choices.names.key if name == "api_key_id" else _nameless
    text = "any" if present is None else called(present) or present or "any"
    rows = [_heading(facet.title, text, name, width, chosen=present is not None)]
    first = list(seen)[:_MOST_VALUES]
    if present is not None and present not in first:
        first.insert(0, present)
    rows += [
        _choice(_Row(_value(one, called(one)), name, one), seen.get(one), width, one == present)
        for one in first
    ]
    if len(seen) > _MOST_VALUES:
        plus = "+" if len(seen) >= VALUES_KEPT else ""
        more = f"    {len(seen) - _MOST_VALUES}{plus} more: type one…"
        rows.append(_Row(Content.styled(more, "$muted"), name))
    return rows


def _heading(title: str, text: str, field: str, width: int, *, chosen: bool) -> _Row:
    sign = "●" if chosen else "▸"
    label = Content.assemble(
        (f"{sign} {title}  ", "bold $accent" if chosen else "bold"),
        (safe(text, 80), "$accent" if chosen else "$muted"),
    )
    return _Row(label.truncate(width, ellipsis=True), field)


def _nameless(value: str) -> str:
    return ""


def _value(value: str, name: str) -> Content:
    """A value, after its name where it has one: two keys may be called the same."""
    if name:
        return Content.assemble(name, (f" {safe(value, 80)}", "$muted"))
    return Content(safe(value, 80) or "(empty)")


def _choice(row: _Row, count: int | None, width: int, chosen: bool) -> _Row:
    """A row with its value made ready: marked if it is chosen, and with its count."""
    number = "" if count is None else f"{count:,}"
    room = max(4, width - len(number) - 5)
    name = row.label.truncate(room, ellipsis=True, pad=True)
    style = "bold $accent" if chosen else ""
    label = Content.assemble(
        ("  ● " if chosen else "    ", style), name.stylize(style), (f" {number}", "$muted")
    )
    return _Row(label, row.field, row.value)


class ChoiceList(SafeOptionList):
    """The list of the pane."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("j", "cursor_down", "Down", "pane-down", "next line"),
        bind("k", "cursor_up", "Up", "pane-up", "previous line"),
        bind("g", "first", "First", "pane-first", "first line"),
        bind("G", "last", "Last", "pane-last", "last line"),
        bind("space", "select", "Choose", "pane-choose", "choose the value, or type one"),
    ]

    def relabel(self, index: int, label: Content) -> None:
        """Give an option of one line another label, and draw nothing else anew."""
        option = self.get_option_at_index(index)
        option._set_prompt(label)
        drawn = list(self._option_render_cache.keys())
        for key in drawn:
            if key[0] is option:
                self._option_render_cache.discard(key)
        line = self._index_to_line.get(index)
        # While it is hidden it has no lines.
        if line is not None:
            self.refresh_line(line)


class FilterPane(Vertical):
    """In: Choices. Out: QueryWanted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "leave", "Back", "pane-leave", "go back to the table"),
        bind("delete,backspace", "unset", "Unset", "pane-unset", "take the line's filter out"),
    ]

    choices: reactive[Choices] = reactive(Choices, init=False, repaint=False)
    """What it shows."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows: list[_Row] = []
        self._basis: object = None
        self._typing: str | None = None

    def compose(self) -> ComposeResult:
        """The list, and below it the field for what is typed."""
        yield ChoiceList(id="pane-list", compact=True)
        yield Static(id="pane-hint")
        yield SafeInput(id="pane-input", compact=True)
        yield Static(id="pane-error")

    def on_mount(self) -> None:
        """Nothing is typed yet."""
        self._close_input()
        self.watch_choices(self.choices)

    def on_resize(self) -> None:
        """Another width, other rows."""
        self.watch_choices(self.choices)

    def watch_choices(self, choices: Choices) -> None:
        """Paint; the cursor stays on its row."""
        listing = self.query_one(ChoiceList)
        width = listing.scrollable_content_region.width
        basis = (choices.query, choices.facets, width)
        if basis == self._basis:
            return
        self._basis = basis
        rows = rows_of(choices, max(16, width or 28))
        before, self._rows = self._rows, rows
        if [(row.field, row.value) for row in rows] == [(row.field, row.value) for row in before]:
            # Counts change with each answer, the rows hardly ever.
            for index, (was, row) in enumerate(zip(before, rows, strict=True)):
                if not alike(was.label, row.label):
                    listing.relabel(index, row.label)
            return
        place = listing.highlighted
        held = before[place] if place is not None and place < len(before) else None
        listing.set_options(Option(row.label) for row in rows)
        if held is not None:
            same = [
                i
                for i, row in enumerate(rows)
                if (row.field, row.value) == (held.field, held.value)
            ]
            listing.highlighted = same[0] if same else min(place or 0, len(rows) - 1)

    def focus_list(self) -> None:
        """Take the focus."""
        listing = self.query_one(ChoiceList)
        if listing.highlighted is None:
            listing.highlighted = 0
        listing.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Choose, unchoose, or ask for a value."""
        event.stop()
        row = self._rows[event.option_index]
        query = self.choices.query
        if row.field == "active_only":
            self._want(active_only=not query.active_only)
        elif row.value is None:
            self._open_input(row.field)
        else:
            present = getattr(query, row.field)
            self._want(**{row.field: None if present == row.value else row.value})

    def action_unset(self) -> None:
        """Take the parameter under the cursor out of the query."""
        place = self.query_one(ChoiceList).highlighted
        if place is not None:
            field = self._rows[place].field
            self._want(**{field: True if field == "active_only" else None})

    def action_leave(self) -> None:
        """Close the field, or hand the focus back."""
        if self._typing is not None:
            self._close_input()
            self.query_one(ChoiceList).focus()
        else:
            self.screen.query_one("ConnectionTable").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Read what was typed; what the endpoint would refuse is refused here, in words."""
        event.stop()
        field = self._typing
        if field is None:
            return
        try:
            typed = parse_query({field: event.value}, self.choices.now, self.choices.names)
            self._want_or_raise(**{field: getattr(typed, field)})
        except QueryError as error:
            self._complain(error.sentence)
            return
        self._close_input()
        self.query_one(ChoiceList).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """A complaint is over when the text changes."""
        event.stop()
        self._complain("")

    def _want(self, **values: object) -> None:
        try:
            self._want_or_raise(**values)
        except QueryError as error:
            self._complain(error.sentence)

    def _want_or_raise(self, **values: object) -> None:
        query = replace(self.choices.query, **values)
        self._complain("")
        if query != self.choices.query:
            self.post_message(QueryWanted(query))

    def _complain(self, sentence: str) -> None:
        error = self.query_one("#pane-error", Static)
        error.display = bool(sentence)
        error.update(Content(sentence))

    def _open_input(self, field: str) -> None:
        self._typing = field
        hint = self.query_one("#pane-hint", Static)
        title = _TYPED.get(field) or next(one.title for one in FACETS if one.field == field)
        hint.update(Content(f"{title}: {_HINTS[field]}. Empty takes it out."))
        box = self.query_one(Input)
        present = getattr(self.choices.query, field)
        text = "" if present is None else str(present)
        if field.startswith("time_") and present is not None:
            text = as_served(present)
        box.value = text
        hint.display = box.display = True
        box.cursor_position = len(box.value)
        box.cursor_blink = False
        self.screen.set_focus(box)

    def _close_input(self) -> None:
        self._typing = None
        for selector in ("#pane-hint", "#pane-input", "#pane-error"):
            self.query_one(selector).display = False
