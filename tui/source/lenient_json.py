"""JSON that cannot be read in some place, read without losing what stands beside that place.

Bytes that are no UTF-8, numbers of thousands of digits and endless nesting each stop a parser in
the middle of an array. Here they stay where they are, and ``flawed`` finds the field that has them.
"""

import json
import re
from collections.abc import Iterable, Mapping

from tui.source.wire_record import NotAnAnswerError

DEEPEST = 64
"""Levels of a field that are read: lists and objects, and what stands in the innermost."""

_MOST_DIGITS = 4_000
"""Longest integer that is read: Python refuses one of 4,300 digits, at the whole body's cost."""
_MOST_PRUNED = 2**22
"""Characters of a deeply nested text that are looked through: it is slow, and may be an attack."""
_TOO_LONG = object()
"""Stands for an integer that is too long."""
_NO_UTF_8 = re.compile("[\udc80-\udcff]")
"""What Python reads a byte as that is no UTF-8."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{\]}]', re.DOTALL)


def read_array(array: bytes) -> tuple[list[object], bool]:
    """The elements of a JSON array, and whether some bytes of it were no text.

    Raises:
        NotAnAnswerError: it is no JSON array.
    """
    try:
        text, broken = _decoded(array)
        elements = _parsed(text)
    except ValueError:
        raise NotAnAnswerError("the answer is not JSON") from None
    if not isinstance(elements, list):
        raise NotAnAnswerError("the answer is not an array of records")
    return elements, broken


def _decoded(array: bytes) -> tuple[str, bool]:
    encoding = json.detect_encoding(array)
    try:
        return array.decode(encoding), False
    except UnicodeDecodeError:
        # Of the others two or four bytes make a character: who loses one loses all behind it.
        if not encoding.startswith("utf-8"):
            raise
        return array.decode(encoding, "surrogateescape"), True


def _parsed(text: str) -> object:
    try:
        return json.loads(text, parse_int=_integer)
    except RecursionError:
        pass
    if len(text) > _MOST_PRUNED:
        raise ValueError("too long to be looked through")
    document = json.loads(_pruned(text), parse_int=_integer)
    if isinstance(document, list) and not any(isinstance(one, dict) for one in document):
        raise ValueError("nothing but nesting")
    return document


def _integer(digits: str) -> object:
    return int(digits) if len(digits) <= _MOST_DIGITS else _TOO_LONG


def _pruned(text: str) -> str:
    """``text`` without what lies too deep to be read, yet deep enough to be found ``flawed``."""
    deepest = DEEPEST + 2  # the array and the record
    kept, depth, start = [], 0, 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == deepest + 1:
                kept.append(text[start : token.start()] + "null")
        elif token[0] in "]}":
            if depth == deepest + 1:
                start = token.end()
            depth -= 1
    kept.append(text[start:] if depth <= deepest else "")
    return "".join(kept)


def flawed(record: Mapping[str, object], *, broken: bool = False) -> str | None:
    """The first field of a record that cannot be read as it was served, if any.

    Args:
        record: the fields as parsed.
        broken: whether bytes that are no text may be among them.
    """
    for name, value in record.items():
        plain = not isinstance(value, (list, dict)) and value is not _TOO_LONG
        if (broken or not plain) and _is_flawed([name, value], broken):
            return name
    return None


def _is_flawed(level: list[object], broken: bool) -> bool:
    """Looks level by level: what calls itself would be stopped by the nesting."""
    for _ in range(DEEPEST):
        inner: list[object] = []
        for one in level:
            if one is _TOO_LONG or (broken and isinstance(one, str) and _NO_UTF_8.search(one)):
                return True
            inner += _held_by(one)
        if not inner:
            return False
        level = inner
    return True


def _held_by(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return (*value.keys(), *value.values())
    return value if isinstance(value, list) else ()
