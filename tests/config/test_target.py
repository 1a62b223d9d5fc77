"""Which context, which address, whose key: who wins over whom."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.canary import CANARY
from tests.config.conftest import Write
from tui.config import ConfigError, Context, Settings, Target, load, resolve
from tui.source.base import SourceError
from tui.source.secret import Secret


def settings(
    *names: str, context: str | None = None, url: str | None = None, api_key: str | None = None
) -> Settings:
    contexts = {name: Context(url=f"https://{name}.example.com") for name in names}
    return Settings(
        context=context,
        url=url,
        every=5.0,
        contexts=contexts,
        keys={},
        api_key=None if api_key is None else Secret(api_key),
    )


def refusal(make: Callable[[], Target]) -> str:
    with pytest.raises(ConfigError) as caught:
        make()
    return str(caught.value)


def test_without_contexts_there_is_a_default_one() -> None:
    target = resolve(settings())
    assert (target.name, target.endpoint.base) == ("default", "https://api-console.apibricks.io")
    assert resolve(settings(), "default").endpoint == target.endpoint


@pytest.mark.parametrize(
    ("there", "asked", "named", "chosen"),
    [
        (("prod",), None, None, "prod"),
        (("prod", "test"), None, "test", "test"),
        (("prod", "test"), "prod", "test", "prod"),
        (("default", "test"), None, None, "default"),
    ],
)
def test_the_context(
    there: tuple[str, ...], asked: str | None, named: str | None, chosen: str
) -> None:
    assert resolve(settings(*there, context=named), asked).name == chosen


def test_contexts_that_cannot_be_chosen(home: Path) -> None:
    file = home / ".config/conntop/config.toml"
    assert refusal(lambda: resolve(settings("prod", "test"))) == (
        f"{file} has several contexts (prod, test): "
        "choose one with --context, or with context in the file"
    )
    assert refusal(lambda: resolve(settings("prod", "test"), "prd")) == (
        "there is no context prd: there are prod, test"
    )
    assert refusal(lambda: resolve(settings(), "prod")) == (
        f"there is no context prod: {file} has none"
    )


def test_the_address() -> None:
    assert resolve(settings("prod")).endpoint.base == "https://prod.example.com"
    env = settings("prod", url="https://env.example.com")
    assert resolve(env).endpoint.base == "https://env.example.com"
    assert resolve(env, None, "https://option.example.com").endpoint.host == "option.example.com"


def test_an_address_that_gets_no_key(home: Path) -> None:
    file = home / ".config/conntop/config.toml"
    why = "http://x.example.com is not encrypted, so the API key is not sent there: use https"
    bare = "http://x.example.com"
    assert refusal(lambda: resolve(settings(), None, bare)) == f"--url: {why}"
    assert refusal(lambda: resolve(settings(url=bare))) == f"CONNTOP_URL: {why}"
    plain = settings()
    plain.contexts["prod"] = Context(url=bare)
    assert refusal(lambda: resolve(plain)) == f"contexts.prod.url in {file}: {why}"
    secret = f"https://me:{CANARY}@example.com"
    assert CANARY not in refusal(lambda: resolve(settings(), None, secret))


def test_without_any_key() -> None:
    target = resolve(settings())
    assert target.key_from is None
    with pytest.raises(SourceError, match="there is no API key: set CONNTOP_API_KEY"):
        target.read_key()


def test_the_variable_is_used_when_the_context_names_no_place() -> None:
    target = resolve(settings(api_key=CANARY))
    assert target.key_from == "the variable CONNTOP_API_KEY"
    assert target.read_key().get_secret_value() == CANARY
    assert CANARY not in repr(target)


@pytest.mark.parametrize(
    ("place", "key_from"),
    [
        ('api_key_env = "PROD_KEY"', "the variable PROD_KEY"),
        ('api_key_file = "~/key"', "the file ~/key"),
        ('api_key_command = "printf %s from-the-place"', "the command printf"),
    ],
)
def test_the_place_that_a_context_names_wins_over_the_variable(
    write: Write, home: Path, monkeypatch: pytest.MonkeyPatch, place: str, key_from: str
) -> None:
    write(f"[contexts.prod]\n{place}\n[contexts.test]")
    (home / "key").write_text("from-the-place")
    (home / "key").chmod(0o600)
    monkeypatch.setenv("PROD_KEY", "from-the-place")
    monkeypatch.setenv("CONNTOP_API_KEY", "from-the-variable")
    target = resolve(load(), "prod")
    assert target.key_from == key_from
    assert target.read_key().get_secret_value() == "from-the-place"
    assert resolve(load(), "test").read_key().get_secret_value() == "from-the-variable"


def test_a_place_that_fails_is_not_made_up_for_by_another(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write('[contexts.prod]\napi_key_file = "~/none"')
    monkeypatch.setenv("CONNTOP_API_KEY", CANARY)
    with pytest.raises(SourceError, match="the file ~/none is not there"):
        resolve(load()).read_key()


def test_the_keyring_is_a_place(write: Write) -> None:
    write('[contexts.prod]\napi_key_keyring = "conntop/prod"')
    assert resolve(load()).key_from == "the keyring entry conntop/prod"


def test_two_places_are_one_too_many(write: Write) -> None:
    write('[contexts.prod]\napi_key_env = "PROD_KEY"\napi_key_file = "~/key"')
    assert refusal(lambda: resolve(load())) == (
        "the context prod names several sources of the key (api_key_env, api_key_file): keep one"
    )


def test_a_key_that_was_changed_is_read_anew(home: Path, write: Write) -> None:
    write('[contexts.prod]\napi_key_file = "~/key"')
    key = home / "key"
    key.touch(0o600)
    key.write_text("old")
    target = resolve(load())
    assert target.read_key().get_secret_value() == "old"
    key.write_text("new")
    assert target.read_key().get_secret_value() == "new"
