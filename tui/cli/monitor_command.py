"""``conntop monitor``: the screen over the endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui.cli.connect import (
    Setup,
    alarms_for,
    asking_of,
    load_settings,
    on_screen,
    post_of,
    program_of,
    set_up,
    source_of,
)
from tui.cli.failure import CommandError
from tui.cli.looking_back import check_options
from tui.cli.options import (
    HELP_NAMES,
    QUESTION,
    Asked,
    bandwidth_of,
    every_option,
    low_bandwidth_option,
    query_options,
    read_query,
    splitting_options,
    targets_options,
)
from tui.cli.recording_options import play_options
from tui.cli.scribing import record_option, recorded, scribe_of
from tui.cli.terminal import errors_put_aside, need_terminal
from tui.report.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui.archive.scribe import Scribe
    from tui.config import Settings, Target
    from tui.core.history import Room
    from tui.source.asking import Asking
    from tui.view.lane import Feed


@click.command("monitor", context_settings=HELP_NAMES)
@query_options
@targets_options
@every_option
@low_bandwidth_option
@splitting_options
@record_option
@play_options
def monitor(
    contexts: Sequence[str],
    url: str | None,
    every: float | None,
    low_bandwidth: bool,
    split: bool,
    budget: int | None,
    record: str | None,
    recording: str | None,
    at: str | None,
    speed: float | None,
    **values: Any,
) -> int:
    """Watch the connections on the whole screen. This is the default command.

    The query and the contexts can be changed on the screen, too. Press ? there for the keys.

    With --record what is asked is written to a recording, too, as conntop record does it.

    With --from the same screen shows a recording as it was: p stands still, + and - change the
    speed, R goes to the next poll. Nobody is asked, and no key is needed.

    \b
    conntop --service coinapi-ws
    conntop --from fleet.conntop --at 03:10 --speed 10
    """  # noqa: D301  # click's own mark: keep these lines as they are
    check_options(recording, "contexts", "low_bandwidth", "condition", *QUESTION)
    asked = read_query(values)
    if recording is not None:
        from tui.cli.play import play

        if len(contexts) > 1:
            raise click.BadParameter(
                "a recording is played of one at a time", param_hint="--context"
            )
        context = contexts[0] if contexts else None
        return play(recording, context, at, speed or 1.0, asked, low_bandwidth=low_bandwidth)
    targets = _targets(list(dict.fromkeys(contexts)), url)
    settings = targets[0].settings
    need_terminal()
    interval = every or settings.every
    if len(targets) == 1 and targets[0].target.key_from is None:
        return _without_key(targets[0], asked, interval, low_bandwidth)
    from tui.view.run import run_monitor

    asking = asking_of(settings, split=split, budget=budget)
    alarms = alarms_for(settings, asked.query)
    with scribe_of(record, settings) as scribe:
        return on_screen(
            lambda: run_monitor(
                feeds=[_feed(one.target, asking, scribe) for one in targets],
                contexts=_contexts(settings, url, asking, scribe),
                query=asked.query,
                every=interval,
                condition=asked.condition,
                keymap=settings.keys,
                client=settings.client,
                names=settings.names,
                room=_room(settings),
                views=settings.views,
                alarms=alarms,
                program=program_of(settings, url),
                post=post_of(settings),
                low_bandwidth=bandwidth_of(settings, low_bandwidth),
            )
        )


def _room(settings: Settings) -> Room:
    """How much of the past is kept."""
    from tui.archive.bounds import parse_age, parse_size
    from tui.core.history import Room

    age = 0.0 if settings.past_age == "off" else parse_age(settings.past_age)
    return Room(age, parse_size(settings.past_size))


def _targets(contexts: Sequence[str], url: str | None) -> list[Setup]:
    """What is watched at the start; with several contexts each needs a key."""
    if len(contexts) < 2:
        return [set_up(contexts[0] if contexts else None, url)]
    from tui.config import ConfigError, key_needed, resolve

    settings = load_settings()
    try:
        targets = [Setup(settings, key_needed(resolve(settings, name, url))) for name in contexts]
    except ConfigError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None
    return targets


def _feed(target: Target, asking: Asking, scribe: Scribe | None) -> Feed:
    """The feed of a context, of which nothing is made or read until it is first asked."""
    from tui.source.foretaste import Foretaste
    from tui.source.late import LateSource
    from tui.view.lane import Feed

    foretaste = Foretaste()
    feed = Feed(
        target.name,
        target.endpoint.host,
        LateSource(lambda: source_of(target.endpoint, target.read_key, asking, foretaste)),
        foretaste,
    )
    return recorded(feed, scribe)


def _contexts(
    settings: Settings, url: str | None, asking: Asking, scribe: Scribe | None
) -> Mapping[str, Callable[[], Feed]]:
    """What can be changed to on the screen; the key is read when somebody wants to."""

    def opener(name: str) -> Callable[[], Feed]:
        def feed() -> Feed:
            from tui.config import key_needed, read_ahead, resolve

            return _feed(read_ahead(key_needed(resolve(settings, name, url))), asking, scribe)

        return feed

    return {name: opener(name) for name in settings.contexts}


def _without_key(setup: Setup, asked: Asked, every: float, low_bandwidth: bool) -> int:
    """Say what is missing, and offer the demo."""
    from tui.cli.demo_command import DemoWish, play
    from tui.config import config_path
    from tui.view.run import run_welcome

    with errors_put_aside():
        wants_demo = run_welcome(config_path())
    if not wants_demo:
        return ExitCode.OK
    bandwidth = bandwidth_of(setup.settings, low_bandwidth)
    return play(asked, every, setup.settings, DemoWish(), bandwidth)
