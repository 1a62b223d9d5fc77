"""What of a handover goes into files: the note, and a picture of the screen beside it."""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.segment import Segment, Segments
from textual.strip import Strip

from tui.core.mask import Mask


class File(Struct, frozen=True):
    """A file that is to be written."""

    name: str
    text: str


def write_new(files: Sequence[File]) -> str:
    """Write files into the present folder, and never over another one; says what was written.

    Raises:
        OSError: one of them is there already, or the system refuses; then none is written.
    """
    folder, made = Path.cwd(), []
    try:
        for file in files:
            with (folder / file.name).open("x", encoding="utf-8") as out:
                made.append(folder / file.name)
                out.write(file.text)
    except OSError:
        # All or none: half of it would be in the way the next time.
        for path in made:
            path.unlink()
        raise
    return f"{folder / files[0].name}" + "".join(f" and {file.name}" for file in files[1:])


def picture(strips: Sequence[Strip], mask: Mask) -> str:
    """An SVG of a screen, of its lines, masked like the note. It takes a while."""
    width = max((strip.cell_length for strip in strips), default=1)
    console = Console(
        width=width,
        height=len(strips),
        file=StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
        safe_box=False,
    )
    segments: list[Segment] = []
    for strip in strips:
        masked = [Segment(mask.in_place(text), style) for text, style, _ in strip]
        segments += [*Strip(masked).simplify(), Segment.line()]
    console.print(Segments(segments[:-1]), end="")
    return console.export_svg(title="conntop") + "\n"
