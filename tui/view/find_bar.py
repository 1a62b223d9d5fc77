"""The bar of ``/``: filters what is on screen, without asking the endpoint."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Input, Static

from tui.core.safe import safe
from tui.view.keys import bind
from tui.view.messages import FilterTyped
from tui.view.safe_input import SafeInput


class FindBar(Horizontal):
    """In: a text, a complaint. Out: FilterTyped, with each key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "close", "Close", "find-close", "leave the bar; the filter stays"),
    ]

    complaint: reactive[str] = reactive("", init=False)
    """Why the text cannot be read (yet)."""

    def compose(self) -> ComposeResult:
        """The sign, the text, the complaint."""
        yield Static("/", id="find-sign")
        yield SafeInput(
            placeholder="words  service:x  !state:live  beat>30  /regex/",
            compact=True,
            id="find-text",
            select_on_focus=False,
        )
        yield Static(id="find-complaint")

    @property
    def text(self) -> str:
        """What is typed."""
        return self.query_one(Input).value

    def open(self, text: str) -> None:
        """Show it with ``text`` and take the focus."""
        self.display = True
        field = self.query_one(Input)
        with self.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)
        # A blinking cursor costs bytes all night.
        field.cursor_blink = False
        # At once: keys typed right behind are on their way already.
        self.screen.set_focus(field)

    def watch_complaint(self, complaint: str) -> None:
        """Say it in words beside the text."""
        self.query_one("#find-complaint", Static).update(Content(safe(complaint)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        event.stop()
        self.post_message(FilterTyped(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter and go back to the table."""
        event.stop()
        self.display = False
        self.post_message(FilterTyped(event.value, done=True))

    def action_close(self) -> None:
        """Go back to the table; the filter stays."""
        self.display = False
        self.post_message(FilterTyped(self.text, done=True))
