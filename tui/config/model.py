"""The settings: what can be set, what each takes, and what holds where nothing is set."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

from tui.config.alerting import Notify
from tui.config.takes import Takes
from tui.core.alert_rules import Rule
from tui.core.lineage import CLIENT_FIELDS, DEFAULT_CLIENT, ClientField
from tui.core.names import NO_NAMES, Names
from tui.core.saved_view import SavedView
from tui.source.complete import BUDGET, PARTS
from tui.source.endpoint import DEFAULT_URL
from tui.source.last_records import LOOKUPS
from tui.source.secret import Secret

ENVIRONMENT = {
    "context": "CONNTOP_CONTEXT",
    "every": "CONNTOP_EVERY",
    "url": "CONNTOP_URL",
    "api_key": "CONNTOP_API_KEY",
}
"""The settings that the environment may give, and its names for them."""

ENVIRONMENT_ONLY = ("url", "api_key")
"""Of those, the ones that the file may not hold."""

LowBandwidth = Literal["auto", "on", "off"]
"""When to send as little as can be: when the terminal proves to be slow, always, never."""


@dataclass(frozen=True, slots=True)
class Context:
    """One organization's view of the endpoint: its address and where its key comes from.

    A context names at most one source of the key. One that names none uses `CONNTOP_API_KEY`.
    """

    url: Annotated[str, Takes("a base address, as text")] = DEFAULT_URL
    """Base address of the endpoint; the path `/api/connection-analytics/query` is appended.
    Only https and addresses of this machine are asked."""

    api_key_env: Annotated[
        Annotated[str, Meta(pattern=r"^[A-Z_][A-Z0-9_]{0,99}\Z")] | None,
        Takes("the name of an environment variable, in capital letters, and not the key itself"),
    ] = None
    """Name of the environment variable that holds the key."""

    api_key_file: Annotated[
        Annotated[str, Meta(pattern=r"^[~/][^\x00-\x1f]*\Z")] | None,
        Takes("a full path that begins with / or ~, and not the key itself"),
    ] = None
    """Path of a file with the key alone in it. It must be readable by its owner only
    (`chmod 600`)."""

    api_key_command: Annotated[
        Annotated[tuple[str, ...], Meta(min_length=1)] | None,
        Takes("a command as text, or as a list of words"),
    ] = field(default=None, repr=False)
    """Command whose first line of output is the key, such as `pass show conntop`. It is run
    without a shell and without a terminal, and has 10 seconds."""

    api_key_keyring: Annotated[
        Annotated[str, Meta(pattern=r"^[^\x00-\x1f/][^\x00-\x1f]*/[^\x00-\x1f/]+\Z")] | None,
        Takes("a service and a user name of the keyring, as service/username"),
    ] = None
    """Entry of the system's keyring that holds the key, as `service/username`. It needs
    `pip install 'conntop[keyring]'`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; what is not set has a default."""

    context: Annotated[str | None, Takes("the name of a context, as text")] = None
    """Name of the context to use when `--context` gives none. Not needed when the file has one
    context only."""

    every: Annotated[float, Meta(ge=1, le=300), Takes("a number of seconds from 1 to 300")] = 5.0
    """Seconds between two questions to the endpoint."""

    split: Annotated[bool, Takes("true or false")] = True
    """Whether records that do not fit into one answer are asked for in parts, by their start
    time. With `false`, as with `--no-split`, one answer has to do, and says when it may be cut."""

    parts: Annotated[int, Meta(ge=1, le=32), Takes("a whole number from 1 to 32")] = PARTS
    """Requests under way at once."""

    budget: Annotated[
        int, Meta(ge=1, le=10_000), Takes("a whole number of requests from 1 to 10000")
    ] = BUDGET
    """Requests that one poll may send to get all the records. Past it the answer counts as cut.
    `conntop list` sends as many as it takes, unless `--budget` says otherwise."""

    page: Annotated[
        Annotated[int, Meta(ge=10, le=1_000_000)] | None,
        Takes("a whole number from 10 to 1000000"),
    ] = None
    """Records to ask for in one request. Unset, none are named and the endpoint's own default of
    1000 holds. A larger page makes fewer requests, where the endpoint serves it."""

    lookups: Annotated[int, Meta(ge=0, le=1_000), Takes("a whole number from 0 to 1000")] = LOOKUPS
    """Connections that have left and are asked for once more by their id, in one poll, to show
    their last heartbeat and final duration. The others have their turn with the next polls."""

    client: Annotated[
        tuple[ClientField, ...],
        Meta(min_length=1),
        Takes(f"a list of names out of {', '.join(CLIENT_FIELDS)}"),
    ] = DEFAULT_CLIENT
    """What tells one client of yours from another. Connections that share all of it are sessions
    of one client, and a later one that takes the place of an earlier one is a reconnect."""

    low_bandwidth: Annotated[LowBandwidth, Takes('"auto", "on" or "off"')] = "auto"
    """Whether the screen sends as little as can be: ages to ten seconds (`<20s`) every five, in
    16 colours and without animations. With `auto` it does so once the terminal proves to be slow.
    On the screen `B` switches it."""

    past_age: Annotated[
        Annotated[str, Meta(pattern=r"^(off|[1-9][0-9]{0,4}[hd])\Z")],
        Takes('hours or days, such as 2h, or "off", as text'),
    ] = "2h"
    """How far back the screen keeps what it has seen, in memory, to be looked at again. With `off`
    nothing is kept."""

    past_size: Annotated[
        Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,4}(MB|GB)\Z")],
        Takes("a size such as 200MB or 1GB, as text"),
    ] = "200MB"
    """How much memory that may take, of all contexts together: beyond it the oldest is let go, even
    if it is younger than `past_age`. To write it takes some more: 40 MB at 100,000 connections."""

    record_age: Annotated[
        Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,4}[hd]\Z")],
        Takes("hours or days, such as 36h or 14d, as text"),
    ] = "14d"
    """How far back a recording goes (`conntop record`, `--record`). What is older is let go."""

    record_size: Annotated[
        Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,4}(MB|GB)\Z")],
        Takes("a size such as 500MB or 2GB, as text"),
    ] = "2GB"
    """How much the file of a recording may hold. Beyond it the oldest is let go, and the file does
    not grow. A database has no such bound."""

    contexts: Annotated[dict[str, Context], Takes("tables, each written [contexts.NAME]")] = field(
        default_factory=dict
    )
    """The contexts by name."""

    keys: Annotated[
        dict[str, str], Takes('a table of texts, such as find = "slash" under [keys]')
    ] = field(default_factory=dict)
    """Other keys for actions on the screen: the id of a binding, and the key for it, or several
    with commas between. The help screen (`?`) lists the ids."""

    names: Annotated[
        Names, Takes("tables of names, written [names.keys], [names.networks] and [names.hosts]")
    ] = NO_NAMES
    """What people call API keys (by their id), networks of clients (`"203.0.113.0/24"`; the
    narrowest that holds an address names it) and hosts (whole, or up to the first dot), each
    served value before its name. Names are shown, found and exported beside what is served."""

    views: Annotated[dict[int, SavedView], Takes("tables, written [views.1] to [views.9]")] = field(
        default_factory=dict
    )
    """Ways to look at the fleet, each taken on the screen by the key of its number; see below.
    `V` on the screen writes one."""

    alerts: Annotated[
        tuple[Rule, ...], Takes("tables with a rule in each, written [[alerts]]")
    ] = ()
    """What is to be told when it comes to pass, each in a table of its own; see below."""

    notify: Annotated[Notify, Takes("a table, written [notify]")] = field(default_factory=Notify)
    """Where alerts go, beside the screen; see below."""

    url: Annotated[str | None, Takes("a base address, as text")] = None
    """Base address to use instead of the context's, as `--url` does."""

    api_key: Secret | None = None
    """The API key itself, for a context that names no other source of it."""
