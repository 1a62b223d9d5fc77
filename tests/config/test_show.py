"""``config show`` and ``config check``: what is in force, and never a key."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canary import CANARY
from tests.config.conftest import Write
from tui import __version__
from tui.config import load
from tui.config.show import check_contexts, show_settings, toml_text
from tui.core.safe import safe

DEFAULTS = (
    "split = true  # default\n"
    "parts = 4  # default\n"
    "budget = 40  # default\n"
    "lookups = 20  # default\n"
    'client = ["key", "client", "service", "protocol"]  # default\n'
    'low_bandwidth = "auto"  # default\n'
    'past_age = "2h"  # default\n'
    'past_size = "200MB"  # default\n'
)


def shown() -> str:
    text = "".join(show_settings(load()))
    assert CANARY not in text
    return text


def test_without_a_file(home: Path) -> None:
    assert shown() == (
        f"# conntop {__version__}, settings file "
        f"{home}/.config/conntop/config.toml (not there, or empty)\n"
        "every = 5  # default\n"
        f"{DEFAULTS}"
        "\n"
        "[contexts.default]\n"
        'url = "https://api-console.apibricks.io"  # default\n'
        "# key: there is no API key: set CONNTOP_API_KEY, or name its place in a context in "
        f"{home}/.config/conntop/config.toml; conntop demo needs none\n"
        "\n"
        "[keys]\n"
    )


def test_every_value_with_its_origin(
    write: Write, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(f"""
        context = "prod"
        every = 2.5
        [contexts.prod]
        url = "https://example.com"
        api_key_file = "~/key"
        [contexts."of mine"]
        api_key_command = ["printf", "{CANARY}"]
        [contexts.broken]
        api_key_file = "~/none"
        [contexts.plain]
        [keys]
        quit = "q"
    """)
    (home / "key").touch(0o600)
    (home / "key").write_text(CANARY)
    monkeypatch.setenv("CONNTOP_EVERY", "30")
    monkeypatch.setenv("CONNTOP_API_KEY", CANARY)
    text = shown()
    assert text == (
        f"# conntop {__version__}, settings file {path}\n"
        "# CONNTOP_API_KEY is set: ••••\n"
        'context = "prod"  # file\n'
        "every = 30  # CONNTOP_EVERY\n"
        f"{DEFAULTS}"
        "\n"
        "[contexts.prod]\n"
        'url = "https://example.com"  # file\n'
        'api_key_file = "~/key"  # file\n'
        "# key: from the file ~/key: ••••\n"
        "\n"
        '[contexts."of mine"]\n'
        'url = "https://api-console.apibricks.io"  # default\n'
        'api_key_command = ["printf", "…"]  # file\n'
        "# key: from the command printf: ••••\n"
        "\n"
        "[contexts.broken]\n"
        'url = "https://api-console.apibricks.io"  # default\n'
        'api_key_file = "~/none"  # file\n'
        "# key: the file ~/none is not there: write the API key into it\n"
        "\n"
        "[contexts.plain]\n"
        'url = "https://api-console.apibricks.io"  # default\n'
        "# key: from the variable CONNTOP_API_KEY: ••••\n"
        "\n"
        "[keys]\n"
        'quit = "q"  # file\n'
    )
    assert tomllib.loads(text)["contexts"]["of mine"]["api_key_command"] == ["printf", "…"]


def test_the_address_of_the_environment_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNTOP_URL", "http://localhost:8765")
    monkeypatch.setenv("CONNTOP_CONTEXT", "default")
    text = shown()
    assert "# url http://localhost:8765: from CONNTOP_URL, for every context\n" in text
    assert 'context = "default"  # CONNTOP_CONTEXT\n' in text


@given(st.text())
def test_any_text_is_written_as_toml_that_no_terminal_acts_upon(text: str) -> None:
    written = toml_text(text)
    assert tomllib.loads(f"a = {written}") == {"a": text}
    assert all(safe(char) == char for char in written)


def test_the_check_tells_of_every_context(
    write: Write, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("""
        context = "prd"
        [contexts.prod]
        api_key_env = "PROD_KEY"
        [contexts.unset]
        api_key_env = "NOT_SET"
        [contexts.plain]
        url = "http://example.com"
    """)
    monkeypatch.setenv("PROD_KEY", CANARY)
    file = home / ".config/conntop/config.toml"
    assert [(one.name, one.well, one.sentence) for one in check_contexts(load())] == [
        ("prod", True, "from the variable PROD_KEY"),
        ("unset", False, "the variable NOT_SET is not set: it has to hold the API key"),
        (
            "plain",
            False,
            f"contexts.plain.url in {file}: http://example.com is not encrypted, "
            "so the API key is not sent there: use https",
        ),
        ("prd", False, "there is no context prd: there are prod, unset, plain"),
    ]
