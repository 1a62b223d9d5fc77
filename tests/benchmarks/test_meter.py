"""The arithmetic of the meters; nothing here takes time or starts a process."""

import math

from tests.benchmarks.headlines import (
    BEGIN,
    END,
    HERE,
    QUOTED,
    QUOTING,
    headlines,
    merged,
    put_between,
)
from tests.benchmarks.keys import pointed
from tests.benchmarks.replay import (
    MOVE_BYTES,
    STYLE_BYTES,
    Replay,
    least_bytes,
    least_per_second,
)
from tests.benchmarks.rows import Row, figure, median, quantile, table
from tests.benchmarks.terminal_meter import SIZE, Chunk


def _drawn(*pieces: str) -> Replay:
    replay = Replay()
    for piece in pieces:
        replay.feed(piece.encode())
    return replay


def test_quantiles_are_numbers_that_were_there() -> None:
    assert quantile([4, 1, 3, 2], 0.5) == 2
    assert quantile(range(1, 101), 0.99) == 99
    assert quantile([7], 0.01) == 7
    assert median([3, 1, 2]) == 2
    assert math.isnan(median([]))


def test_nothing_changed_needs_no_bytes() -> None:
    replay = _drawn("abc")
    assert least_bytes(replay.frame(), replay.frame()) == 0


def test_a_run_costs_a_move_its_style_and_its_characters() -> None:
    replay = _drawn("\x1b[12;7Habc")
    before = replay.frame()
    replay.feed("\x1b[12;7Hxé".encode())
    assert least_bytes(before, replay.frame()) == MOVE_BYTES + STYLE_BYTES + len("xé".encode())


def test_a_small_gap_is_written_anew_and_a_wide_one_jumped_over() -> None:
    replay = _drawn("\x1b[1;1H" + "a" * 100)
    before = replay.frame()
    replay.feed(b"\x1b[1;1Hb\x1b[1;4Hb\x1b[1;90Hb")
    runs = MOVE_BYTES + len("baab"), MOVE_BYTES + len("b")
    assert least_bytes(before, replay.frame()) == sum(runs) + STYLE_BYTES


def test_each_look_costs_once_wherever_it_is() -> None:
    replay = _drawn("\x1b[1;1Hab\x1b[2;1Hc")
    before = replay.frame()
    replay.feed(b"\x1b[1;1H\x1b[1mx\x1b[0my\x1b[2;1H\x1b[1mz")
    assert least_bytes(before, replay.frame()) == 2 * MOVE_BYTES + 2 * STYLE_BYTES + len("xyz")


def test_the_bound_of_each_second_goes_by_its_last_frame() -> None:
    chunks = [
        Chunk(9.0, b"\x1b[1;1H1"),
        Chunk(10.2, b"\x1b[1;1H2"),
        Chunk(10.4, b"\x1b[1;1H1"),
        Chunk(11.5, b"\x1b[1;1H3"),
    ]
    one = MOVE_BYTES + STYLE_BYTES + 1
    assert least_per_second(chunks, 10.0, 3) == [0, one, 0]


def test_what_a_driver_may_write_is_understood() -> None:
    replay = _drawn("one\r\ntwo\x1b[3Cfour\x1b[1;1H", "\x1b[?2026h\x1b[>1u", "x\x1b[2b")
    assert [replay.row(y).rstrip() for y in range(2)] == ["xxx", "two   four"]
    replay.feed(b"\x1b[S")
    assert replay.row(0).rstrip() == "two   four"
    # A sequence and a character, each cut in two by the reads.
    replay.feed(b"\x1b[2;1")
    replay.feed(b"H\xe2\x96")
    replay.feed(b"\xb8")
    assert replay.row(1).startswith("▸")


def test_the_pointer_is_the_tables_and_not_the_panes() -> None:
    row = "▸ ● live       3s conn_0079 coinapi-ws"
    replay = _drawn(" ▸ Show  live only │\x1b[5;33H" + row)
    assert pointed(replay) == (4, "conn_0079")
    replay.feed(f"\x1b[6;33H{row}".encode())
    assert pointed(replay) is None, "two of them: it is half drawn"


def test_a_frame_is_as_large_as_the_terminal() -> None:
    frame = _drawn("").frame()
    assert (len(frame), {len(row) for row in frame}) == (SIZE[1], {SIZE[0]})


def test_a_row_tells_ratios_and_what_is_missing() -> None:
    row = Row("keys", "arrow", "ms", 4.0, 2.0, {"btop": 8.0, "htop": "not installed"})
    assert row.ratios() == "2× floor, 0.5× btop"
    assert "htop: not installed" in table([row])
    assert figure(56_789) == "56,789"


def test_results_go_between_the_markers() -> None:
    readme = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    once = put_between(readme, "new\n")
    assert once == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert put_between(once, "new\n") == once


def test_a_part_that_is_measured_anew_takes_the_place_of_its_lines() -> None:
    table = "| what | unit |\n| --- | --- |"
    readme = put_between(
        f"{BEGIN}{END}", f"then\n\n{table}\n| a: x | 1 |\n| b: y | 2 |\n| b: z | 3 |"
    )
    now = merged(readme, f"now\n\n{table}\n| b: y | 4 |", ["b"])
    assert now == f"then\n\nb measured anew: now\n\n{table}\n| a: x | 1 |\n| b: y | 4 |"
    assert merged(put_between(readme, now), f"later\n\n{table}\n| b: y | 5 |", ["b"]) == (
        now.replace("now", "later").replace("| 4 |", "| 5 |")
    )


def test_the_projects_readme_quotes_the_last_result() -> None:
    measured = HERE.read_text(encoding="utf-8")
    quoted = headlines(measured)
    assert quoted in QUOTING.read_text(encoding="utf-8")
    assert all(f"| {name} |" in quoted for name in QUOTED)


def test_a_target_is_met_or_missed_and_some_are_in_times_of_the_floor() -> None:
    assert Row("keys", "arrow", "ms", 4.0, most=5.0).target() == "≤ 5: met"
    assert Row("keys", "arrow", "ms", 6.0, most=5.0).target() == "≤ 5: MISSED"
    assert Row("start", "rows", "s", 2.6, 2.0, most=1.3, of_floor=True).is_met()
    assert not Row("start", "rows", "s", 2.7, 2.0, most=1.3, of_floor=True).is_met(9.0)
    assert not Row("start", "rows", "s", None, most=1.3).is_met()
    assert Row("start", "rows", "s", 2.7).target() == ""


def test_a_slow_machine_is_told_apart_from_a_slow_program() -> None:
    slow = Row("keys", "arrow", "ms", 9.0, most=5.0)
    assert slow.target(2.0) == "≤ 5: 4.5 at the targets' speed, met"
    assert slow.target(1.5) == "≤ 5: MISSED"
    # Bytes are the same everywhere.
    assert Row("bytes", "a scroll", "bytes", 9.0, most=5.0).target(2.0) == "≤ 5: MISSED"
