"""The handover note on its way to the webhook."""

from collections.abc import Callable

from tui.alert.channel import Letter
from tui.alert.webhook import Webhook


def poster(webhook: Webhook) -> Callable[[str, str], None]:
    """What posts a note of a context, blocks meanwhile, and raises ``SendError`` if it fails."""

    def post(note: str, context: str) -> None:
        webhook.send(letter_of_note(note, context))

    return post


def letter_of_note(note: str, context: str) -> Letter:
    """The note as a letter: its first line is the title, and all of it the text."""
    lines = note.splitlines()
    return Letter(
        title=f"conntop {context}: {lines[0].removeprefix('# ')}",
        lines=tuple(lines),
        kind="handover",
        severity="info",
        context=context,
    )
