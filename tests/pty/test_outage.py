"""An endpoint that is not there, comes, goes and comes back."""

from __future__ import annotations

import pytest

from tests.canary import CANARY
from tests.ports import reserved_port
from tests.pty.programs import ROW, endpoint_at, monitor

NO_ANSWER = "✕ no answer"
REASON = r"⚠ link down: cannot reach 127\.0\.0\.1:\d+: .*connect"


@pytest.mark.fault(1)
def test_an_endpoint_that_comes_and_goes() -> None:
    with (
        reserved_port() as port,
        monitor(f"http://127.0.0.1:{port}", CANARY, "--every=1") as terminal,
    ):
        terminal.until(REASON, r"next try in \d+ s", NO_ANSWER, "Nothing is known yet")

        with endpoint_at(port, CANARY):
            terminal.until(ROW, "as of .*Z", gone=[NO_ANSWER, "cannot reach"])
        terminal.until(REASON, r"for \d+s, rows are as of \d\d:\d\d:\d\dZ", ROW, NO_ANSWER)
        terminal.until(r"for [2-9]s, rows are as of", ROW)

        with endpoint_at(port, CANARY):
            terminal.until(ROW, gone=[NO_ANSWER, "cannot reach"])
            terminal.send("\r")
            terminal.until("heartbeat .* ago")
            terminal.send("q")
            terminal.until(gone=["heartbeat .* ago"])
            terminal.send("q")
            assert terminal.exit_code() == 0
        assert terminal.left() == set()
        assert CANARY not in terminal.text


@pytest.mark.slow
def test_a_refused_key_is_not_shown() -> None:
    with endpoint_at(0, "another") as stand_in, monitor(stand_in.url, CANARY) as terminal:
        terminal.until(r"the API key was refused \(401\)", "next try in")
        terminal.send("R")
        terminal.until(r"the API key was refused \(401\)")
        terminal.send("q")
        assert terminal.exit_code() == 0
        assert terminal.left() == set()
        assert CANARY not in terminal.text
