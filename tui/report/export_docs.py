"""``docs/export.md``, made from the sets that can be exported.

``python -m tui.report.export_docs > docs/export.md``
"""

import sys
from collections.abc import Iterator

from tui.archive.sets import HEARTBEATS, SETS, What
from tui.report.parquet import BEYOND

_HEAD = f"""# Exporting a recording

This page is made by `python -m tui.report.export_docs > docs/export.md`.

`conntop export FILE` writes what `conntop record` has recorded as rows, for notebooks, databases
and spreadsheets: `-o csv` (unless said otherwise), `ndjson`, or `parquet`, which needs
`pip install 'conntop[parquet]'`. It goes to stdout, or by `--to` to a new file, which is there as a
whole or not at all. Rows are written as they are read, so that a recording may be of any length,
and go on meanwhile.

```sh
conntop export fleet.conntop -o parquet --since -24h --to day.parquet
conntop export fleet.conntop --what states --filter service:coinapi-ws | head
conntop export fleet.conntop --what events --since 03:00 --until 03:30 -o ndjson
conntop export postgresql://watcher@db/conntop --context prod --what gaps
```

- `--since` and `--until` are included; they count back from the recording's end.
- `--filter` is that of `/` on the screen ([filter.md](filter.md)), for `heartbeats`, `connections`
  and `states`. Ages are as of the row's own time: of a connection, as of when it left, or of the
  end of the span.
- Times are UTC, exact to 100 ns: with seven digits, as the API serves them, in csv and ndjson; in
  parquet `timestamp[ns, UTC]`. Nanoseconds reach from 1677 to 2262: what a stranger puts beyond is
  null there, and stands in the column `{BEYOND}`, as JSON by column.
- Texts are as served. In csv one that a spreadsheet would run as a formula has a `'` in front; in
  parquet they are dictionary-encoded. What UTF-8 cannot hold is written as an escape.
- Fields that the API's documentation does not have are not exported.
- Where nothing is known a cell is empty, or null.
"""

_EXAMPLE = """
## Reading it

```python
import pyarrow.compute as pc
import pyarrow.parquet as pq

# How long each connection was silent at most.
beats = pq.read_table("day.parquet", columns=["at", "connectionId", "lastHeartbeat"])
silence = pc.subtract(beats["at"], beats["lastHeartbeat"]).cast("int64")
by_connection = beats.append_column("silence", silence).group_by("connectionId")
longest = by_connection.aggregate([("silence", "max")]).sort_by([("silence_max", "descending")])
```
"""


def render() -> str:
    """The page."""
    parts = [_HEAD, "\n## What there is\n"]
    for what in SETS.values():
        parts += _set(what)
    return "".join([*parts, _EXAMPLE])


def _set(what: What) -> Iterator[str]:
    default = " (the default)" if what is HEARTBEATS else ""
    yield f"\n### `--what {what.name}`{default}\n\n{what.meaning}.\n\n"
    yield "| column | holds | |\n|---|---|---|\n"
    for field in what.fields:
        yield f"| `{field.name}` | {field.kind.value} | {field.meaning} |\n"


if __name__ == "__main__":
    sys.stdout.write(render())
