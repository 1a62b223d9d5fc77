"""KeyLine: the keys that work here, in one line.

Textual's own footer is a widget for each key, made anew three times until a screen is shown.
"""

from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widgets import Static

from tui.core.safe import safe
from tui.view.paint import write

_SPARED = ("step_time(-1)", "sort", "groups", "filters", "handover")
"""Actions that are left out where the line is too short, in this order."""


class KeyLine(Static):
    """In: the screen's bindings. A click on one presses its key."""

    ALLOW_SELECT = False

    def on_mount(self) -> None:
        """Follow the bindings, which depend on what has the focus."""
        # What can be clicked looks as the style sheet has it, not like a link.
        self.auto_links = False
        self.screen.bindings_updated_signal.subscribe(self, self._show)

    def on_resize(self) -> None:
        """Another width, another distance."""
        self._show(self.screen)

    def _show(self, screen: Screen[object]) -> None:
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            # Once the focus is where it goes: it may still be on its way.
            self.call_after_refresh(self._write_keys)

    def _write_keys(self) -> None:
        if self.is_attached:
            write(self, self._keys(self.screen))

    def _keys(self, screen: Screen[object]) -> Content:
        keys: dict[str, Content] = {}
        for _, binding, enabled, _ in screen.active_bindings.values():
            if not binding.show or binding.action in keys:
                continue
            look = "" if enabled else "dim"
            key = Content.styled(
                safe(self.app.get_key_display(binding)), "bold $footer-key-foreground"
            )
            word = Content(f" {binding.description}")
            press = Style.from_meta({"@click": f"app.simulate_key({binding.key!r})"})
            keys[binding.action] = (key + word).stylize(look).stylize(press)
        apart = Content("  ").join(keys.values())
        if apart.cell_length <= self.size.width:
            return apart
        for spared in _SPARED:
            close = Content(" ").join(keys.values())
            if close.cell_length <= self.size.width:
                break
            keys.pop(spared, None)
        return Content(" ").join(keys.values())
