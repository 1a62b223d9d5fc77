"""How a cell looks, and the shortest way from one look to another.

A style is the parameters of the SGR sequence that makes it from the default, in one fixed order:
equal styles are equal strings, which cost nothing to compare, and ``""`` is the default.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

Style = str
"""Parameters of SGR: attributes in ascending order, then foreground, then background."""
DEFAULT: Style = ""
RESET = "\x1b[m"

_ENDS = {
    "22": ("1", "2"),
    "23": ("3",),
    "24": ("4", "21"),
    "25": ("5", "6"),
    "27": ("7",),
    "28": ("8",),
    "29": ("9",),
    "54": ("51", "52"),
    "55": ("53",),
    "59": ("58",),
}
"""What each of these switches off."""
_ENDED_BY = {code: end for end, codes in _ENDS.items() for code in codes}
_SEEN_ON_BLANKS = frozenset(_ENDED_BY) - {"1", "2", "3"}
_LENGTHS = {"2": 4, "5": 2}
"""Parameters that follow 38, 48 and 58, by the first of them."""


@dataclass(frozen=True, slots=True)
class Look:
    """A style taken apart. Each part is SGR parameters; an empty colour is the default one."""

    attributes: tuple[str, ...] = ()
    foreground: str = ""
    background: str = ""

    def style(self) -> Style:
        """The canonical form."""
        return ";".join(filter(None, (*self.attributes, self.foreground, self.background)))


@lru_cache(4096)
def look_of(style: Style) -> Look:
    """Take a style apart, or any parameters of SGR that follow a reset."""
    attributes: dict[str, str] = {}
    foreground = background = ""
    codes = iter(style.split(";"))
    for code in codes:
        head = code.partition(":")[0]
        if head in ("38", "48", "58") and head == code:
            kind = next(codes, "")
            code = ";".join((code, kind, *islice(codes, _LENGTHS.get(kind, 1) - 1)))
        if code in ("", "0"):
            attributes.clear()
            foreground = background = ""
        elif head in _ENDS:
            for ended in _ENDS[head]:
                attributes.pop(ended, None)
        elif head in ("38", "39") or (len(head) == 2 and head[0] in "39" and head[1] < "8"):
            foreground = "" if head == "39" else code
        elif head in ("48", "49") or (len(head) in (2, 3) and head[:-1] in ("4", "10")):
            background = "" if head == "49" else code
        elif code == "4:0":
            attributes.pop("4", None)
        else:
            attributes[head] = code
    ordered = sorted(attributes.items(), key=lambda one: (len(one[0]), one))
    return Look(tuple(code for _, code in ordered), foreground, background)


@lru_cache(4096)
def restyled(style: Style, parameters: str) -> Style:
    """The style after an SGR sequence with ``parameters`` while ``style`` was on."""
    return look_of(f"{style};{parameters or '0'}" if style else parameters).style()


@lru_cache(4096)
def ground(style: Style) -> Style:
    """What of a style can be seen on a blank: two with the same ground paint the same blanks."""
    look = look_of(style)
    if any(code.partition(":")[0] in _SEEN_ON_BLANKS for code in look.attributes):
        return style
    return look.background


@lru_cache(16_384)
def transition(before: Style | None, after: Style) -> str:
    """The shortest sequence that changes ``before``, ``None`` if not known, into ``after``."""
    if before == after:
        return ""
    if after == DEFAULT:
        return RESET
    if before == DEFAULT:
        return f"\x1b[{after}m"
    anew = f"\x1b[0;{after}m"
    if before is None:
        return anew
    old, new = look_of(before), look_of(after)
    gone = [code.partition(":")[0] for code in old.attributes if code not in new.attributes]
    if any(code not in _ENDED_BY for code in gone):
        return anew
    ends = sorted({_ENDED_BY[code] for code in gone})
    kept = {
        code for code in old.attributes if _ENDED_BY.get(code.partition(":")[0], "") not in ends
    }
    codes = [*ends, *(code for code in new.attributes if code not in kept)]
    if old.foreground != new.foreground:
        codes.append(new.foreground or "39")
    if old.background != new.background:
        codes.append(new.background or "49")
    return min(f"\x1b[{';'.join(codes)}m", anew, key=len)
