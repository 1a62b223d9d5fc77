"""What one answer knows of another question."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import NOON, PROTOCOLS, SERVICES, answers, connection, snapshot
from tui.core.connection import HEARTBEAT_LIMIT, Connection
from tui.core.instant import TICKS
from tui.core.narrowing import covers, narrowed
from tui.core.query import Query
from tui.core.snapshot import Cut


@st.composite
def queries(draw: st.DrawFn) -> Query:
    windows: list[dict[str, Any]] = [
        {},
        {"minutes": draw(st.integers(1, 30))},
        {"time_start": NOON - draw(st.integers(0, 2_000)) * TICKS},
        {"time_end": NOON - draw(st.integers(0, 2_000)) * TICKS},
    ]
    return Query(
        service=draw(st.sampled_from((None, *SERVICES))),
        protocol=draw(st.sampled_from((None, *PROTOCOLS))),
        active_only=draw(st.booleans()),
        limit=draw(st.sampled_from((None, 1, 3))),
        **draw(st.sampled_from(windows)),
    )


@given(answers(NOON), queries(), queries())
def test_it_has_what_passes_the_parameters_and_never_claims_more(
    records: tuple[Connection, ...], recorded: Query, asked: Query
) -> None:
    answer = snapshot(records, NOON, replace(recorded, limit=None))
    got = narrowed(answer, asked)
    if asked == answer.query:
        assert got is answer
        return
    ids = [one.connection_id for one in got.records]
    assert len(set(ids)) == len(ids)
    for one in answer.records:
        active = one.is_active and one.beat_age(NOON) <= HEARTBEAT_LIMIT
        since = asked.time_start if asked.minutes is None else NOON - asked.minutes * 60 * TICKS
        passes = (
            asked.service in (None, one.service)
            and asked.protocol in (None, one.protocol)
            and (since is None or one.start >= since)
            and (asked.time_end is None or one.start <= asked.time_end)
            and (active or recorded.active_only or not asked.active_only)
        )
        if asked.limit is None:
            assert (one.connection_id in ids) == passes
        else:
            assert passes or one.connection_id not in ids
    assert asked.limit is None or len(ids) <= asked.limit
    if not covers(answer.query, asked):
        assert got.cut is Cut.RECORDED
    elif asked.limit is not None and len(ids) == asked.limit:
        assert got.cut is Cut.LIMIT
    else:
        assert got.cut is answer.cut


def test_who_is_not_active_any_more_is_known_with_its_last_record() -> None:
    silent = connection("silent", NOON - 300 * TICKS)
    answer = snapshot([connection("live"), silent], NOON, Query(active_only=False))
    got = narrowed(answer, Query())
    assert [one.connection_id for one in got.records] == ["live"]
    assert got.ended == {"silent": silent}


def test_of_a_cut_answer_those_that_started_last_are_kept() -> None:
    records = [connection(str(age), start=NOON - age * TICKS) for age in (30, 10, 20)]
    got = narrowed(snapshot(records, NOON), Query(limit=2))
    assert ([one.connection_id for one in got.records], got.cut) == (["10", "20"], Cut.LIMIT)
