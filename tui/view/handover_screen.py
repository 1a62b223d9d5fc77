"""The handover note, as it will be pasted, and where it can go."""

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Static

from tui.alert.channel import SendError
from tui.core.instant import clock_text
from tui.view.handover_file import File, picture, write_new
from tui.view.key_line import KeyLine
from tui.view.keys import bind
from tui.view.paint import Part, spread, write
from tui.view.take_away import copy, say_written
from tui.view.writing import Writing

Post = Callable[[str, str], None]
"""Posts a note of a context to the webhook and blocks meanwhile; raises ``SendError``."""


class Page(VerticalScroll, inherit_bindings=False):
    """The note."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down,j", "scroll(1)", "Down", "note-down", "next line"),
        bind("up,k", "scroll(-1)", "Up", "note-up", "previous line"),
        bind("pagedown,ctrl+d,space", "page(1)", "Page down", "note-page-down", "a page on"),
        bind("pageup,ctrl+u", "page(-1)", "Page up", "note-page-up", "a page back"),
        bind("home,g", "edge(0)", "Top", "note-first", "its beginning"),
        bind("end,G", "edge(1)", "Bottom", "note-last", "its end"),
    ]

    def action_scroll(self, lines: int) -> None:
        """Move the page."""
        self.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Move the page by what is seen of it."""
        self.action_scroll(pages * max(1, self.size.height - 1))

    def action_edge(self, end: int) -> None:
        """Go to the beginning, or to the end."""
        self.scroll_to(y=end * self.max_scroll_y, animate=False)


class HandoverScreen(Screen[None], inherit_bindings=False):
    """In: what the note is made of. It stays as of then, whatever goes on behind it."""

    AUTO_FOCUS = "Page"

    # At once, as the key that leads here: what is typed right behind goes to the right screen.
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("y", "copy", "Copy", "note-copy", "copy the note", show=True),
        bind("w", "write", "Write", "note-write", "write it and the screen's SVG", show=True),
        bind("p", "post", "Post", "note-post", "post it to the webhook", show=True),
        bind("m", "mask", "Mask", "note-mask", "addresses by their network, or whole", show=True),
        bind(
            "escape,q,H", "close", "Back", "note-close", "close the note", show=True, at_once=True
        ),
    ]

    def __init__(self, writing: Writing, strips: Sequence[Strip], post: Post | None) -> None:
        """
        Args:
            writing: what is known.
            strips: the main screen as it looks.
            post: posts to the webhook; ``None`` where there is none.
        """  # noqa: D205, D212
        super().__init__()
        self._writing = writing
        self._strips = strips
        self._post = post
        self._text = ""
        self._masked = False

    def compose(self) -> ComposeResult:
        """What it is about, the note, the keys."""
        yield Static(id="note-title")
        with Page(id="note"):
            yield Static(id="note-text")
        yield KeyLine()

    def on_mount(self) -> None:
        """Write it."""
        self._write()

    def on_resize(self) -> None:
        """Another width, another title."""
        self._paint_title()

    @work(group="arrange", exclusive=True)
    async def _write(self) -> None:
        self._text = ""
        self._paint_title()
        text = await asyncio.to_thread(self._writing.note, mask_clients=self._masked)
        if self.is_attached:
            self._text = text
            self._paint_title()
            write(self.query_one("#note-text", Static), coloured(text), layout=True)

    def _paint_title(self) -> None:
        line = self.query_one("#note-title", Static)
        width = line.content_size.width
        if width <= 0:
            return
        left: list[Part] = [("Handover note", "bold"), (f" · {self._writing.subject}", "")]
        if self._masked:
            left.append((" · addresses masked", "$accent"))
        at = self._writing.fleet.at
        words = f"{self._text.count(chr(10)):,} lines" if self._text else "writing…"
        as_of = [] if at is None else [(f" · as of {clock_text(at)}", "bold")]
        write(line, spread(left, [[(words, "$muted"), *as_of], as_of, []], width))

    # Keys

    def action_copy(self) -> None:
        """Copy the note; where it cannot be, there is the file."""
        if self._text:
            copy(self.app, self._text, "note", otherwise="w writes it to a file")

    @work(group="arrange")
    async def action_write(self) -> None:
        """Write the note to a new file in the present folder, and the screen beside it."""
        if not self._text:
            return
        name = f"{self._writing.file_name}{'-masked' if self._masked else ''}"
        text, masked = self._text, self._masked

        def write() -> str:
            svg = picture(self._strips, self._writing.mask(clients=masked))
            return write_new([File(f"{name}.md", text), File(f"{name}.svg", svg)])

        self.app.clear_notifications()
        await say_written(self.app, write)

    @work(group="arrange")
    async def action_post(self) -> None:
        """Post the note to the webhook, and say whether it has arrived."""
        if self._post is None:
            self.app.notify("There is no webhook in the settings.", timeout=4)
            return
        if not self._text:
            return
        self.app.clear_notifications()
        self.app.notify("Posting the note…", timeout=3)
        try:
            await asyncio.to_thread(self._post, self._text, self._writing.where.context)
        except SendError as error:
            words = f"The note was not posted: {error.sentence}"
            self.app.notify(words, severity="error", markup=False)
        else:
            self.app.notify("Posted the note to the webhook.", timeout=4)

    def action_mask(self) -> None:
        """Tell addresses by their network only, or whole again."""
        self._masked = not self._masked
        self._write()

    def action_close(self) -> None:
        """Close the note."""
        self.dismiss(None)


def coloured(text: str) -> Content:
    """The note with its structure made visible: as it is, to the letter."""
    lines: list[Content] = []
    inside = False
    for line in text.splitlines():
        fence = line.startswith("```")
        style = ""
        if fence:
            inside, style = not inside, "$muted"
        elif line.startswith("# "):
            style = "bold $primary"
        elif line.endswith(":") and not inside:
            style = "bold"
        lines.append(Content.styled(line, style))
    return Content("\n").join(lines)
