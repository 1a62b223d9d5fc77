"""The settings of saved views: ``[views.1]`` to ``[views.9]``."""

from dataclasses import dataclass, fields
from typing import Annotated

from msgspec import Meta

from tui.config.takes import Takes
from tui.core.arrangement import Order
from tui.core.columns import BY_KEY
from tui.core.dimensions import BY_KEY as DIMENSIONS
from tui.core.grammar import GrammarError, parse_filter
from tui.core.instant import TICKS, Instant
from tui.core.query import QueryError, parse_query
from tui.core.safe import safe
from tui.core.saved_view import SavedView

LONGEST_NAME = 40
_SOME_TIME: Instant = 62_135_596_800 * TICKS
"""Any instant does to see whether a span back can be read."""

_Number = Annotated[Annotated[int, Meta(ge=1, le=2**31 - 1)] | None, Takes("a whole number from 1")]
_Text = Annotated[str, Takes("text")]

QUERY = {
    "service": "service",
    "protocol": "protocol",
    "data_center": "data_center",
    "key_id": "api_key_id",
    "connection_id": "connection_id",
    "active_only": "active_only",
    "minutes": "minutes",
    "since": "time_start",
    "until": "time_end",
    "limit": "limit",
}
"""Query's field for each setting that is asked of the endpoint."""


class ViewError(ValueError):
    """A view that cannot be used: which setting of it, and what is the matter with that."""

    def __init__(self, setting: str, sentence: str) -> None:
        super().__init__(sentence)
        self.setting = setting
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class ViewSetting:
    """One table `[views.N]`."""

    name: Annotated[str, Takes(f"a name of at most {LONGEST_NAME} printable characters")] = ""
    """What to call it on the screen."""

    service: _Text = ""
    """What is asked, as the option `--service` has it. So are the next nine."""

    protocol: _Text = ""
    """As `--protocol`."""

    data_center: _Text = ""
    """As `--data-center`."""

    key_id: _Text = ""
    """As `--key-id`."""

    connection_id: _Text = ""
    """As `--connection-id`."""

    active_only: Annotated[bool, Takes("true or false")] = True
    """As `--active-only`, and with `false` as `--all`."""

    minutes: _Number = None
    """As `--minutes`."""

    since: Annotated[str, Takes("a UTC time or a span back like 15m, as text")] = ""
    """As `--since`. A span back is counted from when the view is taken."""

    until: Annotated[str, Takes("a UTC time or a span back like 15m, as text")] = ""
    """As `--until`."""

    limit: _Number = None
    """As `--limit`."""

    filter: Annotated[str, Takes("a filter, as text")] = ""
    """The filter of `/`, as `--filter` has it."""

    sort: Annotated[str, Takes("the key of a column, as text")] = "state"
    """Key of the column to sort by."""

    reverse: Annotated[bool, Takes("true or false")] = False
    """Whether the order of that column is turned round."""

    columns: Annotated[tuple[str, ...], Takes("a list of keys of columns")] = ()
    """Keys of the columns to show, in their order. A narrow screen still leaves some out. Unset,
    the usual ones are shown. `conntop` tells the keys when one is misspelt."""

    wide: Annotated[bool, Takes("true or false")] = False
    """Whether all columns are shown, as after `w`."""

    group: Annotated[str, Takes("the key of a dimension, as text")] = ""
    """Key of the dimension to group by, as after `t`: such as `host`, `dc`, `region` or `key`."""

    def read(self) -> SavedView:
        """The view.

        Raises:
            ViewError: it cannot be used, and why.
        """
        if len(self.name) > LONGEST_NAME or self.name != safe(self.name):
            raise ViewError("name", f"takes at most {LONGEST_NAME} printable characters")
        given = {field: getattr(self, setting) for setting, field in QUERY.items()}
        texts = {field: str(value) for field, value in given.items() if value not in ("", None)}
        del texts["active_only"]
        if not self.active_only:
            texts["active_only"] = "false"
        try:
            parse_query(texts, _SOME_TIME)
        except QueryError as error:
            setting = next((one for one, field in QUERY.items() if field == error.field), "")
            raise ViewError(setting, f"cannot be asked: {error.sentence}") from None
        try:
            condition = parse_filter(self.filter).text
        except GrammarError as error:
            raise ViewError("filter", f"cannot be read: {safe(str(error))}") from None
        for setting, keys in (("sort", (self.sort,)), ("columns", self.columns)):
            unknown = [key for key in keys if key not in BY_KEY]
            if unknown:
                known = ", ".join(BY_KEY)
                sentence = f"names {safe(unknown[0], 40)}, which is no column; there are {known}"
                raise ViewError(setting, sentence)
        if len(set(self.columns)) != len(self.columns):
            raise ViewError("columns", "names a column twice")
        if self.group and self.group not in DIMENSIONS:
            known = ", ".join(DIMENSIONS)
            what = safe(self.group, 40)
            raise ViewError("group", f"names {what}, which is no dimension; there are {known}")
        return SavedView(
            self.name.strip(),
            texts,
            condition,
            Order(self.sort, self.reverse),
            self.columns,
            self.wide,
            self.group,
        )


def table_of(view: SavedView) -> dict[str, str | int | bool | list[str]]:
    """The table of a view, with what differs from the defaults alone."""
    typed: dict[str, str | int | bool] = {
        setting: view.query[field] for setting, field in QUERY.items() if field in view.query
    }
    for setting in ("minutes", "limit"):
        if setting in typed:
            typed[setting] = int(typed[setting])
    if "active_only" in typed:
        typed["active_only"] = typed["active_only"] == "true"
    found = {
        **typed,
        "name": view.name,
        "filter": view.condition,
        "sort": view.order.key,
        "reverse": view.order.reverse,
        "columns": list(view.columns),
        "wide": view.wide,
        "group": view.group,
    }
    default = ViewSetting()
    return {
        one.name: found[one.name]
        for one in fields(ViewSetting)
        if found.get(one.name, getattr(default, one.name)) not in (getattr(default, one.name), [])
    }
