"""Each place of a key: what comes out, and what is said when nothing can."""

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canary import CANARY
from tui.config.key import (
    KeySource,
    from_command,
    from_file,
    from_keyring,
    from_text,
    from_variable,
)
from tui.core.snapshot import Trouble
from tui.source.base import SourceError
from tui.source.secret import Secret


def refusal(source: KeySource) -> str:
    """The one sentence with which a place is refused."""
    with pytest.raises(SourceError) as caught:
        source.read()
    error = caught.value
    assert (error.trouble, error.retryable) == (Trouble.KEY, False)
    assert CANARY not in "".join(traceback.format_exception(error)) + repr(source)
    assert "\n" not in error.sentence
    return error.sentence


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(f" {CANARY}\n")
    path.chmod(0o600)
    return path


def key_of(source: KeySource) -> str:
    key = source.read()
    assert isinstance(key, Secret)
    assert CANARY not in repr(key) + str(key) + repr(source)
    return key.get_secret_value()


def test_a_key_in_memory() -> None:
    assert key_of(from_text("the variable CONNTOP_API_KEY", Secret(f"{CANARY} "))) == CANARY


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the place is empty: the API key belongs there"),
        (" \n", "the place is empty: the API key belongs there"),
        (
            f"Bearer {CANARY}",
            "the API key in the place has white space inside: "
            "it has to stand there alone, without a word like Bearer",
        ),
        (f"{CANARY}\n{CANARY}", "the API key in the place has white space inside: "),
        (f"{CANARY}é", "the place holds something that cannot be an API key"),
        (f"{CANARY}\x1b[2J", "the place holds something that cannot be an API key"),
        (f"{CANARY}\x00", "the place holds something that cannot be an API key"),
        (CANARY * 1000, "the place holds something that cannot be an API key"),
    ],
)
def test_what_cannot_be_a_key_is_refused_and_not_shown(text: str, sentence: str) -> None:
    assert refusal(KeySource("the place", lambda: text)).startswith(sentence)


@given(st.text(st.characters(exclude_categories=())))
def test_a_key_can_always_be_sent_in_a_header(text: str) -> None:
    try:
        key = KeySource("the place", lambda: text).read().get_secret_value()
    except SourceError:
        return
    assert key
    assert key == text.strip()
    assert all("!" <= char <= "~" for char in key)


def test_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    source = from_variable("PROD_KEY")
    assert refusal(source) == "the variable PROD_KEY is not set: it has to hold the API key"
    monkeypatch.setenv("PROD_KEY", CANARY)
    assert key_of(source) == CANARY


def test_a_file(key_file: Path) -> None:
    assert key_of(from_file(str(key_file))) == CANARY
    key_file.chmod(0o400)
    assert key_of(from_file("~/key")) == CANARY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o601, 0o610, 0o620, 0o777])
def test_a_file_that_others_may_touch_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    assert refusal(from_file("~/key")) == (
        f"the file ~/key can be read by others, so its key is not used: run chmod 600 {key_file}"
    )


def test_the_command_that_mends_the_mode_can_be_pasted(tmp_path: Path) -> None:
    path = tmp_path / "my key"
    path.write_text(CANARY)
    path.chmod(0o644)
    sentence = refusal(from_file(str(path)))
    assert sentence.endswith(f"run chmod 600 '{path}'")
    os.system(sentence.partition("run ")[2])
    assert key_of(from_file(str(path))) == CANARY


def test_the_mode_of_what_a_link_names_counts(key_file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(key_file)
    assert key_of(from_file(str(link))) == CANARY
    key_file.chmod(0o644)
    assert "chmod 600" in refusal(from_file(str(link)))


def test_a_file_that_is_not_there() -> None:
    assert refusal(from_file("~/none")) == "the file ~/none is not there: write the API key into it"
    assert "no such home folder" in refusal(from_file("~nobody-of-that-name/key"))


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        assert refusal(from_file(str(path))).endswith(
            "is no plain file: the API key has to stand in one"
        )
    assert "Not a directory" in refusal(from_file("/dev/null/key"))


def python(program: str) -> tuple[str, ...]:
    return (sys.executable, "-c", program)


def test_a_command_gives_its_first_line() -> None:
    assert key_of(from_command(python(f"print('{CANARY}'); print('user: me')"))) == CANARY


def test_a_command_has_no_shell_and_no_input() -> None:
    assert key_of(from_command(("printf", "%s", "a$HOME;b"))) == "a$HOME;b"
    assert key_of(from_command(python("import sys; print(len(sys.stdin.read()))"))) == "0"


def test_what_a_command_says_beside_the_key_is_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    program = f"import sys; print('{CANARY}', file=sys.stderr); sys.exit(3)"
    sentence = refusal(from_command(python(program)))
    assert "failed (exit code 3), so there is no API key: run it by hand" in sentence
    assert capfd.readouterr() == ("", "")


def test_a_command_that_prints_nothing() -> None:
    assert refusal(from_command(("true",))) == (
        "the command true is empty: the API key belongs there"
    )


def test_a_command_that_does_not_exist_may_be_the_key_itself() -> None:
    assert refusal(from_command((CANARY,))) == (
        "the command of api_key_command for the API key cannot be run: No such file or directory"
    )
    assert "holds a NUL" in refusal(from_command(("true", "\0")))


@pytest.mark.parametrize(
    "program",
    [
        "import time; time.sleep(60)",
        # It closes its output, and goes on.
        "import os, time; os.close(1); time.sleep(60)",
        # It ends, and a child of it holds the output open.
        "import subprocess; subprocess.Popen(['sleep', '60'])",
    ],
)
def test_a_command_has_so_long_and_no_longer(program: str) -> None:
    sentence = refusal(from_command(python(program), seconds=0.5))
    assert sentence.endswith("gave no API key within 0.5 s: it must not ask for anything")


def test_a_command_that_prints_without_end_is_stopped() -> None:
    assert refusal(from_command(("yes",))) == "the command yes prints more than an API key"


@pytest.fixture
def keyring_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Callable[[str, str], str | None]], None]:
    """Replace the system's keyring by a function."""
    keyring = pytest.importorskip("keyring")

    def install(get: Callable[[str, str], str | None]) -> None:
        monkeypatch.setattr(keyring, "get_password", get)

    return install


Holds = Callable[[Callable[[str, str], str | None]], None]


def test_the_keyring(keyring_holds: Holds) -> None:
    keyring_holds(lambda service, user: CANARY if (service, user) == ("a/b", "prod") else None)
    assert key_of(from_keyring("a/b/prod")) == CANARY
    assert refusal(from_keyring("conntop/test")) == (
        "the keyring entry conntop/test is not there: run keyring set conntop test"
    )


def test_a_keyring_that_is_locked(keyring_holds: Holds) -> None:
    errors = pytest.importorskip("keyring.errors")

    def locked(service: str, user: str) -> str | None:
        raise errors.KeyringLocked(CANARY)

    keyring_holds(locked)
    assert refusal(from_keyring("conntop/prod")) == (
        "the keyring entry conntop/prod cannot be read: the keyring says KeyringLocked"
    )


def test_the_keyring_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert refusal(from_keyring("conntop/prod")) == (
        "the keyring entry conntop/prod needs one more package: pip install 'conntop[keyring]'"
    )
