"""Answers that are not 200."""

from __future__ import annotations

from tests.standin.asking import KEY, NOON, asking, asking_fleet
from tui.standin.clock import ManualClock
from tui.standin.scenarios import Script, Switch
from tui.standin.server import create_app
from tui.standin.simulator import Fleet


def test_api_down_answers_503_in_all_three_shapes_and_can_be_ended() -> None:
    with asking_fleet() as (asker, _):
        asker.play("api-down")
        answers = [asker.get() for _ in range(6)]
        assert {answer.status_code for answer in answers} == {503}
        kinds = [answer.headers.get("Content-Type") for answer in answers]
        assert kinds[:3] == kinds[3:]
        assert set(kinds) == {"application/json", None, "application/problem+json"}
        assert {
            answer.content for answer in answers if answer.headers.get("Content-Type") is None
        } == {b""}
        assert asker.request("GET", "/standin").json()["scenario"] == "api-down"
        assert asker.play("calm").status_code == 200
        assert asker.get().status_code == 200


def test_api_slow_answers_after_several_seconds() -> None:
    waits: list[float] = []
    clock = ManualClock(NOON)

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.advance(seconds)

    app = create_app(
        Fleet(seed=1, connections=10),
        api_key=KEY,
        clock=clock,
        script=Script([Switch(clock.now(), "api-slow")]),
        sleep=sleep,
    )
    with asking(app) as asker:
        answers = [asker.get() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert all(3 <= wait <= 10 for wait in waits)
    assert len(waits) == 3
    assert answers[0].headers["Date"] == "Mon, 15 Jan 2024 12:00:03 GMT"


def test_api_429_says_when_to_try_again() -> None:
    with asking_fleet() as (asker, _):
        asker.play("api-429")
        answer = asker.get()
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "5"
        assert answer.headers["X-RateLimit-Limit"] == "60"
        assert answer.headers["X-RateLimit-Remaining"] == "0"
        assert answer.headers["X-RateLimit-Used"] == "60"
        assert answer.headers["X-RateLimit-Reset"] == "2024-01-15T12:00:05.0000000Z"
        assert answer.json() == {"error": "Too many requests."}
