"""``conntop config``: paths, settings in force and their check."""

from pathlib import Path

import pytest

from tests.cli.program import KEY, Run


@pytest.fixture
def settings(home: Path) -> Path:
    path = home / ".config/conntop/config.toml"
    path.parent.mkdir(parents=True)
    return path


def test_the_path(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("config", "path").out == f"{home}/.config/conntop/config.toml\n"
    monkeypatch.setenv("CONNTOP_CONFIG", "/etc/conntop.toml")
    assert run("config", "path").out == "/etc/conntop.toml\n"
    monkeypatch.setenv("CONNTOP_CONFIG", "~nobody-of-that-name/x")
    assert run("config", "path").code == 2


def test_show_without_a_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNTOP_API_KEY", KEY)
    ran = run("config", "show")
    assert (ran.code, ran.err) == (0, "")
    assert "# key: from the variable CONNTOP_API_KEY: ••••" in ran.out


def test_check(run: Run, settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("config", "check").code == 1
    monkeypatch.setenv("CONNTOP_API_KEY", KEY)
    ran = run("config", "check")
    assert (ran.code, ran.out) == (0, "default: from the variable CONNTOP_API_KEY\n")
    settings.write_text('[contexts.a]\n[contexts.b]\napi_key_env = "NOT_SET"')
    ran = run("config", "check")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out == (
        "a: from the variable CONNTOP_API_KEY\n"
        "b: the variable NOT_SET is not set: it has to hold the API key\n"
    )


def test_check_of_a_file_that_cannot_be_read(run: Run, settings: Path) -> None:
    settings.write_text("evry = 5")
    ran = run("config", "check")
    assert ran.code == 1
    assert ran.sentence == f"{settings} has no setting evry: did you mean every?"
    assert run("config", "show").code == 2
