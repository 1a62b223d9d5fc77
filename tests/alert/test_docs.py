"""``docs/alerts.md`` says what is so: its rules, settings, payload and signature checks."""

import hmac
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.alert.letters import letter
from tests.config.homes import move_into
from tui.alert.webhook import signature
from tui.config import load
from tui.core.alert_rules import What, parse_rule
from tui.core.verdict import VerdictKind

PAGE = (Path(__file__).parents[2] / "docs/alerts.md").read_text(encoding="utf-8")
SECRET, BODY, NOW = "correct horse", b'{"a": "\xc3\xbc"}\n', 1_705_329_042


def blocks(language: str) -> list[str]:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


def test_its_rules_are_rules() -> None:
    lines = blocks("text")[0].splitlines()
    assert len(lines) > 5
    for line in lines:
        parse_rule(line)


def test_every_word_of_a_rule_is_on_it() -> None:
    for one in (*What, *VerdictKind):
        assert f"`{one.value}`" in PAGE


def test_its_settings_are_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into(tmp_path, monkeypatch)
    for number, text in enumerate(blocks("toml")):
        path = tmp_path / f"{number}.toml"
        path.write_text(text)
        monkeypatch.setenv("CONNTOP_CONFIG", str(path))
        settings = load()
        assert settings.alerts or settings.notify.apprise_file


def test_its_payload_has_the_fields_of_a_real_one() -> None:
    shown, real = json.loads(blocks("json")[0]), letter().payload()
    alerts: Any = real["alerts"]
    assert list(shown) == list(real)
    assert list(shown["alerts"][0]) == list(alerts[0])


def test_its_python_checks_a_signature() -> None:
    names: dict[str, Any] = {"hmac": hmac}
    exec(blocks("python")[0], names)
    is_ours, header = names["is_ours"], signature(SECRET, NOW, BODY)
    assert is_ours(SECRET.encode(), header, BODY, NOW + 20)
    assert not is_ours(SECRET.encode(), header, BODY, NOW + 500)
    assert not is_ours(SECRET.encode(), header, BODY + b" ", NOW)
    assert not is_ours(b"another", header, BODY, NOW)


def test_its_shell_checks_a_signature(tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(BODY)

    def code(header: str) -> int:
        values = {"header": header, "secret": SECRET, "body": str(body), "PATH": "/usr/bin:/bin"}
        return subprocess.run(["sh", "-c", blocks("sh")[-1]], env=values, check=False).returncode

    assert code(signature(SECRET, NOW, BODY)) == 0
    assert code(signature(SECRET, NOW, BODY + b" ")) == 1
    assert code(signature("another", NOW, BODY)) == 1
