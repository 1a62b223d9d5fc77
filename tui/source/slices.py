"""Slices: a long JSON array as several short ones, cut between its records.

Each cut lies before a ``{"`` that follows ``},``. Such bytes may also stand inside of a record, in
a list of objects or in a text that ends with ``},{``; but a slice that ends there leaves a bracket
or a quote open, so it is no JSON at all and whoever parses it finds out.
"""

import re
from collections.abc import Iterator

SLICE = 32_768
"""Bytes of a slice, or a record more: some 70 records, a quarter of a millisecond to parse."""

_BETWEEN = re.compile(rb'\}\s*,\s*(?=\{\s*")')
_SPACE = b" \t\r\n"


def slices(body: bytes | bytearray, size: int = SLICE) -> Iterator[bytes]:
    """JSON arrays that hold the elements of ``body`` in their order.

    What is no array, or is too short to be cut, comes as it is.

    >>> list(slices(b'[{"a": 1}, {"b": 2}, {"c": 3}]', 10))
    [b'[{"a": 1}, {"b": 2}]', b'[{"c": 3}]']
    """
    start, end = _inside(body)
    if end - start <= size:
        yield bytes(body)
        return
    while (cut := _BETWEEN.search(body, start + size, end)) is not None:
        yield b"".join((b"[", body[start : cut.start() + 1], b"]"))
        start = cut.end()
    yield b"".join((b"[", body[start:end], b"]"))


def start_of(body: bytes | bytearray, size: int) -> bytes | None:
    """The first elements of an array whose end has not come in yet, in some ``size`` bytes.

    ``None`` where it is no array of objects, or none of that length.

    >>> start_of(b'[{"a": 1}, {"b": 2}, {"c": 3', 10)
    b'[{"a": 1}, {"b": 2}]'
    """
    start = 0
    while start < len(body) and body[start] in _SPACE:
        start += 1
    cut = _BETWEEN.search(body, start + size)
    if body[start : start + 1] != b"[" or cut is None:
        return None
    return bytes(body[start : cut.start() + 1]) + b"]"


def _inside(body: bytes | bytearray) -> tuple[int, int]:
    """Where the elements of an array begin and end; nothing where it is none."""
    start, end = 0, len(body)
    while start < end and body[start] in _SPACE:
        start += 1
    while end > start and body[end - 1] in _SPACE:
        end -= 1
    if end - start < 2 or body[start] != ord("[") or body[end - 1] != ord("]"):
        return 0, 0
    return start + 1, end - 1
