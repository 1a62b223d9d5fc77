"""The terminal as a channel: its bell, and a desktop notification at the far end of the line."""

from collections.abc import Mapping

from tui.alert.channel import Letter
from tui.core.passthrough import pass_through
from tui.core.safe import safe

_LONGEST = 200
_MUTE = ("linux", "dumb", "")
"""``TERM`` of those that show nothing on a desktop, and might print what they do not know."""
_BOTH = ("kitty", "ghostty", "wezterm")
"""Terminals that understand both sequences, and would show two notifications."""


def ring(
    letter: Letter, environment: Mapping[str, str], *, bell: bool = True, desktop: bool = True
) -> str:
    """What to write to the terminal for a letter.

    OSC 9 (iTerm2, Windows Terminal, mintty) has one text; OSC 777 (foot, urxvt, VTE) has a title
    and a text. tmux passes the bell on by itself.

    Args:
        letter: what is told.
        environment: of this process: which terminal, and what lies in between.
        bell: whether the bell rings.
        desktop: whether a notification is asked for.
    """
    sequences = "\x07" if bell else ""
    if not desktop or environment.get("TERM", "") in _MUTE:
        return sequences
    title, text = _plain(letter.title), _plain(" · ".join(letter.lines))
    if not _understands_both(environment):
        # A text that begins with a number and a semicolon would be a command to the terminal.
        sequences += pass_through(f"\x1b]9;{title}: {text}\x07", environment)
    return sequences + pass_through(f"\x1b]777;notify;{title};{text}\x07", environment)


def _plain(text: str) -> str:
    """No control character, and no semicolon, which is what these sequences are divided by."""
    return safe(text, _LONGEST).replace(";", ",")


def _understands_both(environment: Mapping[str, str]) -> bool:
    names = f"{environment.get('TERM', '')} {environment.get('TERM_PROGRAM', '')}".lower()
    return any(name in names for name in _BOTH)
