"""The command that asks the same again: a shell and the program read it back as it was."""

import shlex
import subprocess

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.strategies import HOSTILE, hostile_texts, instants
from tui.core.command import command, quoted
from tui.core.markdown import is_live
from tui.core.query import Query, QueryError
from tui.core.safe import safe


def as_bash_reads(line: str) -> list[str]:
    """The words that the program gets."""
    printed = subprocess.run(
        ["bash", "-c", f'printf "%s\\0" {line}'], capture_output=True, check=True, timeout=10
    )
    return printed.stdout.decode("utf-8", "replace").split("\0")[:-1]


SENDABLE = hostile_texts().filter(
    lambda text: not any("\ud800" <= char <= "\udfff" for char in text)
)


def test_a_shell_reads_every_word_as_it_was_and_none_does_harm() -> None:
    words = [
        *(text.replace("\0", "") for text in HOSTILE if "\ud800" not in text),
        *("it's", "a b", "$HOME", "`id`", "$(id)", "!x", "\\", '"', "-x", "beat>30", "up<5m", "*"),
        *("@here", "<!channel>", "http://evil.example", "www.evil.example", "&lt;x&gt;", "é東"),
        *("\x1b41", "\u202eabc", "tab\there", "new\nline", "~", "a\u0301"),
    ]
    line = " ".join(map(quoted, words))
    assert as_bash_reads(line) == words
    assert safe(line, len(line) + 1) == line
    assert not is_live(line)


@given(st.lists(SENDABLE, min_size=1, max_size=5))
def test_no_word_shows_what_a_terminal_or_a_chat_acts_upon(words: list[str]) -> None:
    line = " ".join(map(quoted, words))
    assert safe(line, len(line) + 1) == line
    assert not is_live(line)
    # A NUL cannot stand in a command line, and is left out.
    kept = [word.replace("\0", "") for word in words]
    plain = [word for word in kept if quoted(word)[:2] != "$'"]
    assert shlex.split(" ".join(map(quoted, plain))) == plain


def test_every_parameter_has_its_option() -> None:
    query = Query(
        service="x",
        protocol="x",
        data_center="x",
        connection_id="x",
        api_key_id="f1e2d3c4-b5a6-9879-8765-4321dcba0987",
        active_only=False,
        minutes=5,
        limit=10,
    )
    assert command(["conntop", "--context", "prod"], query, "beat>30") == (
        "conntop --context prod --service x --protocol x --data-center x "
        "--key-id f1e2d3c4-b5a6-9879-8765-4321dcba0987 --connection-id x --all --minutes 5 "
        "--limit 10 --filter 'beat>30'"
    )


@given(instants(), instants())
def test_times_are_told_to_the_tick(start: int, end: int) -> None:
    try:
        query = Query(time_start=start, time_end=end)
    except QueryError:
        assume(False)
    words = command(["conntop"], query).split()
    assert words[1] == "--since"
    assert words[3] == "--until"
