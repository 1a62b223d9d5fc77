r"""The filter language of ``/`` and ``--filter``: what the endpoint cannot express.

::

    coinapi 203.0.113        every word has to be somewhere in the row
    service:coinapi-ws       in this field; service=coinapi-ws: exactly this
    !state:live              not
    key:trading-prod         by the name that people gave it, or by its id
    beat>30  up<5m           heartbeat age and duration; rhythm>20 its learned rhythm
    nth>1                    the number of its session
    net:203.0.113.0/24       the client's address is in this network
    region=us-east-1         the data center without the server in it
    start:2024-01-15T14:3    started then, UTC: as much of it as is given
    /ws-server-0[12]/        a regular expression over the whole row
    "us east"                words with a space; \" inside for a quote

All conditions have to hold. Case does not matter.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from math import nan

from tui.core.fleet import Tracked
from tui.core.instant import Instant, as_served
from tui.core.names import NO_LABELS
from tui.core.places import is_in, region_of

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
    "context": lambda one: one.labels.context,
    "region": lambda one: region_of(one.connection.data_center),
    "start": lambda one: as_served(one.connection.start),
}
"""Fields of ``field:value``."""

NAMED: dict[str, Callable[[Tracked], str]] = {
    "key": lambda one: one.labels.key,
    "client": lambda one: one.labels.client,
    "host": lambda one: one.labels.host,
}
"""Of those, the ones that people may have a name for; ``""`` where they have none."""

_APART = ("region", "start")
"""Of those, the ones that a word alone is not looked for in."""

NUMBER_FIELDS: dict[str, Callable[[Tracked, Instant], float]] = {
    "beat": lambda one, at: one.connection.beat_age(at),
    "up": lambda one, at: one.duration(at),
    "rhythm": lambda one, at: nan if one.rhythm is None else one.rhythm,
}
"""Fields of ``field>span``, in seconds; what is not known is neither more nor less."""

FIELDS = (*TEXT_FIELDS, *NUMBER_FIELDS, "nth", "net")
"""All fields there are."""

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
    if name == "nth":
        return _count(sign, value)
    if name == "net":
        return _network(sign, value)
    if name not in TEXT_FIELDS:
        raise GrammarError(f"there is no field {name}; there are {', '.join(FIELDS)}")
    if sign in "<>":
        raise GrammarError(f"{name} is text: say {name}:value")
    if not value and raw != '""':
        return None
    return _same(name, value) if sign == "=" else _holds(name, value)


def _same(name: str, value: str) -> Test:
    read, named = TEXT_FIELDS[name], NAMED.get(name)
    if named is None or not value:
        return lambda one, at: read(one).lower() == value
    return lambda one, at: read(one).lower() == value or named(one).lower() == value


def _holds(name: str, value: str) -> Test:
    read, named = TEXT_FIELDS[name], NAMED.get(name)
    if named is None:
        return lambda one, at: value in read(one).lower()
    return lambda one, at: value in read(one).lower() or value in named(one).lower()


def _count(sign: str, value: str) -> Test:
    if not re.fullmatch(r"\d{1,6}", value, re.ASCII):
        raise GrammarError("nth is the number of a session: say nth>1 or nth=2")
    wanted = int(value)
    if sign == ">":
        return lambda one, at: one.nth > wanted
    if sign == "<":
        return lambda one, at: one.nth < wanted
    return lambda one, at: one.nth == wanted


def _network(sign: str, value: str) -> Test | None:
    if not value:
        return None
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        raise GrammarError(
            "net is a network: say net:203.0.113.0/24 or net:2001:db8::/48"
        ) from None
    if sign in "<>":
        raise GrammarError("net is a network: say net:203.0.113.0/24")
    return lambda one, at: is_in(one.connection.client, network)


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


_ROW = tuple(read for name, read in TEXT_FIELDS.items() if name not in _APART)


def _row_text(one: Tracked) -> str:
    texts = [read(one) for read in _ROW]
    if one.labels is not NO_LABELS:
        texts += [named(one) for named in NAMED.values()]
    return "\n".join(texts).lower()
