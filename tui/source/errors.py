"""HTTP's ways of saying no, each turned into one clear sentence.

The vendor's products answer errors in three shapes: ``{"error": "…"}``, an empty body, and ASP.NET
ProblemDetails ``{type, title, status, detail, instance, errors{field: […]}}``.
"""

import json
import os
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from tui.core.safe import safe
from tui.core.snapshot import Trouble
from tui.source.base import SourceError
from tui.source.endpoint import Endpoint

_SAID = 160


def said_by(body: bytes, secret: str = "") -> str:
    """What an error body says, in one line, or an empty text.

    Some servers name the key that they refuse: ``secret`` is taken out of what they say.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, dict):
        return ""
    parts = []
    errors = document.get("errors")
    if isinstance(errors, dict):
        for field, messages in errors.items():
            listed = messages if isinstance(messages, list) else [messages]
            parts.append(f"{field}: {' '.join(str(message) for message in listed)}")
    for name in ("error", "detail", "title", "message"):
        if not parts and isinstance(document.get(name), str):
            parts.append(document[name])
    return safe(_without("; ".join(parts).strip(), secret), _SAID)


def _without(text: str, secret: str) -> str:
    return text.replace(secret, "•••") if secret else text


def refusal(
    response: httpx.Response, body: bytes, now: datetime | None = None, secret: str = ""
) -> SourceError:
    """The error that a response other than 200 means.

    Args:
        response: the response; only its status and headers are read, ``location`` also where it
            stands among the extensions.
        body: its body, cut at some length.
        now: the time, to read a ``Retry-After`` that is a date; by default the server's own, as
            its ``Date`` header tells it, or else this machine's.
        secret: the API key, which must not be in the sentence even where the server says it.
    """
    code = response.status_code
    said = said_by(body, secret)
    because = f": {said}" if said else ""
    wait = _longest_wait(response.headers, now)
    if code == 400:
        return SourceError(
            Trouble.QUERY, f"the endpoint refuses the query (400){because}", retryable=False
        )
    if code == 401:
        hint = because or ": check it; a new key can need some minutes to be known"
        return SourceError(Trouble.KEY, f"the API key was refused (401){hint}", retryable=False)
    if code == 403:
        return SourceError(
            Trouble.KEY, f"the API key may not read connections (403){because}", retryable=False
        )
    if code == 429:
        told = f", told to wait {wait:.0f} s" if wait else ""
        return SourceError(Trouble.RATE, f"asked too often (429){told}{because}", retry_after=wait)
    if 300 <= code < 400:
        there = response.headers.get("location", response.extensions.get("location", "nowhere"))
        target = safe(_without(there, secret), 80)
        return SourceError(
            Trouble.ANSWER,
            f"the endpoint redirects to {target}, which is not followed: check the URL",
            retryable=False,
        )
    if code >= 500:
        return SourceError(
            Trouble.SERVER, f"the endpoint fails ({code}){because}", retry_after=wait
        )
    hint = because or ": check the URL"
    return SourceError(Trouble.ANSWER, f"not the endpoint's answer ({code}){hint}", retryable=False)


def _longest_wait(headers: httpx.Headers, now: datetime | None) -> float | None:
    """What is asked for by the one ``Retry-After`` that asks for most, should there be several."""
    now = now or _moment(headers.get("date", "")) or datetime.now(UTC)
    waits = [retry_after(value, now) for value in headers.get_list("retry-after")]
    return max((wait for wait in waits if wait is not None), default=None)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` header asks for: a number or a date; ``None`` if unusable."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:10])
    moment = _moment(text)
    if moment is None:
        return None
    seconds = (moment - now).total_seconds()
    return seconds if seconds > 0 else None


def _moment(text: str) -> datetime | None:
    """An HTTP date."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def late(endpoint: Endpoint, timeout: float, *, proxied: bool = False) -> SourceError:
    """The error that no whole answer within ``timeout`` seconds means."""
    where = _way(endpoint, proxied)
    return SourceError(Trouble.TIMEOUT, f"{where} gave no whole answer within {timeout:g} s")


def broken(
    error: Exception, endpoint: Endpoint, timeout: float, *, proxied: bool = False
) -> SourceError:
    """The error that an exception of the transport means.

    Args:
        error: the exception.
        endpoint: was asked.
        timeout: seconds that it had.
        proxied: whether a proxy stands in between, which may be the one that is broken.
    """
    where = _way(endpoint, proxied)
    if isinstance(error, httpx.ConnectTimeout):
        return SourceError(Trouble.UNREACHABLE, f"cannot reach {where}: no answer to connecting")
    if isinstance(error, httpx.TimeoutException):
        return late(endpoint, timeout, proxied=proxied)
    if isinstance(error, httpx.ProxyError):
        return SourceError(Trouble.UNREACHABLE, f"the proxy refuses: {safe(str(error), _SAID)}")
    if isinstance(error, httpx.DecodingError):
        return SourceError(Trouble.ANSWER, f"the answer of {where} is damaged")
    return SourceError(Trouble.UNREACHABLE, f"cannot reach {where}: {_reason(error)}")


def _way(endpoint: Endpoint, proxied: bool) -> str:
    return f"{endpoint.host} through the proxy" if proxied else endpoint.host


def _reason(error: BaseException) -> str:
    """The plainest reason in a chain of exceptions."""
    text = str(error)
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return f"its certificate is not accepted ({safe(seen.verify_message, _SAID)})"
        if isinstance(seen, ssl.SSLError):
            return f"TLS fails ({safe(getattr(seen, 'reason', None) or str(seen), _SAID)})"
        if isinstance(seen, OSError) and seen.errno and "Connect call failed" in str(seen):
            return os.strerror(seen.errno).lower()
        text = str(seen) or text
        if isinstance(seen, BaseExceptionGroup):
            # One for each address of the name; they mostly say the same.
            seen = seen.exceptions[0]
        else:
            seen = seen.__cause__ or seen.__context__
    lowered = text.lower()
    if "name or service not known" in lowered or "name resolution" in lowered:
        return "its name is not known: check the URL and the network"
    if "nodename nor servname" in lowered or "no address associated" in lowered:
        return "its name is not known: check the URL and the network"
    if "refused" in lowered or "all connection attempts failed" in lowered:
        return "connection refused"
    if any(word in lowered for word in ("reset", "disconnected", "incomplete", "peer closed")):
        return "it closed the connection in the middle"
    if "buffer too long" in lowered:
        return "its headers have no end"
    return safe(text, _SAID) or type(error).__name__
