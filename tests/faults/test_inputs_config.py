"""Whatever stands in the settings, a variable or an option: it works, or a sentence says why."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Served, example, example_stand_in, home, run
from tests.cli.program import Ran, Run
from tests.faults.inputs import TEXTS, Input
from tests.pty.stream import longest_pile, unseen

__all__ = ["example", "example_stand_in", "home", "run"]

LONGEST = 700
"""Characters of a sentence: a path may be long, and two have to have room."""
FILE_NAMES = [one for one in TEXTS if "\0" not in one.text]
"""No system takes a NUL in a path."""


def check(ran: Ran) -> None:
    """That it worked, or failed with one harmless sentence."""
    assert unseen(ran.out) == unseen(ran.err[:-1]) == set()
    assert longest_pile(ran.out + ran.err) <= 2
    assert ran.code in (0, 1, 2)
    if ran.code == 0 or not ran.err:
        # The check of the settings is told on stdout, well or not.
        assert ran.out
        return
    assert "\n" not in ran.sentence
    assert len(ran.sentence) <= LONGEST
    assert "Traceback" not in ran.err


@pytest.fixture
def settings(home: Path) -> Callable[[str], None]:
    """Write the file of settings."""
    path = home / ".config/conntop/config.toml"
    path.parent.mkdir(parents=True)

    def write(text: str) -> None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))

    return write


def toml(text: str) -> str:
    """A TOML string; the byte that is no UTF-8 has to stand there as it is."""
    escaped = json.dumps(text).replace("\\udc80", "\udc80")
    # A pair of escapes is one character in JSON, and two wrong ones in TOML.
    return re.sub(
        r"\\ud[89ab]..\\ud[c-f]..", lambda pair: str(json.loads(f'"{pair[0]}"')), escaped
    ).replace("\x7f", "\\u007f")


PLACES = {
    "a context's name": "[contexts.{text}]\napi_key_env = 'CONNTOP_API_KEY'",
    "the default context": "context = {text}\n[contexts.prod]\n[contexts.test]",
    "url": "[contexts.prod]\nurl = {text}",
    "url's path": "[contexts.prod]\nurl = {url}",
    "api_key_env": "[contexts.prod]\napi_key_env = {text}",
    "api_key_file": "[contexts.prod]\napi_key_file = {text}",
    "api_key_file's name": "[contexts.prod]\napi_key_file = {path}",
    "api_key_command": "[contexts.prod]\napi_key_command = {text}",
    "api_key_command's word": "[contexts.prod]\napi_key_command = ['true', {text}]",
    "api_key_keyring": "[contexts.prod]\napi_key_keyring = {text}",
    "every": "every = {text}",
    "client": "client = [{text}]",
    "a key": "[keys]\nquit = {text}",
    "an action": "[keys]\n{text} = 'q'",
    "a name": "[names.hosts]\nws-server-01 = {text}",
    "an API key's id": "[names.keys]\n{text} = 'a'",
    "a network": "[names.networks]\n{text} = 'a'",
    "a host": "[names.hosts]\n{text} = 'a'",
    "a setting": "{text} = 1",
    "a context's setting": "[contexts.prod]\n{text} = 1",
    "no TOML": "{raw}",
}
"""Where a text can stand in the file."""


@pytest.mark.surface("config value")
@pytest.mark.parametrize("one", TEXTS)
def test_a_text_in_the_settings_works_or_is_refused_in_a_sentence(
    run: Run, example: Served, settings: Callable[[str], None], one: Input
) -> None:
    text = toml(one.text)
    values = {"text": text, "raw": one.text}
    values |= {"url": f'"{example.url}/{text[1:]}', "path": f'"~/{text[1:]}'}
    for template in PLACES.values():
        settings(template.format(**values))
        for command in (("config", "show"), ("config", "check"), ("list",)):
            check(run(*command))


@pytest.mark.surface("config value")
@pytest.mark.parametrize("one", FILE_NAMES)
def test_a_text_in_a_variable_or_an_option_works_or_is_refused_in_a_sentence(
    run: Run, example: Served, monkeypatch: pytest.MonkeyPatch, one: Input
) -> None:
    for name in ("--service", "--filter", "--context", "--url", "--since", "--limit", "--nonsense"):
        check(run("list", name, one.text))
    check(run(one.text))
    for variable in ("CONNTOP_CONTEXT", "CONNTOP_EVERY", "CONNTOP_URL"):
        with monkeypatch.context() as patch:
            patch.setenv(variable, one.text)
            check(run("config", "show"))
            check(run("list"))
