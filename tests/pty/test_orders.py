"""An order to end, from outside, at moments at which a program might not hear it."""

from __future__ import annotations

import signal
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.canary import CANARY
from tests.ports import reserved_port
from tests.pty.terminal import CONNTOP, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.fault(23)

SOON = 2.0
"""Seconds within which it is obeyed."""


@pytest.fixture
def asking() -> Iterator[str]:
    """The address of an endpoint that lets us ask and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def nobody() -> Iterator[str]:
    """The address of an endpoint that is down."""
    with reserved_port() as port:
        yield f"http://127.0.0.1:{port}"


def twice(terminal: Terminal) -> None:
    terminal.signal(signal.SIGTERM)
    terminal.signal(signal.SIGTERM)


ORDERS: dict[str, tuple[Callable[[Terminal], None], set[int]]] = {
    "SIGINT": (lambda terminal: terminal.signal(signal.SIGINT), {130}),
    "SIGTERM": (lambda terminal: terminal.signal(signal.SIGTERM), {143}),
    "SIGHUP": (lambda terminal: terminal.signal(signal.SIGHUP), {129}),
    # The second may find a program that has done all and only has to go: 143 to a shell as well.
    "SIGTERM twice": (twice, {143, -signal.SIGTERM}),
    "terminal lost": (Terminal.lose, {129}),
}
"""By name, what comes from outside, and the exit codes there may be after it."""


@pytest.mark.parametrize(("order", "codes"), ORDERS.values(), ids=ORDERS.keys())
def test_an_order_from_outside_ends_it_whatever_it_is_doing(
    order: Callable[[Terminal], None], codes: set[int], asking: str, nobody: str
) -> None:
    moments = {
        "a question is under way": (f"--url={asking}", r"no answer yet|connecting to"),
        "a menu is open": (f"--url={asking}", r"q Quit"),
        "the endpoint is down": (f"--url={nobody}", "link down"),
        "the welcome": ("--every=5", "for the demo"),
    }
    with ExitStack() as stack:
        terminals = {}
        for moment, (option, _) in moments.items():
            key = {} if moment == "the welcome" else {"CONNTOP_API_KEY": CANARY}
            command = [*CONNTOP, "monitor", option]
            terminals[moment] = stack.enter_context(Terminal(command, environment=key))
        for moment, (_, seen) in moments.items():
            terminals[moment].until(seen)
        terminals["a menu is open"].send("s")
        terminals["a menu is open"].until("Sort by")
        for terminal in terminals.values():
            order(terminal)
        for terminal in terminals.values():
            assert terminal.exit_code(SOON) in codes
            if not terminal.is_lost:
                assert terminal.left() == set()
                assert terminal.afterwards == ""
