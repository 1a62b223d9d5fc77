"""The clipboard of the person at the far end of the SSH line, by OSC 52."""

import base64
from collections.abc import Mapping

from tui.core.passthrough import pass_through

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
    if environment.get("TERM") == "linux":
        raise ValueError("the Linux console has no clipboard")
    return pass_through(f"\x1b]52;c;{payload}\x07", environment)
