"""Every way of saying no becomes one clear, safe sentence without the key."""

import json
import ssl
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canary import CANARY
from tests.strategies import HOSTILE, hostile_texts
from tui.core.query import Query
from tui.core.safe import safe
from tui.core.snapshot import Trouble
from tui.source.base import SourceError
from tui.source.endpoint import parse_endpoint
from tui.source.errors import broken, refusal, retry_after, said_by

NOW = datetime(2024, 1, 15, 14, 30, 25, tzinfo=UTC)
ENDPOINT = parse_endpoint("https://api-console.apibricks.io")
KEY = CANARY


def refused(
    code: int, body: bytes = b"", headers: dict[str, str] | None = None, secret: str = ""
) -> SourceError:
    return refusal(httpx.Response(code, headers=headers), body, NOW, secret)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"error": "Invalid API key"}, "Invalid API key"),
        ({"title": "Bad Request", "status": 400}, "Bad Request"),
        ({"title": "Bad Request", "detail": "limit is too large"}, "limit is too large"),
        (
            {"title": "x", "errors": {"limit": ["is too large", "is odd"]}},
            "limit: is too large is odd",
        ),
        ({"errors": {"a": ["b"], "c": "d"}}, "a: b; c: d"),
        ({"message": "no"}, "no"),
        ({"error": {"code": 5}}, ""),
        ({"error": None, "title": 5}, ""),
        ([], ""),
        ("text", ""),
        (None, ""),
    ],
)
def test_the_three_shapes_of_an_error_body_are_understood(document: object, says: str) -> None:
    assert said_by(json.dumps(document).encode()) == says


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"<html><h1>502</h1>",
        b"{",
        b"[" * 100_000,
        b'{"error":' + b"9" * 5_000 + b"}",
    ],
    ids=["empty", "no text", "html", "cut", "nested", "number"],
)
def test_a_body_that_says_nothing_costs_nothing(body: bytes) -> None:
    assert said_by(body) == ""
    assert "(503)" in refused(503, body).sentence


@pytest.mark.parametrize("depth", [900, 960, 980, 990, 995, 1_000, 1_100])
def test_a_deeply_nested_error_is_no_error_of_ours(depth: int) -> None:
    body = b'{"errors":{"a":' + b"[" * depth + b"]" * depth + b"}}"
    assert len(said_by(body)) <= 160


@pytest.mark.parametrize(
    ("code", "trouble", "retryable"),
    [
        (400, Trouble.QUERY, False),
        (401, Trouble.KEY, False),
        (403, Trouble.KEY, False),
        (404, Trouble.ANSWER, False),
        (204, Trouble.ANSWER, False),
        (206, Trouble.ANSWER, False),
        (301, Trouble.ANSWER, False),
        (307, Trouble.ANSWER, False),
        (418, Trouble.ANSWER, False),
        (429, Trouble.RATE, True),
        (500, Trouble.SERVER, True),
        (503, Trouble.SERVER, True),
        (550, Trouble.SERVER, True),
    ],
)
def test_a_status_tells_what_the_reader_can_do(
    code: int, trouble: Trouble, retryable: bool
) -> None:
    error = refused(code)
    assert (error.trouble, error.retryable) == (trouble, retryable)
    assert error.sentence == str(error)
    if not 300 <= code < 400:
        assert str(code) in error.sentence


def test_what_the_server_says_is_passed_on() -> None:
    for code in (400, 401, 403, 404, 429, 500):
        assert refused(code, b'{"error": "tea only"}').sentence.endswith(": tea only")


