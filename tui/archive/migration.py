"""Migration: the tables of an older recording are taken further, step by step, all or nothing."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from sqlalchemy import Connection as Link
from sqlalchemy import insert, inspect, select, update

from tui import __version__
from tui.archive.schema import metadata, recording
from tui.core.instant import Instant

Step: TypeAlias = Callable[[Link], None]
"""Takes the tables from one version to the next."""
FIRST = 1
"""The version from which the steps lead on."""
STEPS: tuple[Step, ...] = ()
"""One for each version after the first."""


class NoRecordingError(Exception):
    """The database holds something else, and is left as it is."""


class NewerError(Exception):
    """A newer conntop made it; ``version`` is that of its tables."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


def settle(link: Link, now: Instant, steps: Sequence[Step]) -> None:
    """Make the tables where there are none, and take those of an older conntop further.

    Args:
        link: a transaction, which is to be given up where this raises.
        now: the time by this machine's clock.
        steps: the first one leads on from version ``FIRST``.

    Raises:
        NoRecordingError: there are tables, but not ours.
        NewerError: the tables are of a later version than the steps lead to.
    """
    newest = FIRST + len(steps)
    if not inspect(link).has_table(recording.name):
        if any(inspect(link).has_table(table) for table in metadata.tables) or (
            link.dialect.name == "sqlite" and inspect(link).get_table_names()
        ):
            raise NoRecordingError
        metadata.create_all(link)
        made = {"version": newest, "conntop": __version__, "made_at": now}
        link.execute(insert(recording).values(made))
        return
    version = link.execute(select(recording.c.version)).scalar()
    if version is None or version < FIRST:
        raise NoRecordingError
    if version > newest:
        raise NewerError(version)
    for step in steps[version - FIRST :]:
        step(link)
    if version < newest:
        link.execute(update(recording).values(version=newest))
