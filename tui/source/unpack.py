"""Unpacking an answer step by step: a small packet never becomes a flood in memory at once."""

import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import brotli  # type: ignore[import-untyped]

_STEP = 2**20
"""Bytes that one step gives at most, more or less."""
_GZIP = 16 + zlib.MAX_WBITS
_BROTLI_STEPS: Final = hasattr(brotli.Decompressor, "can_accept_more_data")
"""Whether brotli can be unpacked in steps; before its release 1.2 it could not."""

ENCODINGS: Final = "br, gzip" if _BROTLI_STEPS else "gzip"
"""What ``Accept-Encoding`` offers."""


class PackingError(ValueError):
    """A body that cannot be unpacked; the text goes on from "the answer"."""


def unpacker(encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    """What unpacks the chunks of one body, given one after the other.

    Raises:
        PackingError: the encoding was not offered, or the body is packed twice.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return lambda chunk: iter((chunk,))
    if name in ("gzip", "x-gzip"):
        return _Inflater().inflate
    if name == "br" and _BROTLI_STEPS:
        decompressor = brotli.Decompressor()
        return lambda chunk: _unbrotli(decompressor, chunk)
    raise PackingError(
        "is packed twice, which is refused" if "," in name else "is packed in an unknown way"
    )


class _Inflater:
    """Unpacks gzip: one member after the other, since there may be several (RFC 1952, 2.2)."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)

    def inflate(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._member.eof:
                # An ended one would keep whatever else comes, without end.
                self._member = zlib.decompressobj(_GZIP)
            try:
                yield self._member.decompress(chunk, _STEP)
            except zlib.error:
                raise PackingError("is damaged") from None
            chunk = self._member.unconsumed_tail or self._member.unused_data


def _unbrotli(decompressor: Any, chunk: bytes) -> Iterator[bytes]:
    while True:
        try:
            part = decompressor.process(chunk, output_buffer_limit=_STEP)
        except brotli.error:
            raise PackingError("is damaged") from None
        # All input can be taken in while output is still held back: only silence is the end.
        if not part and decompressor.can_accept_more_data():
            return
        yield part
        chunk = b""
