"""Foretaste: the first records of the first answer, before the rest of it is there."""

from collections.abc import Callable
from dataclasses import dataclass

from tui.core.snapshot import Snapshot

ENOUGH = 65_536
"""Bytes of a body, unpacked, that hold more records than a screen has lines."""


def _nobody(_first: Snapshot) -> None:
    pass


@dataclass(slots=True)
class Foretaste:
    """Where they go.

    A poll of a large fleet takes seconds, and many requests; an empty screen need not wait for
    its end. They prove nothing: ``Snapshot.cut`` is ``Cut.UNDERWAY``, and the whole answer may
    yet turn out to be none. So they are to be shown and forgotten, never folded into a fleet.
    """

    tell: Callable[[Snapshot], None] = _nobody
    """Is called once, in the event loop."""
    told: bool = False
    """Whether it was called, or nothing is to be shown any more."""
