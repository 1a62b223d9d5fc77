"""Every key there is, pane by pane: for help, the palette, and the names in the configuration.

Apart from the app because it knows all screens, and the first rows need one of them.
"""

from collections.abc import Iterable, Mapping

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from tui.view.connection_table import ConnectionTable
from tui.view.diff_list import DiffList
from tui.view.diff_screen import DiffScreen
from tui.view.event_list import EventList
from tui.view.event_log import EventLog
from tui.view.filter_pane import ChoiceList, FilterPane
from tui.view.find_bar import FindBar
from tui.view.group_list import GroupList
from tui.view.group_screen import GroupScreen
from tui.view.handover_screen import HandoverScreen, Page
from tui.view.main_screen import MainScreen
from tui.view.time_bar import TimeBar
from tui.view.why_list import WhyList
from tui.view.why_screen import WhyScreen

_GROUPS: tuple[tuple[str, type], ...] = (
    ("In the groups", GroupScreen),
    ("In their list", GroupList),
)
_LOG: tuple[tuple[str, type], ...] = (
    ("In the event log", EventLog),
    ("In its list of events", EventList),
)
_NOTE: tuple[tuple[str, type], ...] = (
    ("In the handover note", HandoverScreen),
    ("On its page", Page),
)
_WHY: tuple[tuple[str, type], ...] = (
    ("In Why", WhyScreen),
    ("In its list of lines", WhyList),
)
_DIFF: tuple[tuple[str, type], ...] = (
    ("In Diff", DiffScreen),
    ("In its list of differences", DiffList),
)
_OVER = (_GROUPS, _WHY, _LOG, _NOTE, _DIFF)
"""What lies over the main screen: each a screen, and the panes in it that have keys."""


def sections(app: App[int]) -> list[tuple[str, list[Binding]]]:
    """All bindings as they are now, under the pane where they work."""
    main = _main(type(app))
    # What works where the reader is comes first.
    here = [one for one in _OVER if isinstance(app.screen, one[0][1])]
    elsewhere = [one for one in _OVER if one not in here]
    owners = [pane for panes in (*here, main, *elsewhere) for pane in panes]
    return [
        (title, [_bound(one, app._keymap) for one in _bindings(owner)]) for title, owner in owners
    ]


def binding_ids(app: type[App[int]]) -> frozenset[str]:
    """The ids that the configuration may give other keys to."""
    owners = [pane for panes in (_main(app), *_OVER) for pane in panes]
    return frozenset(one.id for _, owner in owners for one in _bindings(owner) if one.id)


def _main(app: type[App[int]]) -> tuple[tuple[str, type], ...]:
    return (
        ("Everywhere", MainScreen),
        ("In the table", ConnectionTable),
        ("The program", app),
        ("In the filter pane", FilterPane),
        ("In its list", ChoiceList),
        ("In the bar of /", FindBar),
        ("In the bar of @", TimeBar),
    )


def commands(app: App[int], screen: Screen[object]) -> Iterable[SystemCommand]:
    """Every binding that works on ``screen`` as a command of the palette."""
    nodes: list[DOMNode] = [app]
    if isinstance(screen, MainScreen):
        nodes += [screen, screen.table]
        from tui.view.contexts import context_commands

        yield from context_commands(screen)
    for (_, over), *panes in _OVER:
        if isinstance(screen, over):
            nodes += [screen, *(screen.query_one(pane) for _, pane in panes)]
    for node in nodes:
        for binding in _bindings(type(node)):
            yield _command(app, binding, node)


def _bindings(owner: type) -> list[Binding]:
    bindings: list[BindingType] = vars(owner)["BINDINGS"]
    assert all(isinstance(one, Binding) for one in bindings)
    return [one for one in bindings if isinstance(one, Binding)]


def _bound(binding: Binding, keymap: Mapping[str, str]) -> Binding:
    keys = keymap.get(binding.id or "")
    return binding if keys is None else binding.with_key(keys)


def _command(app: App[int], binding: Binding, node: DOMNode) -> SystemCommand:
    async def run() -> None:
        await app.run_action(binding.action, node)

    return SystemCommand(binding.description, binding.tooltip, run)
