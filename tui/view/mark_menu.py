"""A menu in which several can be marked, and put into another order where that matters."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.core.safe import safe
from tui.view.keys import bind
from tui.view.menu import Choice, MenuList

_MOST = 40


class MarkMenu(ModalScreen[tuple[str, ...] | None]):
    """Returns the names that are marked, in their order, or ``None`` when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("space", "mark", "Mark", "marks-toggle", "mark the line, or take its mark off"),
        bind("J", "move(1)", "Move down", "marks-down", "move the line down, where order counts"),
        bind("K", "move(-1)", "Move up", "marks-up", "move the line up, where order counts"),
        bind("escape,q", "dismiss(None)", "Close", "marks-close", "close without choosing"),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        marked: Collection[str],
        *,
        hint: str,
        ordered: bool = False,
    ) -> None:
        """
        Args:
            title: what is chosen.
            choices: in the order of the lines.
            marked: the names that are marked at the start.
            hint: which keys do what.
            ordered: whether lines can be moved. Where they cannot, Enter takes the line under the
                cursor alone as long as no mark was touched.
        """  # noqa: D205, D212
        super().__init__()
        self._title, self._hint, self._ordered = title, hint, ordered
        self._choices = list(choices)
        self._marked = set(marked)
        self._touched = ordered

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        first = next((i for i, one in enumerate(self._choices) if one.name in self._marked), 0)
        with Vertical(id="menu"):
            yield Static(Content.styled(self._title, "bold"))
            listing = MenuList(*self._lines(), compact=True)
            listing.highlighted = 0 if self._ordered else first
            yield listing
            yield Static(Content.styled(self._hint, "$muted"))

    def _lines(self) -> list[Option]:
        wide = max(len(safe(one.title, _MOST)) for one in self._choices)
        return [
            Option(
                Content.assemble(
                    "■ " if one.name in self._marked else "□ ",
                    (f"{safe(one.title, _MOST):<{wide}}  ", "bold"),
                    (one.sentence, "$muted"),
                )
            )
            for one in self._choices
        ]

    @property
    def _list(self) -> MenuList:
        return self.query_one(MenuList)

    def _redraw(self, place: int) -> None:
        listing = self._list
        listing.set_options(self._lines())
        listing.highlighted = place

    def action_mark(self) -> None:
        """Mark the line, or take its mark off."""
        place = self._list.highlighted
        if place is not None:
            self._touched = True
            self._marked ^= {self._choices[place].name}
            self._redraw(place)

    def action_move(self, step: int) -> None:
        """Move the line up or down."""
        place = self._list.highlighted
        if place is None or not self._ordered or not 0 <= place + step < len(self._choices):
            return
        self._choices.insert(place + step, self._choices.pop(place))
        self._redraw(place + step)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Chosen."""
        event.stop()
        chosen = tuple(one.name for one in self._choices if one.name in self._marked)
        if not self._touched:
            chosen = (self._choices[event.option_index].name,)
        if chosen:
            self.dismiss(chosen)
        else:
            self.app.notify("One has to be marked: Space marks it.", timeout=3)
