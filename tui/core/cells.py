"""Cells: how wide a text is on a terminal."""

import unicodedata


def cells_of(text: str) -> int:
    """Terminal cells that a ``safe`` text takes.

    >>> [cells_of(text) for text in ("abc", "東京", "é")]
    [3, 4, 1]
    """
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
