"""What a stranger may have put where conntop reads: the list that every surface is tried with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tests.canary import CANARY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = Literal["text", "body", "key"]

SURFACES: dict[Kind, tuple[str, ...]] = {
    "text": (
        "record fields",
        "screens",
        "exports",
        "error body",
        "header",
        "config value",
        "file name",
    ),
    "body": ("body", "screen"),
    "key": ("key",),
}
"""By kind, where each of its inputs has to be tried."""


@dataclass(frozen=True, slots=True)
class Input:
    """One hostile input."""

    name: str
    text: str
    """As a stranger puts it into a field; of a ``body``, its hostile record, if that is one."""
    kind: Kind = "text"
    body: bytes = b""
    """Of a ``body``: all that is answered."""
    costs: str | None = None
    """Of a ``body``: what cannot be read for it, a record by the field that is wrong, or ANSWER.
    Of a ``key``: KEY where there can be no such key."""


ESC, BEL, ST = "\x1b", "\x07", "\x1b\\"
EVIL = "cHduZWQ="
"""The word that hostile clipboard texts would put there, in base64."""

TEXTS = (
    Input("clear screen", f"a{ESC}[2Jb"),
    Input("scroll", f"a{ESC}[3Sb"),
    Input("reset", f"a{ESC}cb"),
    Input("title", f"a{ESC}]0;pwned{BEL}b"),
    Input("clipboard, BEL", f"a{ESC}]52;c;{EVIL}{BEL}b"),
    Input("clipboard, ST", f"a{ESC}]52;c;{EVIL}{ST}b"),
    Input("link", f"a{ESC}]8;;http://evil.invalid{ST}click{ESC}]8;;{ST}b"),
    Input("C1 CSI", "a\x9b2Jb"),
    Input("C1 OSC", f"a\x9d52;c;{EVIL}\x9cb"),
    Input("C1 DCS", "a\x90q\x9cb"),
    Input("open DCS", f"a{ESC}Pqb"),
    Input("open APC", f"a{ESC}_Gb"),
    Input("open OSC", f"a{ESC}]0;b"),
    Input("device report", f"a{ESC}[6nb{ESC}[cb{ESC}P$qm{ST}"),
    Input("CR", "harmless\rEVIL"),
    Input("LF", "line\nEVIL"),
    Input("BS", "abc\b\b\bEVIL"),
    Input("1,000 BEL", f"a{BEL * 1_000}b"),
    Input("NUL", "a\0b"),
    Input("SO and SI", "a\x0eb\x0fc"),
    Input("DEL", "a\x7fb"),
    Input("RLO", "user\u202egnp.exe"),
    Input("isolates", "a\u2066b\u2067c\u2069d"),
    Input("zero width", "a\u200bb\u200cc\u200dd\u2060e\ufefff"),
    Input("line separators", "a\u2028b\u2029c\x85d"),
    Input("500 marks", "z" + "\u0301" * 500),
    Input("wide at an edge", "漢字" * 60),
    Input("homoglyph", "соіnарі-ws"),
    Input("tag characters", "a\U000e0041\U000e0042\U000e007fb"),
    Input("[/]", "a[/]b"),
    Input("[/x]", "a[/x]b"),
    Input("[/", "a[/"),
    Input("[link=", "a[link='javascript:x']b[/link]"),
    Input("[@click=", "a[@click=app.quit]b[/]"),
    Input("trailing backslash", "a[b]\\"),
    Input("=cmd", "=cmd|'/c calc'!A1"),
    Input("leading +", "+1+1"),
    Input("leading -", "-1+1"),
    Input("leading @", "@SUM(A1)"),
    Input("leading TAB", "\t=1+1"),
    Input("leading CR", "\r=1+1"),
    Input("quote and comma", 'a"b,c;d'),
    Input("CRLF", "a\r\nSet-Cookie: b"),
    Input("path", "../../../etc/passwd"),
    Input("300 characters", "x" * 300),
    Input("1 MiB", "y" * 2**20),
    # No UTF-8 can say it. In JSON an escape brings it, and elsewhere a byte that is no text.
    Input("lone surrogate", "a\udc80b"),
)
"""Texts, for every field and every place where a text is read."""

ANSWER = "answer"
"""The whole answer cannot be read."""
KEY = "key"
"""There is no key that can be sent."""

FIELDS = {
    "connectionId": '"hostile"',
    "organizationId": '"a1b2c3d4-e5f6-7890-abcd-ef1234567890"',
    "apikeyId": '"f1e2d3c4-b5a6-9879-8765-4321dcba0987"',
    "host": '"ws-server-01"',
    "ipAddress": '"203.0.113.195"',
    "protocolName": '"WebSocket"',
    "serviceName": '"coinapi-ws"',
    "dataCenter": '"us-east-1"',
    "lastHeartbeat": '"2024-01-15T14:30:25.1234567Z"',
    "connectionStartTime": '"2024-01-15T14:15:10.0000000Z"',
    "updatedAt": '"2024-01-15T14:30:25.1234567Z"',
    "connectionDurationSeconds": "915",
    "isActive": "true",
}
"""An ordinary record: the thirteen fields, each as it stands in JSON."""
TEXT_FIELDS = tuple(
    name for name, value in FIELDS.items() if value[0] == '"' and "T14" not in value
)
TIMES = ("lastHeartbeat", "connectionStartTime", "updatedAt")
GOOD = ("good-1", "good-2")
"""The ids of the records before and behind the hostile one."""


def record_text(changes: Mapping[str, str | None] = FIELDS, more: str = "") -> str:
    """A record in JSON.

    Args:
        changes: other values for fields, as they stand in JSON; ``None`` leaves the field out.
        more: what stands behind the last field.
    """
    fields = {**FIELDS, **changes}
    pairs = (f'"{name}": {value}' for name, value in fields.items() if value is not None)
    return f"{{{', '.join(pairs)}{more}}}"


def record_of(one: Input, place: int) -> dict[str, object]:
    """A record with a text in all its text fields, and in one that nobody knows.

    Its id begins with its place among the others, which is that of its start, the latest first.
    """
    start = json.dumps(f"2024-01-15T13:{59 - place:02}:10.0000000Z")
    record: dict[str, object] = json.loads(record_text({"connectionStartTime": start}))
    record |= dict.fromkeys((*TEXT_FIELDS, f"new-{one.text}"), one.text)
    return record | {"connectionId": f"{place:02}{one.text}"}


def beside_good_ones(record: str) -> str:
    """An array of three, with ``record`` in the middle."""
    first, last = (record_text({"connectionId": f'"{name}"'}) for name in GOOD)
    return f"[{first}, {record}, {last}]"


def _body(name: str, record: str, costs: str | None = None, encoding: str = "utf-8") -> Input:
    text = beside_good_ones(record)
    # A text that is to hold a byte which is no UTF-8 says so by the surrogate that Python has.
    errors = "surrogateescape" if encoding == "utf-8" else "strict"
    return Input(name, record, "body", text.encode(encoding, errors), costs)


def _whole(name: str, body: bytes) -> Input:
    return Input(name, "", "body", body, ANSWER)


def _fields() -> Iterator[Input]:
    """Each of the thirteen, as it should not be."""
    for name, value in FIELDS.items():
        costs = name if name == "connectionId" else None
        wrong = "5" if value[0] == '"' else '"true"'
        other = '"another"' if value[0] == '"' else value
        yield _body(f"missing {name}", record_text({name: None}), costs)
        yield _body(f"null {name}", record_text({name: "null"}), costs)
        yield _body(f"wrong {name}", record_text({name: wrong}), name)
        yield _body(f"listed {name}", record_text({name: f"[{value}]"}), name)
        yield _body(f"twice {name}", record_text({name: f'{other}, "{name}": {value}'}))
        yield _body(f"twice wrong {name}", record_text({name: f'{wrong}, "{name}": {value}'}))


def _numbers() -> Iterator[Input]:
    """What is a number in JSON, or passes for one, where it is used and where it is not."""
    used, unused = "connectionDurationSeconds", "sequence"
    for name in ("NaN", "Infinity", "-Infinity", "1e999"):
        yield _body(f"{name} as duration", record_text({used: name}), used)
        yield _body(f"{name} unused", record_text(more=f', "{unused}": {name}'))
    for name, number, costs in (
        ("-0", "-0", False),
        ("-0.0", "-0.0", False),
        ("1e-400", "1e-400", False),
        ("25 digits", "1" + "0" * 24 + "7", False),
        ("5,000 digits", "9" * 5_000, True),
    ):
        yield _body(f"{name} as duration", record_text({used: number}), used if costs else None)
        more = f', "{unused}": {number}'
        yield _body(f"{name} unused", record_text(more=more), unused if costs else None)


def _depths() -> Iterator[Input]:
    """Nesting, and texts that never end."""
    lists, objects = "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000
    yield _body("100k lists unused", record_text(more=f', "deep": {lists}'), "deep")
    yield _body("100k objects unused", record_text(more=f', "deep": {objects}'), "deep")
    yield _body("100k lists as host", record_text({"host": lists}), "host")
    yield _body("60 levels unused", record_text(more=f', "deep": {"[" * 60}{"]" * 60}'))
    yield _whole("100k lists", lists.encode())
    yield _whole("100k lists, open", b"[" * 100_000)
    yield _whole("100k objects, open", b'[{"connectionId":' * 100_000)
    for name in ("connectionId", "host", "unknown"):
        yield _body(f"1 MiB {name}", record_text({name: f'"{"y" * 2**20}"'}))


def _encodings() -> Iterator[Input]:
    plain = record_text()
    for encoding in ("utf-8-sig", "utf-16", "utf-16-be", "utf-32"):
        yield _body(encoding, plain, encoding=encoding)
    for name in ("host", "serviceName", "connectionId", "unknown"):
        yield _body(f"no UTF-8 {name}", record_text({name: '"a\udcff\udc80b"'}), name)
        yield _body(f"half a surrogate {name}", record_text({name: '"a\\ud800b"'}))
    yield _body("no UTF-8 in a name", record_text({"x\udcff": "1"}), "x\udcff")
    yield _body("names that act", record_text({r"\u001b[2J\u202e[/x]": "1", "": "2"}))
    yield _whole(
        "no UTF-8 outside of texts", beside_good_ones(f"{plain}, ~").encode()[:-1] + b"\xff]"
    )
    yield _whole("half of UTF-16", beside_good_ones(plain).encode("utf-16")[:-3])


def _times() -> Iterator[Input]:
    """Each time of a record, as others write it."""
    fine = {f"{n} digits": f"2024-01-15T14:15:10.{'1234567890'[:n]}Z" for n in range(1, 10)} | {
        "0 digits": "2024-01-15T14:15:10Z",
        "no zone": "2024-01-15T14:15:10.0000000",
        "an offset": "2024-01-15T16:15:10.0000000+02:00",
        "an offset back": "2024-01-15T04:45:10.5-0930",
        "small letters": "2024-01-15t14:15:10z",
        "year 1": "0001-01-01T00:00:00.0000000Z",
        "year 9999": "9999-12-31T23:59:59.9999999Z",
    }
    wrong = {
        "10 digits": "2024-01-15T14:15:10.1234567890Z",
        "year 0": "0000-01-01T00:00:00Z",
        "before year 1": "0001-01-01T00:00:00+14:00",
        "after year 9999": "9999-12-31T23:59:59-01:00",
        "second 61": "2024-01-15T14:15:61Z",
        "no time": "yesterday\u001b[2J",
    }
    for name, text in (fine | wrong).items():
        for field in TIMES:
            costs = field if name in wrong else None
            yield _body(f"{name}, {field}", record_text({field: json.dumps(text)}), costs)


def _others() -> Iterator[Input]:
    for text in ("5", "null", "[]", "true", '"text"', '["connectionId"]'):
        yield _body(f"{text} as record", text, "record")
    yield _body("no record", "{}", "connectionId")
    yield _body("no id", record_text({"connectionId": '""'}), "connectionId")
    earlier = record_text({"host": '"another"'})
    yield _body("the same id twice", f"{earlier}, {record_text()}")
    whole = beside_good_ones(record_text()).encode()
    yield _whole("an object", record_text().encode())
    yield _whole("an object around", b'{"data": ' + whole + b"}")
    yield _whole("lines", whole[1:-1].replace(b"}, {", b"}\n{"))
    yield _whole("empty", b"")
    yield _whole("blank", b" \r\n")
    yield _whole("null", b"null")
    yield _whole("a text", b'"text"')
    yield _whole("a number", b"17")
    yield _whole("cut", whole[:-20])
    yield _whole("more behind it", whole + b"x")
    yield _whole(NO_CONTENT, b"")


NO_CONTENT = "204"
"""Name of the one that comes with another status than 200."""
BODIES = (*_fields(), *_numbers(), *_depths(), *_encodings(), *_times(), *_others())
"""What the endpoint may answer."""

KEYS = (
    Input("newline inside", f"{CANARY}\n{CANARY}", "key", costs=KEY),
    Input("newline at its end", f"{CANARY}\n", "key"),
    Input("blanks around", f" \t{CANARY} ", "key"),
    Input("CRLF and a header", f"{CANARY}\r\nX-Evil: 1", "key", costs=KEY),
    Input("NUL", f"{CANARY}\0", "key", costs=KEY),
    Input("no ASCII", f"{CANARY}ключ", "key", costs=KEY),
    Input("no UTF-8", f"{CANARY}\udcff", "key", costs=KEY),
    Input("clear screen", f"{CANARY}{ESC}[2J", "key", costs=KEY),
    Input("DEL", f"{CANARY}\x7f", "key", costs=KEY),
    Input("zero width", f"{CANARY}\u200b", "key", costs=KEY),
    Input("a word before it", f"Bearer {CANARY}", "key", costs=KEY),
    Input("1 MiB", CANARY * (2**20 // len(CANARY)), "key", costs=KEY),
    Input("empty", "", "key", costs=KEY),
    Input("blank", " \n", "key", costs=KEY),
)
"""What may stand where the API key is looked for."""

INPUTS = (*TEXTS, *BODIES, *KEYS)
"""All of them."""
