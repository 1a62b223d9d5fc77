"""What a program sends to its terminal, taken apart: text, escape sequences, what is left on."""

from __future__ import annotations

import base64
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SEQUENCE = re.compile(
    r"""
      \x1b\[ [0-?]* [ -/]* [@-~]               # CSI
    | \x1b\] [^\x07\x1b]* (?: \x07 | \x1b\\ )  # OSC
    | \x1bP .*? (?<!\x1b)\x1b\\                # DCS; ESC is doubled inside it
    | \x1b [ -/]* [0-OQ-Z\\^-~]                # other escapes
    | \r\n
    | [\x00-\x1a\x1c-\x1f\x7f-\x9f]            # single controls, C1 included
    """,
    re.VERBOSE | re.DOTALL,
)
_TEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f]+")
_MODE = re.compile(r"\x1b\[\?([0-9;]+)([hl])")
_KITTY = re.compile(r"\x1b\[([<>])([0-9]*)u")
_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_ON_AT_FIRST = {"7", "25"}
"""Private modes that a terminal begins with: line wrap, and a cursor that can be seen."""
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode categories of which nothing may come from the network to the terminal."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, or one control or escape sequence."""

    text: str
    is_text: bool


def pieces(stream: str) -> Iterator[Piece]:
    """``stream`` piece by piece; what is not complete at its end is left out."""
    at = 0
    while at < len(stream):
        match = _TEXT.match(stream, at)
        is_text = match is not None
        match = match or _SEQUENCE.match(stream, at)
        if match is None:
            return
        yield Piece(match[0], is_text)
        at = match.end()


def unfinished(stream: str) -> str:
    """What ``pieces`` leaves out: from a sequence on that is not complete, whatever follows it."""
    return stream[sum(len(piece.text) for piece in pieces(stream)) :]


def copies(stream: str) -> list[str]:
    """The texts that were put on the terminal's clipboard, decoded."""
    found = re.findall("\x1b\\]52;c;([^\x07\x1b]*)(?:\x07|\x1b\\\\)", stream)
    return [base64.b64decode(text, validate=True).decode() for text in found]


def text_of(stream: str) -> str:
    """The text alone."""
    return "".join(
        piece.text if piece.is_text else "\n" * (piece.text == "\r\n") for piece in pieces(stream)
    )


def left_behind(stream: str) -> set[str]:
    """What a terminal would still be set to differently from before ``stream``.

    Private modes by number (``1049`` is the alternate screen), ``keyboard`` for a level of the
    kitty protocol that was not taken back on the screen it was set on, ``style`` for colours.
    """
    on = set(_ON_AT_FIRST)
    levels = {False: 0, True: 0}
    styled = False
    for piece in pieces(stream):
        if piece.is_text:
            continue
        if mode := _MODE.fullmatch(piece.text):
            numbers = set(mode[1].split(";"))
            on = on | numbers if mode[2] == "h" else on - numbers
        elif kitty := _KITTY.fullmatch(piece.text):
            levels["1049" in on] += 1 if kitty[1] == ">" else -int(kitty[2] or 1)
        elif style := _SGR.fullmatch(piece.text):
            styled = style[1] not in ("", "0")
    left = on ^ _ON_AT_FIRST
    if any(levels.values()):
        left.add("keyboard")
    if styled:
        left.add("style")
    return left


def shapes(stream: str) -> set[str]:
    """The sequences in ``stream``; where a cursor goes and how it paints counts as one shape."""
    found = set()
    # Back, where it goes with a step down, is part of it; and so are rows that are taken out at one
    # place and put in at another, as many. Everywhere else both count.
    stream = re.sub("(\x1b\\[[0-9]*B)\b+", r"\1", stream)
    for piece in pieces(re.sub("\x1b\\[([0-9]+)M(\x1b\\[[0-9;]*H)\x1b\\[\\1L", r"\2", stream)):
        if not piece.is_text:
            place_or_style = piece.text.startswith("\x1b[") and piece.text[-1] in "BCHm"
            found.add(re.sub("[0-9]+", "0", piece.text) if place_or_style else piece.text)
    return {re.sub("^\x1b\\[0(;0)*m$", "\x1b[0m", shape) for shape in found}


def hostile_characters(stream: str) -> set[str]:
    """As ``unseen``, of the text in what is sent to a terminal."""
    return unseen(text_of(stream))


def unseen(text: str) -> set[str]:
    """Characters that nobody sees and that a terminal or a reader may act upon, newlines apart."""
    return {char for char in set(text) if char != "\n" and _category(char) in INVISIBLE}


def longest_pile(stream: str) -> int:
    """The most combining marks in a row."""
    longest = run = 0
    for char in text_of(stream):
        run = run + 1 if _category(char) in ("Mn", "Me") else 0
        longest = max(longest, run)
    return longest


def _category(char: str) -> str:
    return unicodedata.category(char)


def chromatic(stream: str) -> set[str]:
    """The colours in ``stream`` that are no grey, by the parameters that set them."""
    found = set()
    for piece in pieces(stream):
        if style := _SGR.fullmatch(piece.text):
            found |= {colour for colour in _colours(style[1].split(";")) if not _is_grey(colour)}
    return found


def _colours(numbers: Iterable[str]) -> Iterator[str]:
    rest = iter(numbers)
    for number in rest:
        if number in ("38", "48"):
            count = 3 if next(rest) == "2" else 1
            yield ";".join(next(rest) for _ in range(count))
        elif number and int(number) >= 30 and int(number) not in (39, 49):
            yield f"ansi {int(number) % 10 + 8 * (int(number) >= 90)}"


def _is_grey(colour: str) -> bool:
    if colour.startswith("ansi"):
        return colour in ("ansi 0", "ansi 7", "ansi 8", "ansi 15")
    levels = [int(part) for part in colour.split(";")]
    if len(levels) == 3:
        return len(set(levels)) == 1
    number = levels[0]
    if number < 16:
        return number in (0, 7, 8, 15)
    if number >= 232:
        return True
    cube = number - 16
    return cube // 36 == cube // 6 % 6 == cube % 6
