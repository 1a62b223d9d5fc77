"""``record``: what each poll brings is kept, and what becomes of that is said."""

from collections.abc import Callable

from tui.core.events import Group
from tui.core.fleet import Fleet
from tui.core.snapshot import Outcome
from tui.report.beginning import Beginning
from tui.source.following import steps
from tui.source.poller import Poller


async def record(
    poller: Poller,
    fleet: Fleet,
    *,
    keep: Callable[[Outcome, Fleet], None],
    where: str,
    say: Callable[[str], None],
    stands_by: Callable[[], bool] = lambda: False,
) -> None:
    """Record until it is cancelled.

    Args:
        poller: asks the source.
        fleet: what is known at the start: nothing, or where the recording ends.
        keep: keeps an outcome and the fleet after it; it blocks, and says itself what fails.
        where: the recording, as people call it.
        say: takes the notes for people.
        stands_by: whether another recorder writes in our place.

    Raises:
        SourceError: the first answer says that asking again is of no use.
    """
    beginning = Beginning(poller, say, fleet.last, "recording")
    async for _, known in steps(poller, fleet, keep=keep):
        if not beginning.over:
            if stands_by():
                beginning.doing = "watching"
            beginning.of(known, f", ready to record to {where}" if stands_by() else f" to {where}")
            continue
        for event in known.events:
            # What is not known of the fleet is what a recording lacks.
            if event.kind.group is Group.OURS:
                say(event.line)
