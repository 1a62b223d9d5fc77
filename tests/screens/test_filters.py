"""The filter panes are the query; the filter of ``/`` works on its answer."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.stage import Stage, stage
from tui.core.query import Query
from tui.view.filter_pane import ChoiceList, FilterPane

UUID = "f1e2d3c4-b5a6-9879-8765-4321dcba0987"


def last_request(on: Stage) -> dict[str, str]:
    """The parameters of the last request, by the stand-in's own access log."""
    url = on.log.getvalue().strip().splitlines()[-1].split()[1]
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def go_to(on: Stage, field: str) -> None:
    """Put the pane's cursor on the line of a parameter, with the keys."""
    pane = on.screen.query_one(FilterPane)
    await on.press("f")
    assert pane.has_focus_within
    place = next(i for i, row in enumerate(pane._rows) if (row.field, row.value) == (field, None))
    await on.press("home", *["down"] * place)
    assert on.screen.query_one(ChoiceList).highlighted == place


SLOW = pytest.mark.slow
TYPED = [
    ("service", "coinapi-ws", "serviceName", "coinapi-ws"),
    ("protocol", "FIX", "protocolName", "FIX"),
    ("data_center", "us-east-1/server-01", "dataCenter", "us-east-1/server-01"),
    ("api_key_id", UUID, "apiKeyId", UUID),
    ("connection_id", "conn_7f9a8b2c1d3e4f5a", "connectionId", "conn_7f9a8b2c1d3e4f5a"),
    ("minutes", "90", "minutes", "90"),
    ("limit", "25", "limit", "25"),
    ("time_start", "2024-01-15T13:00:00Z", "timeStart", "2024-01-15T13:00:00.0000000Z"),
    ("time_end", "2024-01-15", "timeEnd", "2024-01-15T00:00:00.0000000Z"),
]


@pytest.mark.parametrize(
    ("field", "typed", "name", "sent"),
    # All go the same way; one text, one number and one time are the quick ones.
    [
        pytest.param(*one, marks=[] if one[0] in ("service", "limit", "time_end") else SLOW)
        for one in TYPED
    ],
)
async def test_each_parameter_can_be_typed_and_goes_into_the_next_request(
    field: str, typed: str, name: str, sent: str
) -> None:
    async with stage(connections=12) as on:
        await on.poll()
        await go_to(on, field)
        await on.press("enter", *typed, "enter")
        await on.poll()
        assert last_request(on) == {"activeOnly": "true", name: sent}
        await on.press("x")
        await on.poll()
        assert last_request(on) == {"activeOnly": "true"}


async def test_show_lifts_active_only() -> None:
    async with stage(connections=12) as on:
        await on.poll()
        live = on.table.row_count
        await go_to(on, "active_only")
        await on.press("enter")
        await on.poll()
        assert on.gate.asked[-1] == Query(active_only=False)
        # A part of the answer has bounds; what is asked is all the same.
        assert last_request(on).keys() <= {"timeStart", "timeEnd"}
        assert "live and ended" in on.text()
        assert on.table.row_count > live


async def test_a_value_seen_is_chosen_with_its_count_and_unchosen() -> None:
    async with stage(connections=60) as on:
        await on.poll()
        count = on.column("service").count("coinapi-ws")
        assert f"coinapi-ws{' ' * 13}" in on.text()
        await go_to(on, "service")
        await on.press("down", "enter")
        assert "asking…" in on.text()
        await on.poll()
        assert last_request(on) == {"activeOnly": "true", "serviceName": "coinapi-ws"}
        assert set(on.column("service")) == {"coinapi-ws"}
        assert on.table.row_count == count
        assert "query live only · service coinapi-ws" in on.text()
        await on.press("enter")
        await on.poll()
        assert last_request(on) == {"activeOnly": "true"}


