"""Apprise: Slack, PagerDuty, Opsgenie, mail and a hundred more, by an optional package."""

import logging
from collections.abc import Callable

from tui.alert.channel import Letter, SendError
from tui.core.safe import safe
from tui.source.base import SourceError

_TYPES = {"critical": "failure", "warning": "warning", "info": "info", "ok": "success"}
"""Apprise's word for each severity."""


class Apprise:
    """Sends to the addresses of a text, each of which holds secrets."""

    def __init__(self, read_addresses: Callable[[], str]) -> None:
        """``read_addresses`` gives them, white space or lines between; raises ``SourceError``."""
        self._read = read_addresses

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        return "apprise"

    def send(self, letter: Letter) -> None:
        """Send a letter to each; those that failed are told by the names of their services."""
        try:
            addresses = split_addresses(self._read())
        except SourceError as error:
            raise SendError(error.sentence) from None
        if not addresses:
            raise SendError("there is no address: give one like slack://…")
        try:
            import apprise
        except ImportError:
            raise SendError("needs one more package: pip install 'conntop[apprise]'") from None
        # What it logs holds addresses, and nobody asked for it.
        logging.getLogger("apprise").disabled = True
        failed = []
        for number, address in enumerate(addresses, 1):
            service = apprise.Apprise.instantiate(address)
            if service is None:
                failed.append(f"address {number} is of no service that it knows")
            elif not service.notify(
                body=letter.text, title=letter.title, notify_type=_TYPES[letter.severity]
            ):
                failed.append(f"{safe(str(service.service_name), 40)} has not taken it")
        if failed:
            raise SendError(", ".join(failed))

    def close(self) -> None:
        """Nothing to do: its services have time limits of their own."""


def split_addresses(text: str) -> list[str]:
    r"""The addresses in a text: white space between, and comments from a # at a line's beginning.

    >>> split_addresses("# ours\nslack://a/b/c mailto://x\n")
    ['slack://a/b/c', 'mailto://x']
    """
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return " ".join(lines).split()
