"""In which encoding a terminal is written to."""

from codecs import lookup
from typing import TextIO


def encoding_of(terminal: TextIO) -> str:
    """The one that the locale names.

    Where that is ASCII, as with C and POSIX, it is UTF-8: what terminals of today speak, and what
    Python itself assumes there unless it is told not to.
    """
    name = lookup(terminal.encoding).name
    return "utf-8" if name == "ascii" else name
