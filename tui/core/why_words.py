"""The words of Why: what a value means, said of many connections, with its counts."""

from collections.abc import Sequence
from math import floor, log10
from typing import TypeAlias

from msgspec import Struct

from tui.core.dimensions import Dimension
from tui.core.instant import MINUTE, Instant, as_served, clock_text, parse_instant
from tui.core.safe import safe

_LONG = 60
"""Characters of a value that are shown."""
_BESIDE_NAME = 24
"""Characters of a value that is shown beside the name that people gave it."""
_DAY = len("2024-01-15")
_SPANS = {len("2024-01-15T14:32"): 1, len("2024-01-15T14:3"): 10, len("2024-01-15T14:"): 60}
"""Minutes, by the length of what is said of a start."""


class Said(Struct, frozen=True):
    """What all lines of one explanation share."""

    called: str
    others: str
    size: int
    rest: int
    at: Instant


class Name(Struct, frozen=True):
    """A value of a dimension, as it is said."""

    dimension: Dimension
    value: str
    """As served, so hostile until ``safe``."""
    label: str = ""
    """What people call it; safe."""

    def shown(self, at: Instant) -> str:
        """It as people read it; safe."""
        key = self.dimension.key
        if key == "start":
            return _started(self.value, at)
        if key == "age":
            return _aged(self.value)
        value = safe(self.value, _LONG)
        if not self.label:
            return value
        return f"{self.label} ({value})" if len(value) <= _BESIDE_NAME else self.label


_PHRASES = {
    "host": ("are", "on host {}"),
    "dc": ("are", "in data center {}"),
    "region": ("are", "in region {}"),
    "service": ("are", "of service {}"),
    "protocol": ("are", "of protocol {}"),
    "key": ("are", "of API key {}"),
    "client": ("are", "from client {}"),
    "net": ("are", "from network {}"),
    "start": ("were", "started {}"),
    "nth": ("are", "session {} of their client"),
    "age": ("are", "{} old"),
    "rhythm": ("are", "beating every {}"),
    "context": ("are", "in context {}"),
}
"""What is said of a value: the verb, which the rest repeats, and what follows it."""

Names: TypeAlias = Sequence[Name]
"""One value, or two that make a pair."""


def sentence(said: Said, hits: int, also: int, names: Sequence[Names]) -> str:
    """One line: the first of ``names`` is what is told, the others are the same.

    ``all 12 dropped are on host a = data center b; 0 of 300 healthy are``
    """
    verb = _PHRASES[names[0][0].dimension.key][0]
    count = f"all {said.size:,}" if hits == said.size else f"{hits:,} of {said.size:,}"
    rest = f"{also:,} of {said.rest:,} {said.others} {verb}"
    return f"{count} {said.called} {verb} {what(said, names)}; {rest}"


def brief(said: Said, hits: int, also: int, names: Sequence[Names]) -> str:
    """The same after something else: ``all on host a = data center b (0 of 300 healthy)``."""
    count = "all" if hits == said.size else f"{hits:,} of {said.size:,}"
    return f"{count} {what(said, names[:1])} ({also:,} of {said.rest:,} {said.others})"


def what(said: Said, names: Sequence[Names]) -> str:
    """What they are, in words."""
    told = " and ".join(
        _PHRASES[name.dimension.key][1].format(name.shown(said.at)) for name in names[0]
    )
    same = " = ".join(
        " and ".join(f"{name.dimension.title} {name.shown(said.at)}" for name in each)
        for each in names[1:]
    )
    return f"{told} = {same}" if same else told


def chance_words(chance: float) -> str:
    """How often it would look like this for no reason.

    >>> chance_words(0.002), chance_words(3e-8), chance_words(0.0)
    ('1 time in 500', 'less than 1 time in 10 million', 'less than 1 time in a billion')
    """
    if chance < 1e-9:
        return "less than 1 time in a billion"
    if chance < 1e-6:
        return f"less than 1 time in {10 ** floor(-log10(chance)) // 1_000_000} million"
    if chance < 1e-4:
        return f"less than 1 time in {10 ** floor(-log10(chance)):,}"
    return f"1 time in {round(1 / chance):,}"


def together(names: Names) -> str:
    """The filter that lets through who has all of these values."""
    return " ".join(name.dimension.condition(name.value) for name in names)


def _started(value: str, at: Instant) -> str:
    """A start as much as it is said: ``14:30–14:40Z``, with its day where that is another."""
    day = value[:_DAY]
    if len(value) == _DAY:
        return f"on {day}"
    first = parse_instant((value + "00:00"[len(value) - len("2024-01-15T14:") :])[:16])
    last = first + _SPANS[len(value)] * MINUTE
    times = f"{clock_text(first)[:5]}–{clock_text(last)[:5]}Z"
    return times if as_served(at).startswith(day) else f"{day} {times}"


def _aged(value: str) -> str:
    low, _, high = value.partition("-")
    if not low:
        return f"less than {high}"
    return f"{low} to {high}" if high else f"more than {low}"
