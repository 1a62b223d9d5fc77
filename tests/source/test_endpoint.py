"""Only https, or this machine itself, is ever asked with the key."""

import pytest
from hypothesis import given

from tests.strategies import hostile_texts
from tui.core.safe import safe
from tui.source.endpoint import DEFAULT_URL, PATH, EndpointError, parse_endpoint


@pytest.mark.parametrize(
    ("text", "base", "host"),
    [
        (DEFAULT_URL, DEFAULT_URL, "api-console.apibricks.io"),
        (f" {DEFAULT_URL}/ ", DEFAULT_URL, "api-console.apibricks.io"),
        (DEFAULT_URL + PATH, DEFAULT_URL, "api-console.apibricks.io"),
        (DEFAULT_URL + PATH + "/", DEFAULT_URL, "api-console.apibricks.io"),
        ("https://h:8443/gate/", "https://h:8443/gate", "h:8443"),
        (f"https://h/gate{PATH}", "https://h/gate", "h"),
        ("HTTPS://Example.ORG", "https://example.org", "example.org"),
        ("https://[2001:db8::1]:444", "https://[2001:db8::1]:444", "[2001:db8::1]:444"),
    ],
)
def test_a_base_address_is_taken_with_or_without_the_path(text: str, base: str, host: str) -> None:
    endpoint = parse_endpoint(text)
    assert (endpoint.base, endpoint.host, endpoint.loopback) == (base, host, False)
    assert endpoint.url == base + PATH


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8000",
        "http://127.1.2.3",
        "http://[::1]:8000",
        "http://localhost:8000",
        "http://LOCALHOST",
        "https://127.0.0.1",
    ],
)
def test_this_machine_is_asked_without_encryption_too(text: str) -> None:
    assert parse_endpoint(text).loopback


@pytest.mark.parametrize(
    "text",
    [
        "http://api-console.apibricks.io",
        "http://192.168.1.1",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://128.0.0.1",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "http://127.0.0.1\\.example.org",
        "http://[2001:db8::1]",
        "http://127.1",
    ],
)
def test_no_key_goes_unencrypted_to_another_machine(text: str) -> None:
    with pytest.raises(EndpointError, match="not encrypted"):
        parse_endpoint(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("https://user:pass@example.org", "user or password"),
        ("https://user@example.org", "user or password"),
        ("http://127.0.0.1@example.org", "user or password"),
        ("https://example.org/?a=b", "holds a query"),
        ("https://example.org#part", "holds a query"),
        ("", "not an address"),
        ("example.org", "not an address"),
        ("ftp://example.org", "not an address"),
        ("file:///etc/passwd", "not an address"),
        ("https://", "not an address"),
        ("https://h:port", "not an address"),
        ("https://h:99999", "not an address"),
        ("https://[::1", "not an address"),
        ("https://a\u202eb", "not an address"),
    ],
)
def test_what_cannot_be_a_base_address_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(EndpointError, match=says) as refused:
        parse_endpoint(text)
    assert "pass@" not in str(refused.value)


@given(hostile_texts().map("http://{}".format) | hostile_texts())
def test_any_text_is_a_safe_endpoint_or_is_refused_in_a_safe_sentence(text: str) -> None:
    try:
        endpoint = parse_endpoint(text)
    except EndpointError as error:
        said = str(error)
        trusted = True
    else:
        said = endpoint.host
        trusted = endpoint.loopback or endpoint.base.startswith("https://")
    assert said == safe(said, 10_000)
    assert trusted
