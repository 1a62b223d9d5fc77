"""Markdown that strangers cannot write in: their text stands in code, where nothing is alive."""

import re
from collections.abc import Iterable

from tui.core.safe import safe

_LIVE = re.compile(r"`|@|<(?![\d\s])|&(?=[#\w]+;)|://|\bwww\.", re.IGNORECASE)
"""What might end the code, call somebody, or become a link where the code is not understood: in a
pager, a mail, or a chat that has a Markdown of its own."""
_STAND_INS = {"`": "ˋ", "@": "＠", "<": "‹", "&": "＆", "://": ":⁄⁄"}


def is_live(text: str) -> bool:
    """Whether ``text`` has anything that may be more than text somewhere."""
    return _LIVE.search(text) is not None


def dead(text: str, limit: int = 400) -> str:
    """``text`` as it may stand in code: one line, harmless to a terminal, a page and a chat.

    >>> dead("<!here> see http://x.example`")
    '‹!here> see http:⁄⁄x.exampleˋ'
    """
    return _LIVE.sub(lambda found: _STAND_INS.get(found[0], "www·"), safe(text, limit))


def code(text: str, limit: int = 400) -> str:
    """``text`` as code within a line; an empty one as a dash.

    >>> code("service coinapi-ws")
    '`service coinapi-ws`'
    """
    inside = dead(text, limit).strip()
    return f"`{inside}`" if inside else "-"


def block(lines: Iterable[str], language: str = "text") -> list[str]:
    """Lines, each of them dead already, as a block of code."""
    return [f"```{language}", *lines, "```"]
