"""The sixteen colours that every terminal has, for short sequences and old terminals.

Rich's own reduction looks for the nearest colour, and finds grey for our yellow. Here the hue
decides: what is told apart by colour stays apart.
"""

from collections.abc import Callable
from colorsys import rgb_to_hls
from functools import lru_cache
from typing import Literal

from rich._palettes import EIGHT_BIT_PALETTE

from tui.view.output.style import Look, Style, look_of

Colours = Literal["true", "16"]
"""As Textual writes them, or the sixteen."""

_GREY = 0.15
"""Saturation below which there is no hue."""
_DARK = 0.25
"""Lightness below which a background is the terminal's own: ours are shades of one dark."""
_FAINT = 0.65
"""Lightness below which grey text is faint text."""
_HUES = ((20, 1), (75, 3), (160, 2), (195, 6), (265, 4), (335, 5), (360, 1))
"""Degrees up to which a hue is that of an ANSI colour."""


def looks(colours: Colours) -> Callable[[Style], Style] | None:
    """What a style becomes; ``None`` when each stays as it is."""
    return sixteen if colours == "16" else None


@lru_cache(4096)
def sixteen(style: Style) -> Style:
    """A style in the sixteen colours."""
    look = look_of(style)
    background = _background(look.background)
    return Look(look.attributes, _foreground(look.foreground, background), background).style()


def _background(code: str) -> str:
    hls = _hls(code)
    if hls is None:
        return code
    hue, light, saturation = hls
    if light < _DARK:
        return ""
    return "47" if saturation < _GREY else str(40 + _hue(hue))


def _foreground(code: str, background: str) -> str:
    hls = _hls(code)
    if hls is None:
        return code
    hue, light, saturation = hls
    if saturation >= _GREY and light >= _DARK:
        number = _hue(hue)
        # The plain blue of most terminals cannot be read on black.
        return "94" if number == 4 else str(30 + number)
    if background:
        return "97" if light >= 0.5 else "30"
    return "90" if light < _FAINT else ""


def _hue(hue: float) -> int:
    return next(number for end, number in _HUES if hue * 360 <= end)


def _hls(code: str) -> tuple[float, float, float] | None:
    """Hue, lightness and saturation, each up to 1; ``None`` for what is no colour beyond 16."""
    kind, *numbers = code.replace(":", ";").split(";")[1:] or [""]
    if kind == "2" and len(numbers) >= 3 and all(map(str.isdecimal, numbers[-3:])):
        red, green, blue = map(int, numbers[-3:])
    elif kind == "5" and numbers[0].isdecimal() and int(numbers[0]) < 256:
        red, green, blue = EIGHT_BIT_PALETTE[int(numbers[0])]
    else:
        return None
    return rgb_to_hls(red / 255, green / 255, blue / 255)
