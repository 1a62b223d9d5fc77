"""Run the screen: the one door through which the command enters the view."""

import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui.config import ConfigError, LowBandwidth
from tui.core.grammar import Filter
from tui.core.history import Room
from tui.core.lineage import DEFAULT_CLIENT, ClientField
from tui.core.names import NO_NAMES, Names
from tui.core.query import Query
from tui.core.safe import safe
from tui.core.saved_view import SavedView
from tui.view.app import ConntopApp
from tui.view.demo import Demo
from tui.view.ending import told_to_end
from tui.view.lane import Feed, Lane, open_lane
from tui.view.watch import NO_CONTEXTS, NO_VIEWS, Watch

if TYPE_CHECKING:
    from tui.alert.alarms import Alarms

SWITCH_INTERVAL = 0.001
"""Seconds for which a busy thread keeps Python's lock while another one wants it."""


def run_monitor(
    *,
    feeds: Sequence[Feed],
    contexts: Mapping[str, Callable[[], Feed]] = NO_CONTEXTS,
    query: Query,
    every: float,
    condition: Filter,
    keymap: Mapping[str, str],
    client: tuple[ClientField, ...] = DEFAULT_CLIENT,
    names: Names = NO_NAMES,
    room: Room | None = None,
    views: Mapping[int, SavedView] = NO_VIEWS,
    demo: Demo | None = None,
    alarms: "Alarms | None" = None,
    low_bandwidth: LowBandwidth = "auto",
    program: tuple[str, ...] = ("conntop",),
    post: Callable[[str, str], None] | None = None,
    opened: Callable[[Feed, Query, float], Lane] | None = None,
) -> int:
    """Watch until the user quits; the exit code.

    Args:
        feeds: what is watched at the start, one at the least; closed at the end.
        contexts: by name, what can be changed to, as ``Watch`` has it.
        query: the first question.
        every: seconds between polls.
        condition: the local filter at the start.
        keymap: keys by binding id.
        client: what tells one client from another.
        names: what people call keys, networks and hosts.
        room: how much of the past of all contexts is kept.
        views: the saved views by their numbers.
        demo: the stand-in, when this is the demo.
        alarms: what is to be told of the fleet; closed at the end.
        low_bandwidth: when to send as little as can be.
        program: the first words of the command that asks the same endpoint, but for its contexts.
        post: posts a handover note of a context to the webhook, where there is one.
        opened: makes a lane of a feed, a query and an interval; one that asks by default.

    Raises:
        ConfigError: ``keymap`` names an action that there is not.
        ScreenCrash: the screen has ended by a mistake of ours.
    """
    if keymap:
        _check(keymap)
    opened = opened or partial(open_lane, client=client, names=names, room=room or Room())
    watch = Watch(
        [opened(feed, query, every) for feed in feeds],
        condition=condition,
        demo=demo,
        program=program,
        post=post,
        alarms=alarms,
        contexts=contexts,
        opened=opened,
        views=views,
    )
    app = ConntopApp(watch, keymap, low_bandwidth=low_bandwidth)
    _stay_responsive()
    with told_to_end(app):
        app.run()
    if alarms is not None:
        alarms.close()
    app.check()
    return app.return_code or 0


def _check(keymap: Mapping[str, str]) -> None:
    """Complain about the first name that is no action's."""
    from tui.view.all_keys import binding_ids

    known = binding_ids(ConntopApp)
    unknown = sorted(keymap.keys() - known)
    if unknown:
        names = ", ".join(sorted(known))
        raise ConfigError(f"[keys] names {safe(unknown[0], 40)}, which is no action; use {names}")


def _stay_responsive() -> None:
    """See to it that the threads which read and fold hardly hold up the event loop.

    By its default a busy thread keeps Python's lock for 5 ms each time that the loop wants it, and
    one key press takes it several times. What has been imported stays: the garbage collector need
    not look through it again and again.
    """
    sys.setswitchinterval(SWITCH_INTERVAL)
    gc.freeze()


def run_welcome(config_path: Path) -> bool:
    """Say how to set a key; true when the user chose the demo instead.

    Raises:
        ScreenCrash: the screen has ended by a mistake of ours.
    """
    from tui.view.welcome import WelcomeApp

    app = WelcomeApp(config_path)
    with told_to_end(app):
        wants_demo = app.run()
    app.check()
    return bool(wants_demo)
