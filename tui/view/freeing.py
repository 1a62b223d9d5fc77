"""Freeing what is large without holding everybody up."""

from tui.core.fleet import Fleet

_BITE = 500
"""Connections that are freed at once."""


def take_apart(fleets: list[Fleet]) -> None:
    """Free what only ``fleets`` have, bite by bite.

    To free 100,000 connections in one go, as the end of their dict does, takes Python 50 ms in
    which nobody else runs.
    """
    while fleets:
        fleet = fleets.pop()
        fleets += fleet.parts.values()
        last = () if fleet.last is None else fleet.last.records
        kept: list[object] = [*fleet.tracked.values(), *last]
        del fleet, last
        free(kept)


def free(kept: list[object]) -> None:
    """Let go of what is in a list that nobody else has, bite by bite."""
    while kept:
        del kept[-_BITE:]
