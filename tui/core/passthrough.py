"""Passthrough: an escape sequence for the terminal at the far end, through tmux or screen."""

from collections.abc import Mapping

_SCREEN_MOST = 700
"""screen takes at most 768 bytes in one string."""


def pass_through(sequence: str, environment: Mapping[str, str]) -> str:
    r"""``sequence``, wrapped as the multiplexer in between wants it; bare where there is none.

    tmux and screen swallow what they do not know of a program inside them. tmux lets it through
    with ``set -g allow-passthrough on``.

    >>> pass_through("\x1b]9;x\x07", {"TMUX": "/tmp/tmux-0/default"})
    '\x1bPtmux;\x1b\x1b]9;x\x07\x1b\\'
    """
    if environment.get("TMUX"):
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    if environment.get("TERM", "").startswith("screen"):
        places = range(0, len(sequence), _SCREEN_MOST)
        pieces = (sequence[place : place + _SCREEN_MOST] for place in places)
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return sequence
