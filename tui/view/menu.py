"""A menu over the screen: choose one of a few."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.view.keys import bind
from tui.view.safe_option_list import SafeOptionList


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a menu; name and sentence are our own words, not the network's."""

    name: str
    """What is returned."""
    title: str
    """What is shown."""
    sentence: str
    """What it means."""


class MenuList(SafeOptionList):
    """The lines."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("j", "cursor_down", "Down", "menu-down", "next line"),
        bind("k", "cursor_up", "Up", "menu-up", "previous line"),
        bind("g", "first", "First", "menu-first", "first line"),
        bind("G", "last", "Last", "menu-last", "last line"),
    ]


class Menu(ModalScreen[str | None]):
    """Returns the name of the choice, or ``None`` when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,q", "dismiss(None)", "Close", "menu-close", "close without choosing"),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], present: str) -> None:
        """``present`` is the name under the cursor at the start."""
        super().__init__()
        self._title = title
        self._choices = choices
        self._present = present

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        names = [choice.name for choice in self._choices]
        wide = max(len(choice.title) for choice in self._choices)
        with Vertical(id="menu"):
            yield Static(Content.styled(self._title, "bold"))
            listing = MenuList(
                *(
                    Option(
                        Content.assemble(
                            "● " if choice.name == self._present else "  ",
                            (f"{choice.title:<{wide}}  ", "bold"),
                            (choice.sentence, "$muted"),
                        )
                    )
                    for choice in self._choices
                ),
                compact=True,
            )
            listing.highlighted = names.index(self._present) if self._present in names else 0
            yield listing

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Chosen."""
        event.stop()
        self.dismiss(self._choices[event.option_index].name)
