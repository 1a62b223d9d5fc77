"""Apprise, with a real mail over a real SMTP server."""

import builtins
import email
import email.policy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.alert.letters import letter
from tests.canary import CANARY
from tests.ports import reserved_port
from tui.alert.apprise import Apprise
from tui.alert.channel import SendError

# Of a module that a library of its imports.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


class Mailbox:
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope)
        return "250 OK"


@contextmanager
def serving(box: Mailbox, port: int) -> Iterator[None]:
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield
    finally:
        server.stop()


def refusal(addresses: str) -> str:
    with pytest.raises(SendError) as caught:
        Apprise(lambda: addresses).send(letter())
    assert CANARY not in caught.value.sentence
    return caught.value.sentence


def test_a_mail_arrives() -> None:
    box = Mailbox()
    with reserved_port() as port, serving(box, port):
        Apprise(
            lambda: (
                f"# on call\nmailto://127.0.0.1:{port}?mode=insecure&from=conntop@example.com"
                "&to=oncall@example.com&format=text\n"
            )
        ).send(letter())
    [envelope] = box.mails
    assert envelope.rcpt_tos == ["oncall@example.com"]
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert mail["Subject"] == "conntop prod: ALERT silent > 5 for 30s"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "6 silent of 26, for 30s — all 6 are on host ws-server-01" in body.get_content()


def test_what_fails_is_told_by_the_name_of_the_service() -> None:
    assert refusal(f"nosuch://{CANARY} json://user:{CANARY}@127.0.0.1:1/") == (
        "address 1 is of no service that it knows, JSON has not taken it"
    )
    assert refusal("# nothing\n") == "there is no address: give one like slack://…"


def test_without_the_package_one_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known: Callable[..., object] = builtins.__import__

    def no_apprise(name: str, *args: Any, **options: Any) -> object:
        if name == "apprise":
            raise ImportError(name)
        return known(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", no_apprise)
    assert refusal("json://x") == "needs one more package: pip install 'conntop[apprise]'"
