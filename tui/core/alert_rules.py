"""Alert rules: the language of ``[[alerts]]``, on top of the filter language.

::

    service:coinapi-ws silent > 5 for 30s    a filter, what is counted, a threshold, a duration
    key:trading-prod live < 1                at once, that is with the next whole answer
    live < 90% for 1m                        of those that pass the filter
    dropped > 5 in 1m                        within a span of at most five minutes
    mass drop                                what conntop itself says: a verdict
    link down for 2m                         two minutes without a good answer

Case does not matter. A rule reads like the sentence that it is.
"""

import difflib
import math
import re
from enum import Enum

from msgspec import Struct

from tui.core.fleet import GONE_KEPT
from tui.core.grammar import NO_FILTER, Filter, GrammarError, parse_filter
from tui.core.safe import safe
from tui.core.verdict import VerdictKind

COOLDOWN = 600.0
"""Seconds after a recovery in which a rule does not fire again, unless set otherwise."""
MOST = 6
"""Messages within ten minutes, at the most, unless set otherwise."""
LONGEST = 7 * 86_400.0
"""Seconds of the longest duration and cool-down."""
_LONGEST_TEXT = 500
_SHOWN = 80


class What(Enum):
    """What a rule counts. The value is its word."""

    LIVE = "live"
    """Beats as its rhythm says."""
    LATE = "late"
    """Its heartbeat is older than its rhythm allows."""
    SILENT = "silent"
    """Two minutes without a heartbeat, those among them that have left the answer for it and whose
    client is not back."""
    GONE = "gone"
    """Has left in the last five minutes."""
    DROPPED = "dropped"
    """Has left or fallen silent within a span."""
    CONNECTIONS = "connections"
    """Is there, in whatever state."""


