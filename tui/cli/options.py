"""The options that several commands share, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tui.cli.connect import load_settings

if TYPE_CHECKING:
    from tui.config import LowBandwidth, Settings
    from tui.core.grammar import Filter
    from tui.core.instant import Instant
    from tui.core.query import Query

HELP_NAMES = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
"""Settings of every command."""

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


def check_text(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A text that says something.

    An empty one is refused: it is most often a shell variable that is not set, and would quietly
    ask for everything.
    """
    if value is None:
        return None
    if not value.strip():
        raise click.BadParameter("it is empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise click.BadParameter("it is not UTF-8 text") from None
    return value


def check_texts(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Several texts that each say something."""
    for value in values:
        check_text(context, parameter, value)
    return values


def check_one_text(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> str | None:
    """A text that may be given once: of two, one would be overlooked."""
    if len(values) > 1:
        raise click.BadParameter("it is given twice; only the monitor takes several contexts")
    return check_text(context, parameter, values[0]) if values else None


def check_seconds(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """An interval between two questions."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    # Written so that "nan" fails as well.
    if not 1 <= seconds <= 300:
        raise click.BadParameter("it takes a number of seconds from 1 to 300")
    return seconds


def check_span(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """A span of time, in seconds."""
    if value is None:
        return None
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([smhd]?)", value.strip(), re.ASCII)
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if seconds <= 0:
        raise click.BadParameter("it takes a span of time such as 30s, 10m or 2h")
    return seconds


@dataclass(frozen=True, slots=True)
class _QueryOption:
    """One option that becomes a parameter of the endpoint."""

    flag: str
    field: str
    """Query's field."""
    metavar: str
    help: str


_QUERY_OPTIONS = (
    _QueryOption("--service", "service", "NAME", "Only this service (API: serviceName)."),
    _QueryOption("--protocol", "protocol", "NAME", "Only this protocol (API: protocolName)."),
    _QueryOption(
        "--data-center", "data_center", "NAME", "Only this data center (API: dataCenter)."
    ),
    _QueryOption(
        "--key-id",
        "api_key_id",
        "UUID|NAME",
        "Only connections of the API key with this id, or with this name in the settings "
        "(API: apiKeyId).",
    ),
    _QueryOption(
        "--connection-id", "connection_id", "ID", "Only this connection (API: connectionId)."
    ),
    _QueryOption(
        "--minutes", "minutes", "N", "Only those started in the last N minutes (API: minutes)."
    ),
    _QueryOption(
        "--since",
        "time_start",
        "TIME",
        "Only those started from this time on: UTC like 2024-01-15T14:30:25Z, or a span back like "
        "15m, 2h, 3d (API: timeStart).",
    ),
    _QueryOption(
        "--until", "time_end", "TIME", "Only those started up to this time (API: timeEnd)."
    ),
    _QueryOption(
        "--limit", "limit", "N", "At most N records; the endpoint's default is 1000 (API: limit)."
    ),
)

QUESTION = (*(option.field for option in _QUERY_OPTIONS), "active_only")
"""The options of the query, by their parameters."""
_FLAGS = {option.field: option.flag for option in _QUERY_OPTIONS} | {"active_only": "--active-only"}
QUERY_FIELDS = tuple(_FLAGS)
"""The parameters of ``question_options``."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command is to show."""

    query: Query
    """The question to the endpoint."""
    condition: Filter
    """What is filtered after the answer."""


def question_options(command: _Decorated) -> _Decorated:
    """Add the options of the query; ``read_query`` reads them."""
    added = [
        click.option(
            option.flag, option.field, callback=check_text, metavar=option.metavar, help=option.help
        )
        for option in _QUERY_OPTIONS
    ]
    added.insert(
        5,
        click.option(
            "--active-only/--all",
            "active_only",
            default=True,
            help="Only connections with a heartbeat in the last two minutes, or all of them; the "
            "former unless said otherwise (API: activeOnly).",
        ),
    )
    for add in reversed(added):
        command = add(command)
    return command


def query_options(command: _Decorated) -> _Decorated:
    """Add the options of the query and of the filter; ``read_query`` reads them."""
    return question_options(filter_option(command))


def filter_option(command: _Decorated) -> _Decorated:
    """Add ``--filter``, as ``condition``; ``read_filter`` reads it."""
    return click.option(
        "--filter",
        "condition",
        callback=check_text,
        metavar="TEXT",
        help="Filter the answer as / does: words, field:value, !not, beat>30, "
        "net:203.0.113.0/24, /regex/ (see docs/filter.md).",
    )(command)


def target_options(command: _Decorated, *, several: bool = False) -> _Decorated:
    """Add ``--context`` and ``--url``.

    Args:
        command: gets them.
        several: whether it takes several contexts, as ``contexts``.
    """
    for add in (
        click.option(
            "--url",
            callback=check_text,
            metavar="BASE",
            help="Ask this base address instead of the context's: https, or this machine.",
        ),
        click.option(
            "--context",
            "contexts" if several else "context",
            multiple=True,
            callback=check_texts if several else check_one_text,
            metavar="NAME",
            help="Use this context of the settings file."
            + (" Repeat it to watch several in one table." if several else ""),
        ),
    ):
        command = add(command)
    return command


def targets_options(command: _Decorated) -> _Decorated:
    """Add ``--context``, which may be repeated, and ``--url``."""
    return target_options(command, several=True)


def every_option(command: _Decorated) -> _Decorated:
    """Add ``--every``."""
    return click.option(
        "--every",
        callback=check_seconds,
        metavar="SECONDS",
        help="Ask every so many seconds, 1 to 300; 5 unless set otherwise.",
    )(command)


def low_bandwidth_option(command: _Decorated) -> _Decorated:
    """Add ``--low-bandwidth``."""
    return click.option(
        "--low-bandwidth",
        is_flag=True,
        help="For a slow line: ages to 10 seconds, every 5, in 16 colours, without animations.",
    )(command)


def bandwidth_of(settings: Settings, flag: bool) -> LowBandwidth:
    """When to send as little as can be, by the settings and the option."""
    return "on" if flag else settings.low_bandwidth


def splitting_options(command: _Decorated) -> _Decorated:
    """Add ``--no-split`` and ``--budget``."""
    for add in (
        click.option(
            "--budget",
            type=click.IntRange(1, 10_000),
            metavar="N",
            help="Send at most N requests for one answer that has to be asked for in parts.",
        ),
        click.option(
            "--no-split",
            "split",
            is_flag=True,
            flag_value=False,
            default=True,
            help="Ask once: what does not fit into one answer is left out, and that is said.",
        ),
    ):
        command = add(command)
    return command


def query_texts(values: dict[str, Any]) -> dict[str, str]:
    """The query as it was typed, by option: what tells one question from another next time."""
    given = {_FLAGS[field]: values[field] for field in _FLAGS if field != "active_only"}
    texts = {flag: text for flag, text in given.items() if text is not None}
    return texts if values["active_only"] else {**texts, "--all": ""}


def read_query(values: dict[str, Any], now: Instant | None = None) -> Asked:
    """The question in the values of ``query_options``, which are taken out of ``values``.

    A command with ``question_options`` alone has no filter.

    Args:
        values: by the names of the parameters.
        now: from when spans count back; ``None``: from this machine's present.

    Raises:
        CommandError: the settings cannot be used; read only for what may be the name of a key.
        click.BadParameter: names the option.
    """
    from tui.core.instant import from_datetime
    from tui.core.names import NO_NAMES
    from tui.core.query import QueryError, is_uuid, parse_query

    texts = {field: values.pop(field) for field in _FLAGS}
    texts["active_only"] = "true" if texts["active_only"] else "false"
    condition = values.pop("condition", None)
    key = texts["api_key_id"]
    names = NO_NAMES if key is None or is_uuid(key.strip()) else load_settings().names
    try:
        query = parse_query(
            {field: text for field, text in texts.items() if text is not None},
            from_datetime(datetime.now(UTC)) if now is None else now,
            names,
        )
    except QueryError as error:
        raise click.BadParameter(error.sentence, param_hint=_FLAGS[error.field]) from None
    return Asked(query, read_filter(condition))


def read_filter(condition: str | None) -> Filter:
    """The filter that ``--filter`` means.

    Raises:
        click.BadParameter: it cannot be read.
    """
    from tui.core.grammar import NO_FILTER, GrammarError, parse_filter

    try:
        return parse_filter(condition) if condition else NO_FILTER
    except GrammarError as error:
        raise click.BadParameter(str(error), param_hint="--filter") from None
