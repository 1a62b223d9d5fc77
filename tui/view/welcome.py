"""The first start without a key: three lines, and the demo."""

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.core.safe import safe
from tui.view.key_line import KeyLine
from tui.view.keys import bind
from tui.view.terminal_app import TerminalApp


class WelcomeApp(TerminalApp[bool], inherit_bindings=False):
    """Returns true when the demo was chosen."""

    CSS_PATH = "main.tcss"
    ENABLE_COMMAND_PALETTE = False

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("d,enter", "choose(True)", "Demo", "welcome-demo", "a simulated fleet", show=True),
        bind("q,escape", "choose(False)", "Quit", "welcome-quit", "quit", show=True),
        Binding("ctrl+c", "choose(False)", "Quit", show=False, priority=True),
    ]

    def __init__(self, config_path: Path) -> None:
        """``config_path`` is where the configuration would be read from."""
        super().__init__()
        self._config_path = config_path

    def compose(self) -> ComposeResult:
        """Three lines and a choice."""
        with Vertical(id="welcome"):
            yield Static(Content.styled("conntop has no API key yet.", "bold"))
            yield Static(
                Content("\n").join(
                    [
                        Content.assemble(
                            "1  for this shell   ",
                            ("read -rs CONNTOP_API_KEY", "$accent"),
                            ("; export CONNTOP_API_KEY", "$accent"),
                        ),
                        Content.assemble(
                            "2  for good         ",
                            ('api_key_file = "~/.conntop-key"', "$accent"),
                            " under [contexts.prod], mode 600",
                        ),
                        Content.assemble(
                            "3  in the file      ", (safe(str(self._config_path)), "$accent")
                        ),
                    ]
                ),
                id="welcome-how",
            )
            yield Static(
                Content.assemble(
                    "Or press ",
                    ("d", "bold $accent"),
                    " for the demo: a simulated fleet, no key, no network.",
                )
            )
        yield KeyLine()

    def action_choose(self, demo: bool) -> None:
        """Done."""
        self.exit(demo)
