"""Slices: a long JSON array as several short ones, cut between its records.

Each cut lies before a ``{"`` that follows ``},``. Such bytes may also stand inside of a record, in
a list of objects or in a text that ends with ``},{``; but a slice that ends there leaves a bracket
or a quote open, so it is no JSON at all and whoever parses it finds out. Then ``exact_slices``
looks at each bracket and quote, which takes far longer, but is never wrong and bounds what it hands
out: a few million numbers or empty objects in an array would fill the memory at once.
"""

import re
from collections.abc import Iterator

SLICE = 32_768
"""Bytes of a slice, or a record more: some 70 records, a quarter of a millisecond to parse."""
WIDEST = 16 * SLICE
"""Bytes of the longest slice that is cut without a look at what is in it."""
LONGEST = 2**24
"""Bytes of the longest element that is read."""
DENSEST = 500_000
"""Brackets, commas and texts of an element that is read."""
_MOST = 2**23
"""Brackets, commas and texts of a body that is read: half as many again as the largest has."""

_BETWEEN = re.compile(rb'\}\s*,\s*(?=\{\s*")')
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[",\[\]{}]', re.DOTALL)
_OBJECT = re.compile(rb"\s*+\{")
_BLANKS = re.compile(rb"[ \t\r\n]*+")
_SPACE = b" \t\r\n"


class UncertainError(ValueError):
    """A body cannot be cut: not without a closer look, or not at all."""


def slices(body: bytes | bytearray, size: int = SLICE) -> Iterator[bytes]:
    """JSON arrays that hold the elements of ``body`` in their order.

    What is no array, or is too short to be cut, comes as it is.

    Raises:
        UncertainError: it takes a closer look to cut it.

    >>> list(slices(b'[{"a": 1}, {"b": 2}, {"c": 3}]', 10))
    [b'[{"a": 1}, {"b": 2}]', b'[{"c": 3}]']
    """
    start, end = _inside(body)
    if len(body) > WIDEST and not start:
        raise UncertainError("it is no array")
    if end - start <= size:
        yield bytes(body)
        return
    while (cut := _BETWEEN.search(body, start + size, end)) is not None:
        yield _array(body, start, cut.start() + 1, WIDEST)
        start = cut.end()
    yield _array(body, start, end, WIDEST)


def exact_slices(body: bytes | bytearray, size: int = SLICE) -> Iterator[bytes | None]:
    """Like ``slices``, by a look at each bracket; ``None`` for an element that is not to be read.

    Raises:
        UncertainError: it is no array, or more than anybody means to serve.

    >>> list(exact_slices(b'[{"a": "},{"}, [1, 2], 3]', 10))
    [b'[{"a": "},{"}]', b'[ [1, 2], 3]']
    """
    start, end = _inside(body)
    if not start:
        raise UncertainError("it is no array")
    first = element = start
    depth = tokens = before = 0
    for token in _TOKEN.finditer(body, start, end):
        place, sign = token.start(), body[token.start()]
        tokens += 1
        if sign in b"[{":
            depth += 1
        elif sign in b"]}":
            depth -= 1
        if depth < 0 or tokens > _MOST or token[0] == b'"':
            raise UncertainError("its brackets do not close")
        if sign != ord(",") or depth:
            continue
        if _is_blank(body, element, place):
            raise UncertainError("nothing stands between its commas")
        if tokens - before > DENSEST or place - element > LONGEST:
            yield from _passed_over(body, first, element, size)
            first = place + 1
        elif place - first >= size:
            yield _array(body, first, place, size + LONGEST)
            first = place + 1
        element, before = place + 1, tokens
    if depth:
        raise UncertainError("its brackets do not close")
    if tokens - before > DENSEST or end - element > LONGEST:
        yield from _passed_over(body, first, element, size)
    elif element != start and _is_blank(body, element, end):
        raise UncertainError("nothing stands behind its last comma")
    else:
        yield _array(body, first, end, size + LONGEST)


def _is_blank(body: bytes | bytearray, start: int, end: int) -> bool:
    blanks = _BLANKS.match(body, start, end)
    return blanks is not None and blanks.end() == end


def _passed_over(
    body: bytes | bytearray, first: int, element: int, size: int
) -> Iterator[bytes | None]:
    """What stands before an element that is not read, and that one."""
    if element > first:
        yield _array(body, first, element - 1, size + LONGEST)
    if _OBJECT.match(body, element) is None:
        raise UncertainError("it is nothing but nesting")
    yield None


def _array(body: bytes | bytearray, start: int, end: int, most: int) -> bytes:
    if end - start > most:
        raise UncertainError("it is too long to be read at once")
    return b"".join((b"[", body[start:end], b"]"))


def start_of(body: bytes | bytearray, size: int) -> bytes | None:
    """The first elements of an array whose end has not come in yet, in some ``size`` bytes.

    ``None`` where it is no array of objects, or none of that length.

    >>> start_of(b'[{"a": 1}, {"b": 2}, {"c": 3', 10)
    b'[{"a": 1}, {"b": 2}]'
    """
    blanks = _BLANKS.match(body)
    start = blanks.end() if blanks else 0
    cut = _BETWEEN.search(body, start + size)
    if body[start : start + 1] != b"[" or cut is None:
        return None
    return bytes(body[start : cut.start() + 1]) + b"]"


def _inside(body: bytes | bytearray) -> tuple[int, int]:
    """Where the elements of an array begin and end; nothing where it is none."""
    blanks = _BLANKS.match(body)
    start = blanks.end() if blanks else 0
    end = len(body)
    # Piece by piece: to strip the whole would copy it.
    while end > start and not (tail := body[max(start, end - SLICE) : end].rstrip(_SPACE)):
        end = max(start, end - SLICE)
    end = max(start, end - SLICE) + len(tail) if end > start else end
    if end - start < 2 or body[start] != ord("[") or body[end - 1] != ord("]"):
        return 0, 0
    return start + 1, end - 1
