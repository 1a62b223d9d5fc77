"""The command line that asks the same again."""

import shlex
from collections.abc import Sequence

from tui.core.instant import as_served
from tui.core.markdown import is_live
from tui.core.query import Query
from tui.core.safe import safe

_OPTIONS = {
    "service": "--service",
    "protocol": "--protocol",
    "data_center": "--data-center",
    "api_key_id": "--key-id",
    "connection_id": "--connection-id",
}
"""The option for each text of a Query."""


def command(program: Sequence[str], query: Query, condition: str = "") -> str:
    """A line for a shell that shows what ``query`` and the filter ``condition`` show.

    Args:
        program: its first words, none of a stranger's: conntop, perhaps a command, and whom it asks
            (``--context``).
        query: the question to the endpoint.
        condition: the filter of ``/``.

    >>> command(["conntop"], Query(service="coinapi-ws"), "beat>30 us east")
    "conntop --service coinapi-ws --filter 'beat>30 us east'"
    """
    words: list[str] = []
    for name, option in _OPTIONS.items():
        value = getattr(query, name)
        if value is not None:
            words += [option, value]
    if not query.active_only:
        words.append("--all")
    if query.minutes is not None:
        words += ["--minutes", str(query.minutes)]
    if query.time_start is not None:
        words += ["--since", as_served(query.time_start)]
    if query.time_end is not None:
        words += ["--until", as_served(query.time_end)]
    if query.limit is not None:
        words += ["--limit", str(query.limit)]
    if condition:
        words += ["--filter", condition]
    # An address of our own may be one.
    ours = [quoted(word, alive=True) for word in program]
    return " ".join([*ours, *map(quoted, words)])


def quoted(word: str, *, alive: bool = False) -> str:
    r"""``word`` as a shell reads it; what must not be shown as it is, by its bytes.

    No command line can hold a NUL, so that is left out.

    Args:
        word: any text.
        alive: whether what may become a link or a mention somewhere is left as it is.

    >>> print(quoted("up<5m"), quoted("\x1b[2J"), quoted("@here"))
    'up<5m' $'\x1b[2J' $'\x40here'
    """
    word = word.replace("\0", "")
    if safe(word, len(word) + 1) == word and (alive or not is_live(word)):
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, word)) + "'"


def _escaped(char: str) -> str:
    # An escape has two digits, so that whatever follows it is none of its own.
    if char.isascii() and (char.isalnum() or char in ' -_,:;=+*?!()[]{}#%^~|$"'):
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "replace"))
