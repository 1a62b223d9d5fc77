r"""The filter language of ``/`` and ``--filter``: what the endpoint cannot express.

::

    coinapi 203.0.113        every word has to be somewhere in the row
    service:coinapi-ws       in this field; service=coinapi-ws: exactly this
    !state:live              not
    beat>30  up<5m           heartbeat age and duration
    /ws-server-0[12]/        a regular expression over the whole row
    "us east"                words with a space; \" inside for a quote

All conditions have to hold. Case does not matter.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from tui.core.fleet import Tracked
from tui.core.instant import Instant

Test = Callable[[Tracked, Instant], bool]
"""Whether a connection passes at an instant."""

TEXT_FIELDS: dict[str, Callable[[Tracked], str]] = {
    "id": lambda one: one.connection.connection_id,
    "service": lambda one: one.connection.service,
    "protocol": lambda one: one.connection.protocol,
    "dc": lambda one: one.connection.data_center,
    "host": lambda one: one.connection.host,
    "client": lambda one: one.connection.client,
    "key": lambda one: one.connection.api_key_id,
    "org": lambda one: one.connection.organization_id,
    "state": lambda one: one.state.value,
}
"""Fields of ``field:value``."""

NUMBER_FIELDS: dict[str, Callable[[Tracked, Instant], float]] = {
    "beat": lambda one, at: one.connection.beat_age(at),
    "up": lambda one, at: one.duration(at),
}
"""Fields of ``field>span``, in seconds."""

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d)?", re.ASCII)
_SECONDS = {None: 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_QUOTED = r'"(?:\\.|[^"\\])*(?:"|\\?$)'
_TERM = re.compile(rf'(!?)(/(?:\\.|[^/\\])*/?|(?:{_QUOTED}|[^\s"])+)', re.DOTALL)


class GrammarError(ValueError):
    """A filter that cannot be read (yet): says in words what is wrong."""


@dataclass(frozen=True)
class Filter:
    """A readable filter. Two filters are equal when their texts are."""

    text: str
    """As typed."""
    tests: tuple[Test, ...]
    """One test for each condition; all have to pass."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Filter) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def passes(self, one: Tracked, at: Instant) -> bool:
        """Whether ``one`` is shown at the instant ``at``."""
        return all(test(one, at) for test in self.tests)


NO_FILTER = Filter("", ())
"""Lets everything through."""


def parse_filter(text: str) -> Filter:
    """The filter that ``text`` describes.

    Raises:
        GrammarError: a regular expression or a span that cannot be read, or an unknown field.
    """
    tests: list[Test] = []
    for invert, term in _TERM.findall(text):
        test = _test(term)
        if test is not None:
            tests.append(_not(test) if invert else test)
    return Filter(text.strip(), tuple(tests))


def quote(value: str) -> str:
    """``value`` as a filter takes it for one word, whatever is in it.

    >>> quote("eu west"), quote("coinapi-ws")
    ('"eu west"', 'coinapi-ws')
    """
    if value and not re.search(r'[\s"\\]', value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unquoted(text: str) -> str:
    """``text`` with its quoted parts read; a quote that is not closed yet reads to the end."""

    def read(part: re.Match[str]) -> str:
        inside = part[0][1:]
        closed = re.fullmatch(r'(?:\\.|[^"\\])*"', inside, re.DOTALL) is not None
        return re.sub(r"\\(.)", r"\1", inside[:-1] if closed else inside, flags=re.DOTALL)

    return re.sub(_QUOTED, read, text, flags=re.DOTALL)


def _not(test: Test) -> Test:
    return lambda one, at: not test(one, at)


def _test(term: str) -> Test | None:
    if term.startswith("/"):
        return _regex(term)
    match = re.fullmatch(r"([a-zA-Z]+)([:=<>])(.*)", term, re.DOTALL)
    if match is None:
        word = _unquoted(term).lower()
        return (lambda one, at: word in _row_text(one)) if word else None
    name, sign, raw = match.groups()
    name = name.lower()
    value = _unquoted(raw).lower()
    if name in NUMBER_FIELDS:
        return _compare(name, sign, value)
    if name not in TEXT_FIELDS:
        known = ", ".join([*TEXT_FIELDS, *NUMBER_FIELDS])
        raise GrammarError(f"there is no field {name}; there are {known}")
    if sign in "<>":
        raise GrammarError(f"{name} is text: say {name}:value")
    if not value and raw != '""':
        return None
    read = TEXT_FIELDS[name]
    if sign == "=":
        return lambda one, at: read(one).lower() == value
    return lambda one, at: value in read(one).lower()


def _regex(term: str) -> Test | None:
    if len(term) < 2 or not term.endswith("/"):
        raise GrammarError("the regular expression is not closed: end it with /")
    if term == "//":
        return None
    try:
        # A doubtful set like [[ only warns, on stderr, in the middle of the screen.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pattern = re.compile(term[1:-1].replace("\\/", "/"), re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        reason = error.msg if isinstance(error, re.error) else "it asks for too much"
        raise GrammarError(f"the regular expression cannot be read: {reason}") from None
    return lambda one, at: pattern.search(_row_text(one)) is not None


def _compare(name: str, sign: str, value: str) -> Test:
    span = _SPAN.fullmatch(value)
    if span is None or sign not in "<>":
        raise GrammarError(f"{name} is a span of time: say {name}>30 or {name}<5m")
    seconds = float(span[1]) * _SECONDS[span[2]]
    read = NUMBER_FIELDS[name]
    if sign == ">":
        return lambda one, at: read(one, at) > seconds
    return lambda one, at: read(one, at) < seconds


def _row_text(one: Tracked) -> str:
    return "\n".join([read(one) for read in TEXT_FIELDS.values()]).lower()
