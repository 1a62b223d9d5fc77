"""How many cells a text takes, as Textual counts, and where terminals may count otherwise."""

import re

from rich.cells import split_graphemes

_SURE = re.compile(
    # Letters and signs of the alphabets of Europe, punctuation, currencies,
    "[ -~¡-¬®-ʯͰ-ϿЀ-҂Ҋ-ԯ‐-‧‰-⁞₠-⃀"
    # arrows, mathematics, keys, pictures of controls, boxes, blocks, shapes, ticks, Braille:
    "←-↓↚-↨↫-⇿∀-⋿⌀-⌙⌫⏎␀-␦─-▩▬-▵▷-▿◁-◺✓✕✗⠀-⣿]*"
    # all without what some terminals draw as an emoji, two cells wide.
)


def is_sure(text: str) -> bool:
    """Whether every terminal draws each character of ``text`` one cell wide."""
    return text.isascii() or _SURE.fullmatch(text) is not None


def clusters(text: str) -> list[tuple[str, int]]:
    """What is drawn as one, and its width in cells as Textual sees it; a mark alone has none."""
    spans, _ = split_graphemes(text)
    return [(text[start:end], width) for start, end, width in spans]