REFUSED = [
    ("api_key_id", "not-a-uuid", "an API key id is a uuid"),
    ("minutes", "soon", "minutes is a whole number"),
    ("minutes", "0", "minutes is a whole number"),
    ("limit", "99999999999", "limit is a whole number"),
    ("time_start", "yesterday", "the start is a UTC time"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("field", "typed", "words"), REFUSED)
async def test_what_the_endpoint_would_refuse_is_refused_in_the_pane_in_words(
    field: str, typed: str, words: str
) -> None:
    async with stage(connections=5) as on:
        await on.poll()
        await go_to(on, field)
        await on.press("enter", *typed, "enter")
        shown = " ".join(on.text().replace("│", "  ").split())
        assert on.watch.poller.query.is_default
        assert all(word in shown for word in words.split())
        await on.press("escape", "escape")
        assert on.table.has_focus


@pytest.mark.slow
async def test_an_end_before_the_start_and_minutes_with_a_start_are_refused() -> None:
    async with stage(connections=5) as on:
        await on.poll()
        await go_to(on, "time_start")
        await on.press("enter", *"2024-01-15T13:00:00Z", "enter")
        await on.poll()
        await go_to(on, "time_end") if on.table.has_focus else await on.press("down")
        await on.press("enter", *"2024-01-15T12:00:00Z", "enter")
        assert "the end lies before" in on.text()
        assert on.watch.poller.query.time_end is None
        await on.press("escape", "home", "down", "enter", *"30", "enter")
        assert "give either minutes or" in on.text()
        assert on.watch.poller.query.minutes is None


async def test_a_span_back_is_counted_from_the_servers_time() -> None:
    async with stage(connections=5) as on:
        await on.poll(35)
        await go_to(on, "time_start")
        await on.press("enter", *"15m", "enter")
        await on.poll(0)
        assert last_request(on)["timeStart"].startswith("2024-01-15T14:16:0")


async def test_a_late_answer_to_an_old_question_is_dropped() -> None:
    async with stage(connections=20) as on:
        await on.poll()
        before = on.watch.fleet
        on.watch.poller.refresh()
        await on.until(lambda: on.watch.poller.asking_since is not None)
        await go_to(on, "service")
        await on.press("down", "enter")
        on.gate.release()
        await on.until(lambda: len(on.gate.asked) == 2)
        await on.settle()
        assert on.watch.fleet is before
        on.gate.release()
        await on.until(lambda: on.watch.fleet is not before)
        assert on.watch.fleet.query.service == "coinapi-ws"
        assert len(on.gate.asked) == 3


async def test_nothing_has_opened_or_left_across_a_change_of_the_question() -> None:
    async with stage(connections=40) as on:
        await on.polls(3)
        await go_to(on, "service")
        await on.press("down", "enter")
        await on.poll()
        assert on.watch.fleet.events == ()
        assert not any("gone" in state for state in on.column("state"))
        await on.press("x")
        await on.poll()
        assert on.watch.fleet.events == ()
        assert not any(one.fresh for one in on.watch.fleet.tracked.values())


async def test_slash_filters_what_is_shown_while_typing_and_survives_refreshes() -> None:
    async with stage(connections=60) as on:
        await on.poll()
        total = on.table.row_count
        expected = on.column("service").count("coinapi-ws")
        await on.press("slash", *"service:coinapi-ws")
        assert on.table.row_count == expected
        await on.press("enter")
        await on.polls(3)
        assert set(on.column("service")) == {"coinapi-ws"}
        assert f"of {len(on.watch.fleet.tracked)}" in on.text()
        assert last_request(on) == {"activeOnly": "true"}
        await on.press("slash", "home", "exclamation_mark", "enter")
        assert "coinapi-ws" not in on.column("service")
        await on.press("escape")
        assert on.table.row_count >= total - 5


async def test_an_unfinished_regex_never_blanks_the_list() -> None:
    async with stage(connections=40) as on:
        await on.poll()
        total = on.table.row_count
        await on.press("slash", *"/(us-east|eu")
        assert on.table.row_count == total
        assert "not closed" in on.text()
        await on.press("slash")
        assert on.table.row_count == total
        assert "cannot be read" in on.text()
        await on.press("backspace", *")/")
        assert 0 < on.table.row_count <= total
        assert all("us-east" in dc or "eu" in dc for dc in on.column("dc"))


async def test_a_filter_that_nothing_passes_says_so() -> None:
    async with stage(connections=5) as on:
        await on.poll()
        await on.press("slash", *"zzzz", "enter")
        assert "passes the filter of /. Esc clears it." in on.text()
        await on.press("escape")
        assert on.table.row_count > 0
