"""LeanScreen: a screen that is styled, laid out and painted once, where Textual does it again."""

from textual.events import ScreenResume
from textual.geometry import Size
from textual.screen import Screen

from tui.view.lean_compositor import LeanCompositor


class LeanScreen(Screen[None], inherit_bindings=False):
    """To what a key or a tick changes, and to the start, little is added by all that is around."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = LeanCompositor()

    async def _compose(self) -> None:
        # By the size at once: later all that is composed here would be styled once more.
        width, height = self.app.size
        across, down = self.HORIZONTAL_BREAKPOINTS or [], self.VERTICAL_BREAKPOINTS or []
        found = self._get_breakpoint_classes
        self.add_class(*found(width, across), *found(height, down))
        await super()._compose()

    def _screen_resized(self, size: Size) -> None:
        """Lay out what has another size, and not once more what has just been laid out."""
        if size != self._size:
            super()._screen_resized(size)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Nothing restyles it while it is hidden: there is one theme."""
        event.refresh_styles = False
