"""Alerts of the real program on a real terminal: through tmux, to a webhook, by a command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.alert.receiver import receiving
from tests.pty.programs import demo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_an_alert_goes_everywhere_at_once(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    with receiving() as receiver:
        config = tmp_path / "config.toml"
        config.write_text(
            f"""
            [[alerts]]
            rule = "connections > 5"
            name = "too; many"
            [notify]
            webhook = "{receiver.url}"
            webhook_secret_env = "HOOK_SECRET"
            command = ["sh", "-c", 'cat > "$0.new"; mv "$0.new" "$0"', "{told}"]
            """
        )
        environment = {
            "CONNTOP_CONFIG": str(config),
            "HOOK_SECRET": "s3cret",
            "TMUX": "/tmp/tmux-0/default,1,0",
        }
        with demo("--every=1", environment=environment) as terminal:
            terminal.until(r"⚑ alert: too; many \(since \d\d:\d\d:\d\dZ\): \d+ connections")
            terminal.until_sent(
                rb"\x07\x1bPtmux;\x1b\x1b\]9;conntop demo: ALERT too, many: [^\x1b;]*\x07\x1b\\"
                rb"\x1bPtmux;\x1b\x1b\]777;notify;conntop demo: ALERT too, many;[^\x1b;]*\x07\x1b\\"
            )
            terminal.until_true(lambda: told.exists() and bool(receiver.got))
            terminal.send("q")
            assert terminal.exit_code() == 0
            assert terminal.left() == set()
    [got] = receiver.got
    assert got.headers["X-Conntop-Signature"].startswith("t=")
    told_by_post, told_by_command = json.loads(got.body), json.loads(told.read_text())
    assert told_by_post["id"] == told_by_command["id"]
    assert told_by_post["alerts"][0]["rule"] == "connections > 5"
