"""keys: from a key to its effect on the terminal, and the bytes that this takes.

Keys are typed at random moments into the real program. Each chunk that comes back is given its
time at once and drawn afterwards: a key is answered when the pointer ``▸`` stands in another row,
or at the end of the page when another connection stands beside it. Quiet is with an interval of
five minutes, busy with one of five seconds and every heartbeat changed. For the peers it is the
first byte after the key that counts, which is less strict.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks import peers, targets
from tests.benchmarks.endpoint import Endpoint, page_for, standing_in
from tests.benchmarks.process_meter import take_other_cores
from tests.benchmarks.replay import Replay
from tests.benchmarks.rows import Row, Scale, alone, median, quantile
from tests.benchmarks.terminal_meter import ALL_IS_THERE, Chunk, MeteredTerminal, program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DOWN, UP, PAGE_DOWN, PAGE_UP, END = b"\x1b[B", b"\x1b[A", b"\x1b[6~", b"\x1b[5~", b"G"
SPACING = 0.083
JITTER = 0.040
POINTER = re.compile(r"▸.[●◐○✕] ")
IDENTITY = re.compile(r"conn_\S+")
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Answers:
    """How some keys were answered."""

    milliseconds: list[float]
    sizes: list[int]
    """Bytes from each key to the next, or for the time of one key's room."""
    unanswered: int

    def words(self) -> str:
        """For a note."""
        lost = f"; {self.unanswered} without an answer" if self.unanswered else ""
        quickest = f", the quickest {min(self.milliseconds):.1f}" if self.milliseconds else ""
        return f"{len(self.milliseconds)} keys{quickest}{lost}"


def type_keys(
    terminal: MeteredTerminal, keys: Sequence[bytes], rng: random.Random
) -> list[tuple[float, bytes]]:
    """Type at a person's quickest pace, at no fixed phase; when each was typed."""
    typed = []
    for key in keys:
        typed.append((terminal.send(key), key))
        terminal.pump(SPACING + rng.random() * JITTER)
    terminal.pump(0.5)
    return typed


def answers(chunks: Sequence[Chunk], typed: Sequence[tuple[float, bytes]]) -> Answers:
    """When each key had its effect, by drawing everything anew."""
    replay, place = Replay(), 0
    found: list[float] = []
    sizes: list[int] = []
    unanswered = 0
    times = [at for at, _ in typed]
    for at, after in zip(times, [*times[1:], times[-1] + SPACING + JITTER], strict=True):
        while place < len(chunks) and chunks[place].at < at:
            replay.feed(chunks[place].data)
            place += 1
        before = pointed(replay)
        answered, size = None, 0
        while place < len(chunks) and chunks[place].at < after:
            replay.feed(chunks[place].data)
            size += len(chunks[place].data)
            if answered is None and pointed(replay) not in (before, None):
                answered = (chunks[place].at - at) * 1_000
            place += 1
        sizes.append(size)
        if answered is None:
            unanswered += 1
        else:
            found.append(answered)
    return Answers(found, sizes, unanswered)


def pointed(replay: Replay) -> tuple[int, str] | None:
    """The row of the pointer and the connection in it; ``None`` while it is half drawn."""
    found = []
    for y, row in enumerate(replay.rows()):
        if POINTER.search(row):
            identity = IDENTITY.search(row)
            found.append((y, identity[0] if identity else ""))
    return found[0] if len(found) == 1 else None


def measure(scale: Scale) -> Iterator[Row]:
    """Rows for each size, compared with the peers."""
    take_other_cores()
    rng = random.Random(11)
    count = scale.pick(80, 18)
    others, missing = _peers(scale.pick(40, 12), rng)
    for size in scale.sizes:
        with standing_in(size, page=page_for(size)) as endpoint:
            for label, every in (("quiet", 300), ("busy", 5)):
                yield from _ours(f"{size:,}, {label}", every, endpoint, count, rng, others, missing)


