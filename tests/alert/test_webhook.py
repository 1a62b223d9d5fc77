"""The webhook, over real sockets: what is posted, how it is signed, and when it is tried again."""

import hashlib
import hmac
import json
import threading

import pytest

from tests.alert.letters import letter
from tests.alert.receiver import Received, receiving
from tests.canary import CANARY
from tests.ports import reserved_port
from tui.alert.channel import Letter, SendError
from tui.alert.webhook import Webhook
from tui.source.secret import Secret

SECRET = "correct horse battery staple"
NOW = 1_705_329_042.7


def webhook(url: str, *, signed: bool = True) -> Webhook:
    return Webhook(
        lambda: Secret(url),
        (lambda: Secret(SECRET)) if signed else None,
        pauses=(0.0, 0.0),
        now=lambda: NOW,
    )


def refusal(url: str) -> str:
    with pytest.raises(SendError) as caught:
        webhook(url).send(letter())
    assert CANARY not in caught.value.sentence
    return caught.value.sentence


def is_signed(got: Received) -> bool:
    """As a receiver would check it, in code of its own."""
    parts = dict(part.split("=", 1) for part in got.headers["X-Conntop-Signature"].split(","))
    wanted = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + got.body, hashlib.sha256)
    return parts["t"] == str(int(NOW)) and hmac.compare_digest(wanted.hexdigest(), parts["v1"])


def test_an_alert_is_posted_as_signed_json() -> None:
    one = letter()
    with receiving() as receiver:
        webhook(f"{receiver.url}/hook?a=b").send(one)
    [got] = receiver.got
    assert got.path == "/hook?a=b"
    assert got.headers["Content-Type"] == "application/json"
    assert is_signed(got)
    document = json.loads(got.body)
    assert got.headers["X-Conntop-Id"] == got.headers["Idempotency-Key"] == document["id"]
    assert got.headers["X-Conntop-Kind"] == "alert"
    del document["sent_at"]
    assert document == {
        "version": 1,
        "kind": "alert",
        "id": one.identity,
        "context": "prod",
        "title": "conntop prod: ALERT silent > 5 for 30s",
        "text": "⚑ silent > 5 for 30s: 6 silent of 26, for 30s — all 6 are on host ws-server-01",
        "severity": "warning",
        "held_back": 0,
        "more_held_back": False,
        "alerts": [
            {
                "context": "prod",
                "status": "firing",
                "name": "silent > 5 for 30s",
                "rule": "silent > 5 for 30s",
                "severity": "warning",
                "sentence": "6 silent of 26, for 30s",
                "why": "all 6 are on host ws-server-01",
                "since": "2024-01-15T14:30:12.0000000Z",
                "at": "2024-01-15T14:30:42.0000000Z",
                "lasted_seconds": 30.0,
                "count": 6,
                "total": 26,
                "again": False,
            }
        ],
    }


def test_no_text_is_too_odd_for_json() -> None:
    with receiving() as receiver:
        webhook(receiver.url).send(Letter("a", ("# Ünïcode \ud800",), kind="handover"))
    [got] = receiver.got
    assert is_signed(got)
    assert json.loads(got.body)["text"] == "# Ünïcode ?"


def test_without_a_secret_nothing_is_signed() -> None:
    with receiving() as receiver:
        webhook(receiver.url, signed=False).send(letter())
    assert "X-Conntop-Signature" not in receiver.got[0].headers


@pytest.mark.parametrize("code", [500, 503, 429, 408])
def test_what_may_pass_is_tried_again_with_the_same_id(code: int) -> None:
    with receiving(code, code) as receiver:
        webhook(receiver.url).send(letter())
    assert len(receiver.got) == 3
    assert len({one.headers["X-Conntop-Id"] for one in receiver.got}) == 1


def test_three_tries_are_enough() -> None:
    with receiving(500, 502, 503, 500) as receiver:
        assert refusal(f"{receiver.url}/{CANARY}") == "http://127.0.0.1: 503, tried 3 times"
    assert len(receiver.got) == 3


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (404, "http://127.0.0.1: 404"),
        (
            302,
            "http://127.0.0.1: 302, a redirect, which is not followed: give the address it leads "
            "to",
        ),
    ],
)
def test_what_does_not_mend_itself_is_tried_once(code: int, sentence: str) -> None:
    with receiving((code, {"Location": "http://127.0.0.1:1/"})) as receiver:
        assert refusal(receiver.url) == sentence
    assert len(receiver.got) == 1


def test_nobody_there() -> None:
    with reserved_port() as port:
        url = f"http://127.0.0.1:{port}/{CANARY}"
        assert refusal(url) == "http://127.0.0.1: no connection (Connection refused), tried 3 times"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (f"http://example.com/{CANARY}", "http://example.com is not encrypted: use https"),
        (f"ftp://example.com/{CANARY}", "its address cannot be read: give one like https://"),
        (f"https://[{CANARY}", "its address cannot be read: give one like https://"),
        (f"https://example.com:x{CANARY}/", "its address cannot be read: give one like https://"),
    ],
)
def test_an_address_that_gets_nothing(address: str, sentence: str) -> None:
    assert refusal(address).startswith(sentence)


def test_a_secret_that_is_not_there_sends_nothing_unsigned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tui.config.key import from_variable

    monkeypatch.delenv("NO_SUCH", raising=False)
    with receiving() as receiver:
        hook = Webhook(
            lambda: Secret(receiver.url), from_variable("NO_SUCH", "webhook secret").read
        )
        with pytest.raises(SendError, match="NO_SUCH is not set: it has to hold the webhook sec"):
            hook.send(letter())
    assert not receiver.got


def test_the_end_of_the_program_ends_the_tries() -> None:
    with receiving(500, 500) as receiver:
        hook = Webhook(lambda: Secret(receiver.url), pauses=(60.0, 60.0))
        told: list[str] = []

        def send() -> None:
            with pytest.raises(SendError) as caught:
                hook.send(letter())
            told.append(caught.value.sentence)

        sender = threading.Thread(target=send)
        sender.start()
        hook.close()
        sender.join(10)
        assert told == ["http://127.0.0.1: 500"]
    assert len(receiver.got) == 1
