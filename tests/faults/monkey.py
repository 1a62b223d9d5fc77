"""A monkey at the keyboard: it types anything anywhere, but for the keys that would quit.

What it types is drawn by a seed. It prefers keys that lead somewhere and texts that mean
something, so that it comes through every screen and not only through the first.
"""

from __future__ import annotations

import string
from collections import Counter
from typing import TYPE_CHECKING

from textual.command import CommandList, CommandPalette
from textual.widgets import Input

from tui.view.event_log import EventLog
from tui.view.filter_pane import ChoiceList
from tui.view.group_screen import GroupScreen
from tui.view.handover_screen import HandoverScreen
from tui.view.help import Help
from tui.view.main_screen import MainScreen
from tui.view.mark_menu import MarkMenu
from tui.view.menu import Menu
from tui.view.why_screen import WhyScreen

if TYPE_CHECKING:
    import random

    from tests.stage import Stage

PLACES = frozenset(
    {
        "table",
        "marks",
        "detail",
        "siblings",
        "filter pane",
        "its field",
        "bar of /",
        "event log",
        "why",
        "note",
        "help",
        "groups",
        "menu",
        "palette",
    }
)
"""All that keys can be typed into."""

_MOVES = ("j", "k", "down", "up", "g", "G", "home", "end", "pagedown", "pageup", "left", "right")
_OPENERS = (
    *("slash", "f", "e", "t", "W", "H", "question_mark", "s", "colon", "tab", "enter"),
    *("S", "f1", "ctrl+p"),
)
_BACK = ("escape", "q", "enter")
_MARKS = ("space", "v", "U")
_OTHERS = (
    *(one for one in string.printable if one.isprintable()),
    *("ctrl+d", "ctrl+u", "ctrl+l", "ctrl+q", "ctrl+w", "ctrl+k", "ctrl+a", "ctrl+e"),
    *("shift+tab", "backspace", "delete", "insert", "f12", "ctrl+left", "shift+right", "ctrl+home"),
)
_MENU = (*_MOVES, *_BACK)
_HANDS = (_MOVES, _OPENERS, _BACK, _MARKS, _OTHERS)
_OFTEN = (5, 4, 4, 1, 4)
"""How often it reaches for which of them."""

_TEXTS = (
    "service:coinapi-ws",
    "!state:live",
    "state:gone",
    "beat>30 up<5m",
    "/ws-server-0[12]/",
    "/(((",
    '"no end',
    "nothing-is-called-this",
    "coinapi",
    "é漢字\u202e\u200b🦀",
    "[/bold]",
    "60",
    "15m",
    "2024-01-15T14:30:25Z",
    "99999999999999999999",
    "-1",
)

_TOUR = (
    *(("space", "marks"), ("U", "table"), ("enter", "detail"), ("enter", "siblings")),
    *(("escape", "table"), ("f", "filter pane"), ("g", "filter pane"), ("j", "filter pane")),
    *(
        ("enter", "its field"),
        ("escape", "filter pane"),
        ("escape", "table"),
        ("slash", "bar of /"),
        ("escape", "table"),
    ),
    *(("e", "event log"), ("escape", "table"), ("question_mark", "help"), ("escape", "table")),
    *(("W", "why"), ("escape", "table")),
    *(("H", "note"), ("escape", "table")),
    *(("t", "groups"), ("slash", "bar of /"), ("escape", "groups"), ("t", "menu")),
    *(("escape", "groups"), ("escape", "table")),
    *(("C", "menu"), ("escape", "table")),
    *(("V", "menu"), ("enter", "its field"), ("enter", "table"), ("1", "table"), ("0", "table")),
    *(("s", "menu"), ("escape", "table"), ("colon", "palette"), ("escape", "table")),
)
"""Once through all places, and where each key leads."""


class Monkey:
    """Types one key at a time."""

    def __init__(self, on: Stage, rng: random.Random) -> None:
        """``rng`` draws all that it does."""
        self._on = on
        self._rng = rng
        self._text: list[str] = []
        self.keys = 0
        """How many it has typed."""
        self.last: list[str] = []
        """The latest keys, each with the place it was typed into."""
        self.visits: Counter[str] = Counter()
        """Keys typed into each place."""

    @property
    def place(self) -> str:
        """Where the next key goes."""
        screen, focused = self._on.app.screen, self._on.app.focused
        for kind, name in (
            (EventLog, "event log"),
            (WhyScreen, "why"),
            (HandoverScreen, "note"),
            (Help, "help"),
            (Menu, "menu"),
            (MarkMenu, "menu"),
            (CommandPalette, "palette"),
        ):
            if isinstance(screen, kind):
                return name
        if isinstance(focused, Input):
            return "bar of /" if focused.id == "find-text" else "its field"
        if isinstance(screen, GroupScreen):
            return "groups"
        assert isinstance(screen, MainScreen), screen
        if isinstance(focused, ChoiceList):
            return "filter pane"
        if focused is not None and focused.id == "detail-siblings":
            return "siblings"
        if screen.detail.display:
            return "detail"
        return "marks" if screen.table.marks else "table"

    async def tour(self) -> None:
        """Once through all places: what is made at the first visit only is there after that."""
        for key, place in _TOUR:
            await self._on.press(key)
            assert self.place == place, f"{key} leads to {self.place}, not to {place}"
            self.visits[place] += 1

    async def type(self) -> None:
        """One key, and whatever it leads to."""
        place = self.place
        key = self._draw(place)
        while self._would_quit(key):
            self._text.clear()
            key = self._draw(place)
        self.visits[place] += 1
        self.keys += 1
        self.last = [*self.last[-19:], f"{key} in {place}"]
        await self._on.press(key)

    def _draw(self, place: str) -> str:
        if self._text:
            return self._text.pop(0)
        draw = self._rng
        if place in ("bar of /", "its field", "palette") and draw.random() < 0.2:
            self._text = [*draw.choice(_TEXTS), *draw.choice(((), ("enter",), ("escape",)))]
            return self._text.pop(0)
        if place == "menu" and draw.random() < 0.7:
            return draw.choice(_MENU)
        (hand,) = draw.choices(_HANDS, _OFTEN)
        return draw.choice(hand)

    def _would_quit(self, key: str) -> bool:
        screen = self._on.app.screen
        if isinstance(screen, CommandPalette):
            # What is chosen there has to be known, or it might be Quit.
            return key == "enter" and (self._is_searching or "Quit" in self._chosen_command)
        if isinstance(screen, MainScreen):
            is_text = isinstance(self._on.app.focused, Input)
            return key == "q" and not is_text and not screen.detail.display
        return False

    @property
    def _is_searching(self) -> bool:
        workers = self._on.app.workers
        return any(one.node is self._on.app.screen and not one.is_finished for one in workers)

    @property
    def _chosen_command(self) -> str:
        commands = self._on.app.screen.query_one(CommandList)
        place = commands.highlighted
        return "" if place is None else str(commands.get_option_at_index(place).prompt)
