"""What a stranger may have put where conntop reads: the list that every surface is tried with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "body", "key"]

SURFACES: dict[Kind, tuple[str, ...]] = {
    "text": (
        "record fields",
        "screens",
        "exports",
        "error body",
        "header",
        "config value",
        "file name",
    ),
    "body": ("body", "screen"),
    "key": ("key",),
}
"""By kind, where each of its inputs has to be tried."""


@dataclass(frozen=True, slots=True)
class Input:
    """One hostile input."""

    name: str
    text: str
    """As a stranger puts it into a field; of a ``body``, what stands for it in the JSON."""
    kind: Kind = "text"


ESC, BEL, ST = "\x1b", "\x07", "\x1b\\"
EVIL = "cHduZWQ="
"""The word that hostile clipboard texts would put there, in base64."""

TEXTS = (
    Input("clear screen", f"a{ESC}[2Jb"),
    Input("scroll", f"a{ESC}[3Sb"),
    Input("reset", f"a{ESC}cb"),
    Input("title", f"a{ESC}]0;pwned{BEL}b"),
    Input("clipboard, BEL", f"a{ESC}]52;c;{EVIL}{BEL}b"),
    Input("clipboard, ST", f"a{ESC}]52;c;{EVIL}{ST}b"),
    Input("link", f"a{ESC}]8;;http://evil.invalid{ST}click{ESC}]8;;{ST}b"),
    Input("C1 CSI", "a\x9b2Jb"),
    Input("C1 OSC", f"a\x9d52;c;{EVIL}\x9cb"),
    Input("C1 DCS", "a\x90q\x9cb"),
    Input("open DCS", f"a{ESC}Pqb"),
    Input("open APC", f"a{ESC}_Gb"),
    Input("open OSC", f"a{ESC}]0;b"),
    Input("device report", f"a{ESC}[6nb{ESC}[cb{ESC}P$qm{ST}"),
    Input("CR", "harmless\rEVIL"),
    Input("LF", "line\nEVIL"),
    Input("BS", "abc\b\b\bEVIL"),
    Input("1,000 BEL", f"a{BEL * 1_000}b"),
    Input("NUL", "a\0b"),
    Input("SO and SI", "a\x0eb\x0fc"),
    Input("DEL", "a\x7fb"),
    Input("RLO", "user\u202egnp.exe"),
    Input("isolates", "a\u2066b\u2067c\u2069d"),
    Input("zero width", "a\u200bb\u200cc\u200dd\u2060e\ufefff"),
    Input("line separators", "a\u2028b\u2029c\x85d"),
    Input("500 marks", "z" + "\u0301" * 500),
    Input("wide at an edge", "漢字" * 60),
    Input("homoglyph", "соіnарі-ws"),
    Input("tag characters", "a\U000e0041\U000e0042\U000e007fb"),
    Input("[/]", "a[/]b"),
    Input("[/x]", "a[/x]b"),
    Input("[/", "a[/"),
    Input("[link=", "a[link='javascript:x']b[/link]"),
    Input("[@click=", "a[@click=app.quit]b[/]"),
    Input("trailing backslash", "a[b]\\"),
    Input("=cmd", "=cmd|'/c calc'!A1"),
    Input("leading +", "+1+1"),
    Input("leading -", "-1+1"),
    Input("leading @", "@SUM(A1)"),
    Input("leading TAB", "\t=1+1"),
    Input("leading CR", "\r=1+1"),
    Input("quote and comma", 'a"b,c;d'),
    Input("CRLF", "a\r\nSet-Cookie: b"),
    Input("path", "../../../etc/passwd"),
    Input("300 characters", "x" * 300),
    Input("1 MiB", "y" * 2**20),
)
"""Texts, for every field and every place where a text is read."""

SURROGATE = Input("lone surrogate", "a\ud800b")
"""It cannot be written in UTF-8: only escapes in JSON, and file names, can bring it."""

INPUTS = TEXTS
"""All of them."""
