"""Answers that are not 200."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.standin.asking import KEY, NOON, PATH, asking, asking_fleet
from tui.standin.clock import ManualClock
from tui.standin.embedded import serving
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


def outcomes(url: str, count: int) -> list[str]:
    """What becomes of some requests: a status, or how much of the body arrived."""
    found: list[str] = []
    for _ in range(count):
        try:
            answer = httpx.get(url + PATH, headers={"Authorization": KEY})
        except httpx.RemoteProtocolError as error:
            received = re.search(r"received (\d+) bytes, expected (\d+)", str(error))
            assert received is not None
            part, whole = int(received[1]), int(received[2])
            assert part in (0, whole // 2)
            found.append("cut within" if part else "cut before")
        else:
            assert answer.headers["Date"] == "Mon, 15 Jan 2024 12:00:00 GMT"
            assert answer.status_code != 502 or answer.content == b""
            found.append(str(answer.status_code))
    return found


@pytest.mark.slow
def test_api_flaky_fails_every_second_request_in_changing_ways_and_can_be_ended(
    capfd: pytest.CaptureFixture[str],
) -> None:
    clock = ManualClock(NOON)
    script = Script([Switch(clock.now(), "api-flaky")])
    app = create_app(
        Fleet(seed=1, connections=10), api_key=KEY, clock=clock, script=script, log=None
    )
    with serving(app) as url:
        found = outcomes(url, 32)
        script.switch("calm", clock.now())
        assert outcomes(url, 8) == ["200"] * 8
    assert {each: found.count(each) for each in set(found)} == {
        "200": 16,
        "503": 4,
        "502": 4,
        "cut within": 4,
        "cut before": 4,
    }
    failed = [outcome != "200" for outcome in found]
    assert not any(all(failed[place : place + 3]) for place in range(len(failed)))
    assert failed != failed[:2] * 16
    assert capfd.readouterr() == ("", "")
