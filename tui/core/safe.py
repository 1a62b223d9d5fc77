"""One door for hostile text: everything that strangers chose passes ``safe`` before it is shown.

Textual and Rich hand raw escape sequences, C1 controls and bidi overrides on to the terminal, so
nothing of the network's may reach a cell, a title, a log line or the clipboard by another way.
"""

import unicodedata
from collections.abc import Iterator

_CONTROL_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
_STAND_IN = "\ufffd"
_MARKS_IN_A_ROW = 2


def safe(text: str, limit: int = 400) -> str:
    r"""``text`` as it may be shown: one line, no character that a terminal acts upon.

    Control characters become their Unicode pictures; other invisible ones (C1, bidi, zero-width,
    surrogates, tags, private use) become U+FFFD; combining marks are cut after two in a row; what
    is longer than ``limit`` characters ends in an ellipsis.

    >>> safe("a\x1b[2Jb")
    'a␛[2Jb'
    >>> safe("user\u202egnp.exe")
    'user�gnp.exe'
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(_each(text, instead_of_mark=""))


def safe_each(text: str) -> str:
    """Like ``safe``, but character for character: for a field whose cursor counts them.

    >>> safe_each("a\u202eb")
    'a�b'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_each(text, instead_of_mark=_STAND_IN))


def _each(text: str, instead_of_mark: str) -> Iterator[str]:
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in ("Mn", "Me", "Mc"):
            marks += 1
            yield char if marks <= _MARKS_IN_A_ROW else instead_of_mark
            continue
        marks = 0
        if category[0] == "C" or category in ("Zl", "Zp"):
            yield _CONTROL_PICTURES.get(ord(char), _STAND_IN)
        else:
            yield " " if category == "Zs" else char


def safe_csv(value: str) -> str:
    """A CSV cell that no spreadsheet runs as a formula.

    A leading ``= + - @``, tab or carriage return gets a quote in front; everything else stays
    as served, since CSV is data and quoting is the writer's work.

    >>> safe_csv("=1+1")
    "'=1+1"
    """
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
