"""A prompt over the screen: type a name."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.config.views import LONGEST_NAME
from tui.core.safe import safe
from tui.view.keys import bind
from tui.view.safe_input import SafeInput


class NamePrompt(ModalScreen[str | None]):
    """Returns the name, which may be empty, or ``None`` when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "dismiss(None)", "Close", "prompt-close", "close without a name"),
    ]

    def __init__(self, title: str, present: str) -> None:
        """``present`` stands in the field at the start."""
        super().__init__()
        self._title, self._present = title, present

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        with Vertical(id="menu"):
            yield Static(Content.styled(self._title, "bold"))
            yield SafeInput(self._present, max_length=LONGEST_NAME, compact=True, id="prompt-text")
            yield Static(Content.styled("Enter: save   Esc: leave", "$muted"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Named."""
        event.stop()
        self.dismiss(safe(event.value.strip()))
