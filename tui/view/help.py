"""Help, made from the bindings, the columns and the states: it cannot tell of what is not there."""

from collections.abc import Iterable
from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.core import grammar
from tui.core.columns import COLUMNS
from tui.core.connection import State
from tui.core.safe import safe
from tui.core.verdict import VerdictKind
from tui.view.keys import bind
from tui.view.theme import STATE_STYLES

_STATES = {
    State.LIVE: "its heartbeat is as fresh as its own rhythm allows",
    State.LATE: "older than three of its own beats, but within two minutes",
    State.SILENT: "no heartbeat for two minutes, or the endpoint says that it is not active",
    State.GONE: "no longer in the answer; its last record stays in sight for five minutes",
}

_VERDICTS = {
    VerdictKind.LINK_DOWN: "our questions fail; rows stay as they were",
    VerdictKind.RATE_LIMITED: "we ask too often; the wait that is asked for is kept",
    VerdictKind.FROZEN: "it answers, but nothing in it moves; rows stay as they were",
    VerdictKind.MASS_DROP: "many stopped at once, and what explains it best (W)",
    VerdictKind.STORM: "many clients reconnect at once",
    VerdictKind.CUT: "records may be missing; nobody is gone for being absent",
    VerdictKind.UNREADABLE: "some records are unreadable, and by which field",
    VerdictKind.SKEW: "clocks differ; ages go by the server's",
}

_SHOWN_KEYS = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "plus": "+",
    "minus": "-",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "enter": "⏎",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "delete": "Del",
    "backspace": "⌫",
}


def keys_text(keys: str) -> str:
    """Keys as people write them.

    >>> keys_text("down,j")
    '↓ j'
    >>> keys_text("ctrl+d")
    '^d'
    """
    names = [key.strip() for key in keys.split(",") if key.strip()]
    return safe(" ".join(_SHOWN_KEYS.get(name, name.replace("ctrl+", "^")) for name in names))


class Help(ModalScreen[None]):
    """One page to scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,q,question_mark,f1", "dismiss", "Close", "help-close", "close help"),
        bind("down,j", "scroll(1)", "Down", "help-down", "next line"),
        bind("up,k", "scroll(-1)", "Up", "help-up", "previous line"),
        bind("pagedown,ctrl+d,space", "scroll(10)", "Page", "help-page", "ten lines on"),
        bind("pageup,ctrl+u", "scroll(-10)", "Page back", "help-back", "ten lines back"),
    ]

    def __init__(self, sections: Iterable[tuple[str, Iterable[Binding]]]) -> None:
        """``sections``: titles and the bindings in force under each."""
        super().__init__()
        self._sections = [(title, list(bindings)) for title, bindings in sections]

    def compose(self) -> ComposeResult:
        """The page."""
        with VerticalScroll(id="help"):
            yield Static(help_text(self._sections))

    def action_scroll(self, lines: int) -> None:
        """Move the page."""
        self.query_one("#help", VerticalScroll).scroll_relative(y=lines, animate=False)


def _line(first: Binding, last: Binding) -> Content:
    """A binding, or a group of those that are alike by its first and its last."""
    keys, name, ids = keys_text(first.key), first.tooltip, first.id
    if first.group is not None and first is not last:
        keys, ids = f"{keys} … {keys_text(last.key)}", f"{first.id} … {last.id}"
        name = first.group.description
    return Content.assemble((f"  {keys:<16}", "$accent"), f"{name:<52}", (f" {ids}", "$muted"))


def help_text(sections: Iterable[tuple[str, Iterable[Binding]]]) -> Content:
    """The whole page."""
    title_line = Content.assemble(("conntop", "bold $primary"), "   Esc closes, ↓ ↑ scroll")
    lines = [title_line, Content("")]
    for title, bindings in sections:
        lines.append(Content.styled(title, "bold"))
        for _, alike in groupby(bindings, lambda one: one.group or one.id):
            first, *_, last = [*alike] * 2
            lines.append(_line(first, last))
        lines.append(Content(""))
    lines.append(Content.styled("States", "bold"))
    for state in State:
        style = STATE_STYLES[state.value]
        name = f"  {state.glyph} {state.value:<14}"
        lines.append(Content.assemble((name, style), _STATES[state]))
    lines += [Content(""), Content.styled("What the header says of them and of us", "bold")]
    lines += [
        Content.assemble((f"  {kind.value:<16}", "$accent"), _VERDICTS[kind])
        for kind in VerdictKind
    ]
    lines += [Content(""), Content.styled("Signs", "bold")]
    lines += [
        Content.assemble(("  + ", "$success"), f"{'new':<14}", "opened since the poll before"),
        Content.assemble(("  ▌ ", "$accent"), f"{'marked':<14}", "marked with Space"),
        Content(""),
        Content.styled("Columns (w shows them all)", "bold"),
    ]
    lines += [
        Content.assemble((f"  {column.title:<16}", "$accent"), column.help) for column in COLUMNS
    ]
    lines += [Content(""), Content.styled("The filter of /", "bold")]
    syntax = (grammar.__doc__ or "").split("::", 1)[-1].split("All conditions")[0]
    lines += [Content(line[2:]) for line in syntax.strip("\n").splitlines()]
    lines.append(Content(f"  Fields: {', '.join(grammar.FIELDS)}. All conditions have to hold."))
    lines += [
        Content(""),
        Content("The panes on the left are the query: what the endpoint is asked. The filter of /"),
        Content("works on its answer, here. Both are always shown above the table."),
    ]
    return Content("\n").join(lines)
