"""Sparklines: numbers as a row of blocks."""

from collections.abc import Iterable

_BLOCKS = "▁▂▃▄▅▆▇█"
UNKNOWN = "·"
"""Stands where nothing is known."""


def spark(values: Iterable[float | None], top: float | None = None) -> str:
    """A row of blocks, one for each value; ``None`` becomes a dot.

    Args:
        values: numbers from 0 up.
        top: what the highest block stands for; the largest value by default.

    >>> spark([0, 1, 2, None, 4])
    '▁▂▄·█'
    """
    listed = list(values)
    known = [value for value in listed if value is not None]
    top = top or max(known, default=0.0)
    return "".join(UNKNOWN if value is None else _block(value, top) for value in listed)


def _block(value: float, top: float) -> str:
    if top <= 0:
        return _BLOCKS[0]
    return _BLOCKS[max(0, min(7, int(value / top * 7.99)))]


def bar(part: float, width: int) -> str:
    """A bar of ``width`` cells filled to ``part`` (0 to 1; more is full).

    >>> bar(0.5, 6)
    '▰▰▰▱▱▱'
    """
    filled = max(0, min(width, round(part * width)))
    return "▰" * filled + "▱" * (width - filled)
