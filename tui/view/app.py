"""The Textual app: the terminal, palette, help."""

import gc
from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual import constants, events
from textual._styles_cache import StylesCache
from textual.app import SystemCommand
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.screen import Screen
from textual.timer import Timer

from tui.config import LowBandwidth
from tui.core.safe import safe
from tui.view.keys import bind
from tui.view.main_screen import MainScreen
from tui.view.output.lean_driver import LeanDriver
from tui.view.safe_input import SafeInput
from tui.view.terminal_app import TerminalApp
from tui.view.watch import Watch

_TIDY_AFTER = 2.0
"""Seconds until what was closed is taken away, together with what is closed until then."""
_TIDY_MOST = 20_000
"""Connections over which the collector takes some milliseconds; over 100,000 it takes fifty."""


class ConntopApp(TerminalApp[int], inherit_bindings=False):
    """conntop on a terminal."""

    TITLE = "conntop"
    CSS_PATH = "main.tcss"
    COMMAND_PALETTE_BINDING = "ctrl+p"
    NOTIFICATION_TIMEOUT = 4
    # Selecting text with the mouse is the terminal's own work; see the key M.
    ALLOW_SELECT = False

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("question_mark,f1", "help", "Help", "help", "this page", show=True),
        bind("colon", "command_palette", "Palette", "palette", "find any command by its name"),
        bind("M", "mouse", "Mouse", "mouse", "mouse on, or off so that text can be selected"),
        bind(
            "B", "bandwidth", "Bandwidth", "bandwidth", "low bandwidth: on for a slow line, or off"
        ),
        bind("ctrl+l", "redraw", "Redraw", "redraw", "draw the whole screen anew"),
        Binding("ctrl+c", "quit", "Quit", show=False, priority=True, id="quit-now", tooltip="quit"),
    ]

    def __init__(
        self,
        watch: Watch,
        keymap: Mapping[str, str],
        *,
        low_bandwidth: LowBandwidth = "auto",
    ) -> None:
        """
        Args:
            watch: what is watched, and closed at the end.
            keymap: keys by binding id, from the configuration.
            low_bandwidth: when to send as little as can be.
        """  # noqa: D205, D212
        super().__init__()
        self._mouse_on = True
        self._has_drawn = False
        self._tidying: Timer | None = None
        self._wish = low_bandwidth
        self._main = MainScreen(watch)
        if watch.alarms is not None:
            alarms = watch.alarms
            alarms.told = lambda letter: self._write_beside(alarms.ring(letter))
        self.stylesheet.set_variables(self.get_css_variables())
        self.set_keymap(dict(keymap))

    async def on_mount(self) -> None:
        """Show the main screen, whole: an end in the middle of it would be an error."""
        if isinstance(self._driver, LeanDriver) and self._wish == "auto":
            self._driver.on_slow = self._save_bandwidth
        if self._wish == "on":
            self._send_little(True)
        await self.push_screen(self._main)

    def refresh_css(self, animate: bool = True) -> None:
        """Read the style sheets again, unless nothing in them would differ.

        They are wanted anew when the theme is set, which is at the start, when they were just read.
        """
        if self.stylesheet._variables != self.get_css_variables():
            super().refresh_css(animate)

    def on_ready(self) -> None:
        """From now on there is something on the terminal that another size may spoil."""
        self._has_drawn = True

    def on_resize(self) -> None:
        """Draw all anew, once the size has settled."""
        if self._has_drawn:
            self.set_timer(0.1, self._settle_size)
            self._tidy_soon()

    def _settle_size(self) -> None:
        driver = self._driver
        if isinstance(driver, LinuxDriver):
            # Signals that come in a burst are handled inside each other, the oldest size last.
            size = Size(*driver._get_terminal_size())
            if size != self.size:
                self.post_message(events.Resize(size, size))
                return
        # A window that was small for a moment has lost lines, of the same size though it be now.
        if self.is_running:
            self.screen.refresh()
            self.action_redraw()

    async def on_event(self, event: events.Event) -> None:
        """What is pasted is hostile, too; only our own fields show it as it may be shown."""
        if isinstance(event, events.Paste) and not isinstance(self.focused, SafeInput):
            event.text = safe(event.text)
        await super().on_event(event)

    async def on_unmount(self) -> None:
        """Close the connections."""
        await self._main.watch_.aclose()

    @property
    def low_bandwidth(self) -> bool:
        """Whether as little as can be is sent: ages tick seldom, in 16 colours, nothing moves."""
        return self._main.ticks_seldom

    def _send_little(self, little: bool) -> None:
        self._main.ticks_seldom = little
        self.animation_level = "none" if little else constants.TEXTUAL_ANIMATIONS
        if isinstance(self._driver, LeanDriver):
            self._driver.recolour("16" if little else "true")

    def _save_bandwidth(self) -> None:
        """The terminal has proved to be slow."""
        if not self.low_bandwidth:
            self._send_little(True)
            self.notify("The terminal is slow: low bandwidth is on, B ends it.", timeout=4)

    def action_bandwidth(self) -> None:
        """Send as little as can be, or all again."""
        self._send_little(not self.low_bandwidth)
        self.notify(f"Low bandwidth is {'on' if self.low_bandwidth else 'off'}.", timeout=3)

    def _write_beside(self, sequences: str) -> None:
        """Send the terminal what draws nothing."""
        if self._driver is not None and self.is_running:
            self._driver.write(sequences)

    def action_redraw(self) -> None:
        """Draw the whole screen anew: somebody else has written on the terminal."""
        if isinstance(self._driver, LeanDriver):
            self._driver.redraw()

    def pop_screen(self) -> AwaitComplete:
        """Close what lies over the main screen, which stays however often this is told.

        A choice and an Esc that are typed in one go close a menu twice.
        """
        if self.screen is self._main:
            return AwaitComplete()
        # Textual keeps a thousand of these for good, with all the lines of their widgets.
        StylesCache.get_inner_outer.cache_clear()
        self._tidy_soon()
        return super().pop_screen()

    def _tidy_soon(self) -> None:
        """Let go of what a closed screen or another size leaves behind, once nobody waits.

        The collector by itself would look for it only after hours, for over a large fleet that
        takes long.
        """
        if self._tidying is None:
            self._tidying = self.set_timer(_TIDY_AFTER, self._tidy)

    def _tidy(self) -> None:
        self._tidying = None
        # Over a large fleet that holds everybody up, and what it frees is nothing beside the fleet.
        if len(self._main.watch_.fleet.tracked) <= _TIDY_MOST:
            gc.collect()

    async def action_quit(self) -> None:
        """Quit at once."""
        self.exit(0)

    def action_help(self) -> None:
        """Show all keys, as they are bound now."""
        from tui.view.all_keys import sections
        from tui.view.help import Help

        self.push_screen(Help(sections(self)))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every binding is a command of the palette."""
        from tui.view.all_keys import commands

        return commands(self, screen)

    def action_mouse(self) -> None:
        """Give the mouse back to the terminal, or take it again."""
        driver = self._driver
        if not isinstance(driver, LinuxDriver):
            return
        self._mouse_on = not self._mouse_on
        if self._mouse_on:
            driver._enable_mouse_support()
        else:
            driver._disable_mouse_support()
        word = "on" if self._mouse_on else "off: select text with it, M takes it back"
        self.notify(f"The mouse is {word}.", timeout=3)
