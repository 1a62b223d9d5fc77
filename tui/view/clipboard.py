"""The clipboard of the person at the far end of the SSH line, by OSC 52."""

import base64
from collections.abc import Mapping

MOST = 74_994
"""Bytes that terminals commonly take in one OSC 52."""


def osc52(text: str, environment: Mapping[str, str]) -> str:
    """The escape sequence that puts ``text`` on the terminal's clipboard.

    tmux and screen swallow an OSC 52 of a program inside them, so it is wrapped in their own
    pass-through (tmux wants ``set -g allow-passthrough on`` or ``set-clipboard on``).

    Raises:
        ValueError: it cannot work, and why.
    """
    payload = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    if len(payload) > MOST:
        raise ValueError("too long for a terminal's clipboard")
    term = environment.get("TERM", "")
    if term == "linux":
        raise ValueError("the Linux console has no clipboard")
    sequence = f"\x1b]52;c;{payload}\x07"
    if environment.get("TMUX"):
        return f"\x1bPtmux;\x1b{sequence}\x1b\\"
    if term.startswith("screen"):
        # screen takes at most 768 bytes in one string: cut, end and begin again.
        pieces = [sequence[place : place + 700] for place in range(0, len(sequence), 700)]
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return sequence
