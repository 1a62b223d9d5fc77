"""A recording on the screen, played as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.connect import load_settings, on_screen
from tui.cli.options import bandwidth_of
from tui.cli.recording_options import (
    feed_in,
    first_moment_in,
    open_recording,
    organization_in,
    recording_errors,
)
from tui.cli.terminal import need_terminal

if TYPE_CHECKING:
    from tui.archive.reading import Recording
    from tui.cli.options import Asked
    from tui.config import Settings
    from tui.core.past import Moment
    from tui.core.query import Query
    from tui.view.lane import Lane

_ON_ITS_WAY = 15.0
"""Seconds for which the next poll of what is being recorded may let wait, at the least."""


def play(
    text: str,
    context: str | None,
    at: str | None,
    speed: float,
    asked: Asked,
    *,
    low_bandwidth: bool,
) -> int:
    """Show it until the user quits; the exit code. Nobody is asked, and no key is read.

    Args:
        text: ``--from``.
        context: ``--context``.
        at: ``--at``; the beginning where it is ``None``.
        speed: seconds of the recording in one second.
        asked: the question, and what is filtered after the answer.
        low_bandwidth: whether bytes are dear.

    Raises:
        CommandError: the recording cannot be read.
        click.BadParameter: ``--at`` is no time of it.
    """
    from tui.archive.store import repeatable, title

    settings = load_settings()
    recording = open_recording(text)
    organization = organization_in(recording, context)
    moment = first_moment_in(recording, organization, at)
    lane = _lane(recording, organization, moment, speed, asked.query, settings, title(text))
    program: tuple[str, ...] = ("conntop", "monitor", "--from", repeatable(text))
    if context is not None:
        program += ("--context", context)
    need_terminal()
    from tui.view.run import run_monitor

    return on_screen(
        lambda: run_monitor(
            feeds=[lane.feed],
            opened=lambda _feed, _query, _every: lane,
            query=lane.poller.query,
            every=lane.poller.every,
            condition=asked.condition,
            keymap=settings.keys,
            client=settings.client,
            names=settings.names,
            views=settings.views,
            program=program,
            low_bandwidth=bandwidth_of(settings, low_bandwidth),
        )
    )


def _lane(
    recording: Recording,
    organization: str,
    moment: Moment,
    speed: float,
    query: Query,
    settings: Settings,
    name: str,
) -> Lane:
    """What is watched, from the fleet on that was known at a moment."""
    from msgspec.structs import replace

    from tui.archive.looking import ArchivePast
    from tui.archive.playback import Playback, PlayClock, Replay, by_play
    from tui.core.instant import TICKS
    from tui.source.following import wall_clock
    from tui.view.lane import Feed, Lane
    from tui.view.playing import Playing

    known = settings.client, settings.names
    with recording_errors():
        fleet = recording.fleet_at(organization, moment.place, *known)
    if fleet.last is not None:
        fleet = replace(fleet, last=by_play(fleet.last, moment.at))
    clock = PlayClock(moment.at, speed)
    replay = Replay(recording, organization, moment, fleet, clock)
    poller = Playback(replay, fleet.query if query.is_default else query, clock)

    def playing() -> Playing:
        # What is being recorded has no end yet: its next poll is on its way.
        over = wall_clock() - replay.here.at > max(_ON_ITS_WAY, 3 * poller.every) * TICKS
        ends_at = replay.here.at if replay.ended and over else None
        return Playing(name, clock.speed, ends_at, replay.trouble)

    whose, _ = feed_in(recording, organization)
    past = ArchivePast(
        recording, organization, lambda: replay.here.place, client=known[0], names=known[1]
    )
    feed = Feed(whose.context, whose.host, replay, past=past, playing=playing)
    return Lane(feed, poller, client=known[0], names=known[1], monotonic=clock.now, start=fleet)