def test_a_redirect_names_its_target_and_is_not_followed() -> None:
    sentence = refused(302, headers={"Location": "https://portal.example/login"}).sentence
    assert "https://portal.example/login" in sentence
    assert "not followed" in sentence
    assert "nowhere" in refused(302).sentence


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("30", 30.0),
        (" 30 ", 30.0),
        ("1000000000", 1e9),
        ("9" * 400, 9_999_999_999.0),
        ("Mon, 15 Jan 2024 14:31:25 GMT", 60.0),
        ("Mon, 15 Jan 2024 14:31:25 -0000", 60.0),
        ("Mon, 15 Jan 2024 14:30:25 GMT", None),
        ("Mon, 15 Jan 2024 13:00:00 GMT", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        ("Mon, 99 Foo 2024 25:61:61 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    value: str | None, seconds: float | None
) -> None:
    assert retry_after(value, NOW) == seconds


def test_a_date_at_the_end_of_the_calendar_is_a_long_wait() -> None:
    assert (retry_after("Fri, 31 Dec 9999 23:59:59 -2359", NOW) or 0) > 1e11


@given(st.text())
def test_any_retry_after_is_a_wait_or_nothing(value: str) -> None:
    seconds = retry_after(value, NOW)
    assert seconds is None or seconds >= 0


def test_the_servers_wait_is_kept_for_limits_and_outages() -> None:
    for code in (429, 503):
        assert refused(code, headers={"Retry-After": "30"}).retry_after == 30.0
    assert "wait 30 s" in refused(429, headers={"Retry-After": "30"}).sentence
    assert "wait" not in refused(429, headers={"Retry-After": "-1"}).sentence


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("code", [302, 400, 401, 429, 500])
def test_hostile_text_in_an_error_is_safe_and_short(text: str, code: int) -> None:
    body = json.dumps({"errors": {text: [text]}, "error": text}).encode()
    location = {"Location": text.encode("ascii", "ignore").decode().replace("\n", "")}
    sentence = refused(code, body, location).sentence
    assert sentence == safe(sentence)
    assert len(sentence) < 300


@given(hostile_texts(), st.sampled_from([302, 400, 401, 403, 404, 429, 500]))
def test_the_key_is_in_no_sentence_even_where_the_server_says_it(text: str, code: int) -> None:
    padding = "x" * (len(text) * 7 % 170)
    body = json.dumps({"error": f"{padding}{KEY} {text}"}).encode()
    sentence = refused(code, body, {"Location": f"https://x/?key={KEY}"}, KEY).sentence
    assert KEY[:8] not in sentence


class Chained(httpx.ConnectError):
    """An error of the transport with a cause."""

    def __init__(self, cause: Exception) -> None:
        super().__init__("All connection attempts failed")
        self.__cause__ = cause


def verification() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "failed")
    error.verify_message = "certificate has \x1bexpired"
    return error


@pytest.mark.parametrize(
    ("error", "trouble", "says"),
    [
        (httpx.ConnectTimeout("x"), Trouble.UNREACHABLE, "no answer to connecting"),
        (httpx.ReadTimeout("x"), Trouble.TIMEOUT, "no whole answer within 15 s"),
        (httpx.PoolTimeout("x"), Trouble.TIMEOUT, "no whole answer"),
        (httpx.ProxyError("407 \x1b"), Trouble.UNREACHABLE, "the proxy refuses: 407 ␛"),
        (httpx.DecodingError("x"), Trouble.ANSWER, "damaged"),
        (Chained(ConnectionRefusedError("refused")), Trouble.UNREACHABLE, "connection refused"),
        (
            Chained(ExceptionGroup("several", [OSError(113, "Connect call failed ('::1', 1)")])),
            Trouble.UNREACHABLE,
            "no route to host",
        ),
        (Chained(OSError("Name or service not known")), Trouble.UNREACHABLE, "name is not known"),
        (Chained(OSError("nodename nor servname")), Trouble.UNREACHABLE, "name is not known"),
        (Chained(verification()), Trouble.UNREACHABLE, "certificate has ␛expired"),
        (Chained(ssl.SSLError(1, "bad record")), Trouble.UNREACHABLE, "TLS fails"),
        (httpx.ReadError("reset by peer"), Trouble.UNREACHABLE, "closed the connection"),
        (httpx.ReadError(""), Trouble.UNREACHABLE, "ReadError"),
        (httpx.InvalidURL("odd \u202e"), Trouble.UNREACHABLE, "odd \ufffd"),
    ],
)
def test_a_broken_transport_is_told_in_one_sentence(
    error: Exception, trouble: Trouble, says: str
) -> None:
    told = broken(error, ENDPOINT, 15.0)
    assert told.trouble is trouble
    assert says in told.sentence
    assert told.sentence == safe(told.sentence)
    assert told.retryable


def test_an_error_becomes_a_value_for_the_fold() -> None:
    error = refused(429, headers={"Retry-After": "30"})
    failure = error.failure(Query(limit=5), 1.5)
    assert failure.query == Query(limit=5)
    assert (failure.trouble, failure.sentence) == (Trouble.RATE, error.sentence)
    assert (failure.retry_after, failure.retryable, failure.cost.seconds) == (30.0, True, 1.5)
