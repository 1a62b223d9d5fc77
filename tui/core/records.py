"""A record as JSON, for whoever takes it away: valid whatever was served, harmless to look at."""

import json
import math
import re
from collections.abc import Mapping
from types import MappingProxyType

from tui.core.connection import Connection

_NAMELESS: Mapping[str, str | None] = MappingProxyType({})
_HIDDEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\U000e0000-\U000e0fff]"
)
"""Characters that JSON lets through, but that a terminal acts upon or UTF-8 cannot hold."""


def json_record(
    connection: Connection,
    names: Mapping[str, str | None] = _NAMELESS,
    *,
    indent: int | None = None,
    only_ascii: bool = False,
) -> str:
    """One record as JSON: field names, order and seven digits as served.

    Invisible characters are written as escapes. That changes no value, and keeps a terminal out
    of danger when the text is looked at.

    Args:
        connection: the record.
        names: by field what people call it; they come last, and never in the place of what is
            served.
        indent: spaces before a field, each in a line of its own; ``None`` for one line.
        only_ascii: whether every other character is written as an escape, too.
    """
    record = connection.record()
    record |= {field: name for field, name in names.items() if field not in record}
    return json_text(record, indent=indent, only_ascii=only_ascii)


def json_text(value: object, *, indent: int | None = None, only_ascii: bool = False) -> str:
    """``value`` as JSON in the same manner, whatever strangers have put into it."""
    try:
        text = _dump(value, indent, only_ascii)
    except ValueError:
        # Unknown fields may hold NaN or infinity, for which JSON has no word.
        text = _dump(_finite(value), indent, only_ascii)
    return text if text.isascii() and "\x7f" not in text else _HIDDEN.sub(_escape, text)


def _dump(value: object, indent: int | None, only_ascii: bool) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=only_ascii, allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match[0], ensure_ascii=True)[1:-1] if match[0] != "\x7f" else "\\u007f"