class Severity(Enum):
    """How grave its owner finds it."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class RuleError(ValueError):
    """A rule that cannot be read: one sentence that says what would do."""


class Threshold(Struct, frozen=True):
    """More or less than a number, of connections or percent."""

    above: bool
    """Whether it is passed upwards."""
    or_equal: bool
    number: float
    percent: bool = False

    def is_passed(self, value: float) -> bool:
        """Whether ``value`` is on the far side."""
        if value == self.number:
            return self.or_equal
        return value > self.number if self.above else value < self.number


class Rule(Struct, frozen=True):
    """What is to be told, and when."""

    text: str
    """As written, on one line; safe to show."""
    what: What | VerdictKind
    """What is counted, or which verdict is waited for."""
    condition: Filter = NO_FILTER
    """Whose connections are counted."""
    threshold: Threshold | None = None
    """``None`` for a verdict."""
    within: float = GONE_KEPT
    """Seconds within which ``dropped`` counts."""
    hold: float = 0.0
    """Seconds for which it has to be so."""
    name: str = ""
    """What people call it; safe to show."""
    cooldown: float = COOLDOWN
    """Seconds after a recovery in which it does not fire again."""
    severity: Severity = Severity.WARNING
    context: str = ""
    """Name of the only context that it is for; empty: each, by itself."""

    @property
    def title(self) -> str:
        """Its name, or its text where it has none."""
        return self.name or self.text

    @property
    def about_us(self) -> bool:
        """Whether it tells of our link, the endpoint or the answers, and not of the fleet."""
        return isinstance(self.what, VerdictKind) and self.what not in _OF_THE_FLEET


_OF_THE_FLEET = (VerdictKind.MASS_DROP, VerdictKind.STORM)
_VERDICTS = {kind.value: kind for kind in VerdictKind} | {"storm": VerdictKind.STORM}
_WHATS = {what.value: what for what in What}

_FOR = re.compile(r"(.*?)\s+for(?:\s+(\S+))?", re.DOTALL | re.IGNORECASE)
_COUNT = re.compile(
    r"(?:(?P<filter>.*?)\s+)?(?P<what>[a-z]+)\s*(?P<sign><=|>=|=|<|>)\s*"
    r"(?P<number>[\d.]+)\s*(?P<percent>%)?(?:\s+in\s+(?P<within>\S+))?",
    re.DOTALL | re.IGNORECASE | re.ASCII,
)
_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(s|m|h|d)?", re.ASCII)
_SECONDS = {None: 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


def parse_span(text: str) -> float:
    """Seconds of a span such as ``30s``, ``2m``, ``1h`` or ``30``.

    Raises:
        RuleError: it is none, or longer than seven days.

    >>> parse_span("2m"), parse_span("1.5h")
    (120.0, 5400.0)
    """
    match = _SPAN.fullmatch(text.strip().lower())
    seconds = float(match[1]) * _SECONDS[match[2]] if match else math.inf
    if seconds > LONGEST:
        shown = safe(text, 40) or "nothing"
        raise RuleError(f"{shown} is no span of time up to 7d: say 30s, 2m or 1h")
    return seconds


def parse_rule(text: str) -> Rule:
    """The rule that ``text`` describes.

    Raises:
        RuleError: it cannot be read, or could never or would always hold.

    >>> parse_rule("service:coinapi-ws silent > 5 for 30s").hold
    30.0
    """
    words = text.strip()
    if len(words) > _LONGEST_TEXT:
        raise RuleError(f"a rule is longer than {_LONGEST_TEXT} characters")
    whole, hold = words, 0.0
    if (match := _FOR.fullmatch(words)) is not None:
        whole, hold = match[1], parse_span(match[2] or "")
    shown = safe(words, _LONGEST_TEXT)
    verdict = _VERDICTS.get(" ".join(whole.lower().split()))
    if verdict is not None:
        return Rule(shown, verdict, hold=hold)
    match = _COUNT.fullmatch(whole)
    what = None if match is None else _WHATS.get(match["what"].lower())
    if match is None or what is None:
        raise RuleError(_unreadable(whole))
    return Rule(
        shown,
        what,
        condition=_condition(match["filter"] or ""),
        threshold=_threshold(what, match["sign"], match["number"], bool(match["percent"])),
        within=_within(what, match["within"]),
        hold=hold,
    )


def _unreadable(whole: str) -> str:
    for verdict in _VERDICTS:
        if whole.lower().endswith(f" {verdict}"):
            return f"{verdict} is about all connections: leave out what stands before it"
    if not whole:
        return "a rule is empty: say mass drop, or live < 1"
    near = difflib.get_close_matches(whole.lower(), _VERDICTS, 1)
    if near:
        return f"{safe(whole, _SHOWN)} is no rule: did you mean {near[0]}?"
    return (
        f"{safe(whole, _SHOWN)} is no rule: say [FILTER] WHAT < or > NUMBER, where WHAT is "
        f"{', '.join(_WHATS)}; or {', '.join(kind.value for kind in VerdictKind)}"
    )


def _condition(text: str) -> Filter:
    try:
        return parse_filter(text)
    except GrammarError as error:
        raise RuleError(f"the filter {safe(text, _SHOWN)} cannot be read: {error}") from None


def _threshold(what: What, sign: str, number: str, percent: bool) -> Threshold:
    try:
        value = float(number)
    except ValueError:
        raise RuleError(f"{safe(number, 40)} is no number") from None
    if sign == "=":
        raise RuleError(f"say {what.value} < {number} or {what.value} > {number}, and not =")
    if percent and what is What.CONNECTIONS:
        raise RuleError("connections are a number: leave out the %")
    threshold = Threshold(sign[0] == ">", sign.endswith("="), value, percent)
    ends = {threshold.is_passed(0), threshold.is_passed(100 if percent else math.inf)}
    if ends != {True, False}:
        how = "always" if ends == {True} else "never"
        raise RuleError(
            f"{what.value} {sign} {number}{'%' if percent else ''} would {how} hold: "
            "take another number"
        )
    return threshold


def _within(what: What, text: str | None) -> float:
    if text is None:
        return GONE_KEPT
    if what is not What.DROPPED:
        raise RuleError(f"only dropped is counted in a span: leave out in {safe(text, 40)}")
    seconds = parse_span(text)
    if not 1 <= seconds <= GONE_KEPT:
        raise RuleError("dropped is counted in a span from 1s to 5m: say dropped > 5 in 1m")
    return seconds
