"""TerminalApp: what holds for every app of ours on a terminal, above all when it goes wrong."""

from rich.console import RenderableType
from textual.app import App, ReturnType
from textual.widgets._toast import ToastHolder
from textual.worker import WorkerFailed

from tui.view.crash import ScreenCrash
from tui.view.output.lean_driver import lean
from tui.view.theme import THEME


class TerminalApp(App[ReturnType], inherit_bindings=False):
    """An app that gives the terminal back whatever happens, and prints nothing of its insides."""

    def __init__(self) -> None:
        super().__init__(driver_class=lean())
        self.register_theme(THEME)
        self.theme = THEME.name

    def check(self) -> None:
        """Complain when it has ended by a mistake, now that there is a terminal to do it on.

        Raises:
            ScreenCrash: it has.
        """
        error = self._exception
        if error is not None:
            raise ScreenCrash from (error.error if isinstance(error, WorkerFailed) else error)

    def action_command_palette(self) -> None:
        """Show the palette, in a window of any size."""
        from tui.view.safe_option_list import SafePalette

        if not isinstance(self.screen, SafePalette):
            self.push_screen(SafePalette(id="--command-palette"))

    def clear_notifications(self) -> None:
        """Take all notices away, and what Textual would leave of each: an empty frame, for ever."""
        super().clear_notifications()
        for screen in self.screen_stack:
            screen.query(ToastHolder).remove()

    # Textual's own crash screen prints local variables, and the key would be among them.

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def panic(self, *_renderables: RenderableType) -> None:
        """End; what Textual would print is told by ``check``, in another way."""
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        for line in self._exit_renderables:
            self.error_console.print(line, markup=False, highlight=False, soft_wrap=True)
        self._exit_renderables.clear()
