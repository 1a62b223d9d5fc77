"""The bar of ``@``: a time to go back to."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from tui.core.safe import safe
from tui.view.keys import bind
from tui.view.messages import TimeWanted
from tui.view.safe_input import SafeInput


class TimeBar(Horizontal):
    """In: a complaint. Out: TimeWanted; it stays open with its text until it is told to close."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "close", "Close", "time-close", "leave the bar and stay where one is"),
    ]

    def compose(self) -> ComposeResult:
        """The sign, the text, the complaint."""
        yield Static("@", id="time-sign")
        yield SafeInput(
            placeholder="03:12  -15m  yesterday 03:12  2026-11-27 03:12  (UTC)",
            compact=True,
            id="time-text",
        )
        yield Static(id="time-complaint")

    def open(self) -> None:
        """Show it and take the focus; what was typed last is replaced by what is typed next."""
        self.display = True
        field = self.query_one(Input)
        # A blinking cursor costs bytes all night.
        field.cursor_blink = False
        self.complain("")
        # At once: keys typed right behind are on their way already.
        self.screen.set_focus(field)
        field.action_select_all()

    def close(self) -> None:
        """Hide it."""
        self.display = False

    def complain(self, sentence: str) -> None:
        """Say why there is no such time, beside the text."""
        self.query_one("#time-complaint", Static).update(Content(safe(sentence)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """It is another text now."""
        event.stop()
        self.complain("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go there."""
        event.stop()
        self.post_message(TimeWanted(event.value))

    def action_close(self) -> None:
        """Go back to the table."""
        self.post_message(TimeWanted(None))
