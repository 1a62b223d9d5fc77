"""All ways to end: the terminal is as it was, the exit code tells how, nothing stays behind."""

from __future__ import annotations

import signal

import pytest
from textual.drivers._writer_thread import MAX_QUEUED_WRITES

from tests.pty.programs import ROW, demo, demos
from tests.pty.terminal import CONNTOP, Terminal, children, runs

pytestmark = pytest.mark.fault(23)

SOON = 2.0
"""Seconds within which an order from outside is obeyed; the program gives itself one of them."""

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def test_ctrl_c_quits() -> None:
    with demo() as terminal:
        (stand_in,) = children(terminal.process.pid)
        terminal.send("/abc\x03")
        assert terminal.exit_code(SOON) == 0
        assert terminal.left() == set()
        assert terminal.afterwards == ""
        assert not runs(stand_in)


def test_a_signal_ends_it() -> None:
    with demos([{}] * len(SIGNALS)) as terminals:
        stand_ins = [child for each in terminals for child in children(each.process.pid)]
        for terminal, number in zip(terminals, SIGNALS, strict=True):
            terminal.signal(number)
        for terminal, code in zip(terminals, SIGNALS.values(), strict=True):
            assert terminal.exit_code(SOON) == code
            assert terminal.left() == set()
            assert terminal.afterwards == ""
        assert len(stand_ins) == len(SIGNALS)
        assert not any(map(runs, stand_ins))


@pytest.mark.parametrize("moment", [rb"\x1b\[\?1049h", rb"\x1b\[\?2004h"])
def test_a_signal_in_the_middle_of_the_start_ends_it(moment: bytes) -> None:
    with Terminal([*CONNTOP, "demo", "--connections=40"]) as terminal:
        terminal.until_sent(moment)
        terminal.signal(signal.SIGTERM)
        assert terminal.exit_code(SOON) == 143
        assert terminal.left() == set()
        assert terminal.afterwards == ""


@pytest.mark.parametrize("controlling", [True, False], ids=["told", "untold"])
def test_it_ends_with_its_terminal(controlling: bool) -> None:
    """``untold``: no SIGHUP comes, as with some container runtimes; only the line is dead."""
    command = [*CONNTOP, "demo", "--connections=40"]
    with Terminal(command, controlling=controlling) as terminal:
        terminal.until(ROW)
        (stand_in,) = children(terminal.process.pid)
        terminal.lose()
        assert terminal.exit_code(SOON) == 129
        assert not runs(stand_in)


@pytest.mark.parametrize("lost", [False, True], ids=["signal", "lost"])
def test_it_ends_while_its_terminal_takes_nothing(lost: bool) -> None:
    """As with an SSH connection that hangs: what is drawn goes nowhere and blocks the drawing."""
    with demo() as terminal:
        (stand_in,) = children(terminal.process.pid)
        terminal.jam()
        # Twice as many screens as Textual's own driver queues before its app waits with them.
        terminal.send("?q" * MAX_QUEUED_WRITES)
        terminal.until_idle()
        if lost:
            terminal.lose()
        else:
            terminal.signal(signal.SIGTERM)
        assert terminal.exit_code(SOON) == (129 if lost else 143)
        terminal.until_true(lambda: not runs(stand_in), within=SOON)
        assert lost or "line" not in terminal.left()


def test_the_stand_in_ends_by_itself_when_its_parent_is_killed() -> None:
    with demo() as terminal:
        (stand_in,) = children(terminal.process.pid)
        terminal.signal(signal.SIGKILL)
        assert terminal.exit_code() == -signal.SIGKILL
        terminal.until_true(lambda: not runs(stand_in), within=SOON)