def _ours(
    here: str,
    every: int,
    endpoint: Endpoint,
    count: int,
    rng: random.Random,
    others: dict[str, Answers],
    missing: dict[str, float | str],
) -> Iterator[Row]:
    quiet = every > 60
    command = program("monitor", "--url", endpoint.url, f"--every={every}")
    with MeteredTerminal(command, endpoint.environment) as terminal:
        if terminal.until(ALL_IS_THERE, _PATIENCE) is None:
            yield Row("keys", here, "ms", None, note=terminal.last_words)
            return
        terminal.pump(2.0)
        moved = type_keys(terminal, _back_and_forth(DOWN, UP, count), rng)
        paged = type_keys(terminal, [PAGE_DOWN] * (count // 8), rng)
        # To where each further step up scrolls the table by a line.
        terminal.send(END)
        terminal.pump(0.5)
        terminal.send(PAGE_UP)
        terminal.pump(0.5)
        scrolled = type_keys(terminal, [UP] * (count // 6), rng)
    chunks = terminal.chunks
    moves = answers(chunks, moved)
    yield Row(
        "keys",
        f"{here}: arrow to paint, median",
        "ms",
        median(moves.milliseconds),
        peers={name: median(one.milliseconds) for name, one in others.items()} | missing,
        most=targets.QUIET_KEY if quiet else targets.KEY_MEDIAN,
        note=moves.words(),
    )
    yield Row(
        "keys",
        f"{here}: arrow to paint, p99",
        "ms",
        quantile(moves.milliseconds, 0.99),
        peers={name: quantile(one.milliseconds, 0.99) for name, one in others.items()},
        most=None if quiet else targets.KEY_P99,
    )
    yield Row(
        "keys",
        f"{here}: bytes of an arrow",
        "bytes",
        median(moves.sizes),
        peers={name: median(one.sizes) for name, one in others.items()},
    )
    for name, typed in (("page down", paged), ("scroll by a line", scrolled)):
        one = answers(chunks, typed)
        took, size = median(one.milliseconds), median(one.sizes)
        most = targets.QUIET_SCROLL if quiet else targets.KEY_MEDIAN
        yield Row("keys", f"{here}: {name}, median", "ms", took, most=most, note=one.words())
        here_bytes = f"{here}: bytes of {name}"
        yield Row("keys", here_bytes, "bytes", size, most=targets.SCROLL_BYTES)


def _back_and_forth(down: bytes, up: bytes, count: int) -> list[bytes]:
    """Five down, five up, and so on: a short list of processes has no room for more."""
    return [(down, up)[step // 5 % 2] for step in range(count)]


def _peers(count: int, rng: random.Random) -> tuple[dict[str, Answers], dict[str, float | str]]:
    found: dict[str, Answers] = {}
    installed, missing = peers.there()
    for peer in installed:
        with peers.running(peer) as terminal:
            if terminal.next_chunk(peers.PATIENCE) is None:
                missing[peer.name] = "wrote nothing"
                continue
            terminal.pump(2.5)
            typed = type_keys(terminal, _back_and_forth(peer.down, peer.up, count), rng)
            if terminal.ended:
                missing[peer.name] = f"ended: {terminal.last_words[-60:]}"
                continue
        one = first_bytes(terminal.chunks, typed)
        if one.milliseconds:
            found[peer.name] = one
        else:
            missing[peer.name] = "answered no key"
    return found, missing


def first_bytes(chunks: Sequence[Chunk], typed: Sequence[tuple[float, bytes]]) -> Answers:
    """When the first bytes after each key came, and how many until the next."""
    found, sizes, unanswered = [], [], 0
    times = [at for at, _ in typed]
    for at, after in zip(times, [*times[1:], times[-1] + SPACING + JITTER], strict=True):
        mine = [chunk for chunk in chunks if at <= chunk.at < after]
        sizes.append(sum(len(chunk.data) for chunk in mine))
        if mine:
            found.append((mine[0].at - at) * 1_000)
        else:
            unanswered += 1
    return Answers(found, sizes, unanswered)


if __name__ == "__main__":
    alone(measure, __doc__)
