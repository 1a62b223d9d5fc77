"""export: what it takes to write a heartbeat of a recording, in each format.

A fleet made by arithmetic is folded and recorded in the process, as by ``conntop record``, every
heartbeat another at each poll. Then all heartbeats are written to nowhere. The floor only reads
them; the peer is Python's ``csv.writer``, which gets the bare values.
"""

from __future__ import annotations

import csv
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.fleets import START, PureFleet
from tests.benchmarks.rows import Row, Scale, alone
from tui.archive import sets
from tui.archive.reading import Recording
from tui.archive.recorder import Recorder
from tui.archive.store import open_store
from tui.archive.writer import Writer
from tui.core.fleet import Fleet
from tui.core.fold import fold
from tui.core.instant import TICKS
from tui.report.exporting import csv_pieces, ndjson_pieces
from tui.report.output import write_pieces
from tui.report.parquet import write_parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CONNECTIONS = 1_000
_EVERY = 10
_WHAT = sets.HEARTBEATS


def measure(scale: Scale) -> Iterator[Row]:
    """A row for each format, and one for the memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fleet.conntop"
        _record(path, scale.pick(360, 60))
        recording = Recording(open_store(str(path)))
        organization = recording.feed()
        span = sets.Span(organization, *recording.span(organization))
        nowhere = Path(os.devnull)

        def rows() -> Iterator[sets.Row]:
            return sets.rows_of(_WHAT, recording, span)

        def parquet() -> None:
            with nowhere.open("wb") as out:
                write_parquet(out, _WHAT, rows(), span)

        def text(pieces: Callable[[], Iterator[str]]) -> Callable[[], None]:
            def write() -> None:
                with nowhere.open("w", encoding="utf-8") as out:
                    write_pieces(out, pieces())

            return write

        def plain() -> None:
            with nowhere.open("w", encoding="utf-8") as out:
                csv.writer(out).writerows(rows())

        count = sum(1 for _ in rows())
        floor = _took(lambda: sum(1 for _ in rows()), count)
        peers = {"csv.writer": _took(plain, count)}
        ways = {
            "csv": text(lambda: csv_pieces(_WHAT, rows(), for_eyes=False)),
            "ndjson": text(lambda: ndjson_pieces(_WHAT, rows())),
            "parquet": parquet,
        }
        for form, write in ways.items():
            took = _took(write, count)
            note = f"{1e6 / took:,.0f} rows/s of CPU, {count:,} rows; floor: reading them"
            yield Row("export", f"{form}, a heartbeat", "µs", took, floor, peers, note=note)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield Row("export", "resident memory of it all, most", "MiB", most)


def _record(path: Path, polls: int) -> None:
    writer, fleet = Writer(str(path)), Fleet()
    recorder = Recorder(writer, "default", "localhost")
    source = PureFleet(_CONNECTIONS, replaced_each_hour=0.1)
    for place in range(polls):
        answer = source.snapshot(START + place * _EVERY * TICKS)
        fleet = fold(fleet, answer)
        recorder.add(answer, fleet)
    writer.close()


def _took(call: Callable[[], object], count: int) -> float:
    """Microseconds of processor time for each of so many rows."""
    since = time.process_time()
    call()
    return 1e6 * (time.process_time() - since) / count


if __name__ == "__main__":
    alone(measure, __doc__)
