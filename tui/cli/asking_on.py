"""Asking on and on, until it is told to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.connect import Setup, source_of
from tui.cli.failure import CommandError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui.cli.told_to_end import Ending
    from tui.core.query import Query
    from tui.report.exit_codes import ExitCode
    from tui.source.asking import Asking
    from tui.source.poller import Poller


def ask_on(
    setup: Setup,
    query: Query,
    asking: Asking,
    work: Callable[[Poller], Awaitable[None]],
    *,
    every: float,
    span: float | None,
    ending: Ending,
) -> ExitCode | None:
    """Let ``work`` follow a poller until it is done, its time is over or a signal ends it.

    It gives the exit code of that signal, and ``None`` without one.

    Args:
        setup: who is asked.
        query: what.
        asking: how.
        work: follows the answers.
        every: seconds between two questions.
        span: seconds after which it ends; ``None`` for never.
        ending: hears the signals.

    Raises:
        CommandError: the source cannot be had, or refuses the key or the question.
    """
    import asyncio

    from tui.cli.told_to_end import Ended
    from tui.source.base import NoSourceError, SourceError
    from tui.source.poller import Poller
    from tui.source.steady import steady

    async def run() -> None:
        source = source_of(setup.target.endpoint, setup.target.read_key, asking)
        try:
            # By the steady clock, so that a sleep of this machine is noticed.
            poller = Poller(source, query, every, time=steady)
            async with asyncio.timeout(span) as limit:
                with ending.heard():
                    await work(poller)
        except TimeoutError:
            if not limit.expired():
                raise
        finally:
            await source.aclose()

    try:
        asyncio.run(run())
    except Ended as end:
        return end.code
    except NoSourceError as error:
        raise CommandError(str(error)) from None
    except SourceError as error:
        raise CommandError(error.sentence) from None
    return None
