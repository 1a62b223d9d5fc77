"""Packing: plain values as few bytes, however strange the texts and numbers of strangers are.

Values are encoded and decoded a few hundred at once, since meanwhile no other thread runs.
"""

import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice
from operator import sub
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.msgpack import Ext

from tui.core.instant import Instant

_BITE = 500
"""Values that are encoded at once."""
_LEVEL = 1
"""Of zlib's compression: more takes thrice the time for a tenth fewer bytes."""
_PLAIN, _ODD = b"\0", b"\1"
"""First byte of a frame: msgpack as it is, or with what stands for what msgpack does not have."""
_WHOLE = 1
"""Extension that holds an integer beyond 64 bits."""

_T = TypeVar("_T")


class Frames(Generic[_T]):
    """How values of one type are read from frames."""

    def __init__(self, kind: Any) -> None:
        """``kind`` is the type of the values, as an annotation has it."""
        self._kinds = kind, list[kind]
        self._one = msgspec.msgpack.Decoder(self._kinds[0])
        self._several = msgspec.msgpack.Decoder(self._kinds[1])

    def read(self, frame: bytes) -> _T:
        """The value of a frame that holds one.

        Raises:
            msgspec.MsgspecError: it is of something else.
        """
        value: _T = (
            self._one.decode(memoryview(frame)[1:])
            if frame[:1] == _PLAIN
            else _odd_value(frame, self._kinds[0])
        )
        return value

    def read_all(self, frames: Iterable[bytes]) -> Iterator[_T]:
        """The values of frames that hold several each.

        Raises:
            msgspec.MsgspecError: they are of something else.
        """
        for frame in frames:
            if frame[:1] == _PLAIN:
                yield from self._several.decode(memoryview(frame)[1:])
            else:
                yield from _odd_value(frame, self._kinds[1])


def frame_of(value: object) -> bytes:
    """A value as bytes. Nothing is lost of texts that are no Unicode, nor of the longest number."""
    try:
        return _PLAIN + msgspec.msgpack.encode(value)
    except (UnicodeEncodeError, OverflowError):
        plain = msgspec.to_builtins(value, builtin_types=(bytes,))
        return _ODD + msgspec.msgpack.encode(_without_odd(plain))


def frames_of(values: Iterable[object]) -> Iterator[bytes]:
    """Values as frames of several each."""
    rest = iter(values)
    while bite := list(islice(rest, _BITE)):
        yield frame_of(bite)


def frames_needed(count: int) -> int:
    """Frames that ``frames_of`` makes of so many values."""
    return -(-count // _BITE)


def packed(frames: Iterable[bytes]) -> bytes:
    """Frames as one run of bytes, compressed."""
    joined = b"".join(one for frame in frames for one in (len(frame).to_bytes(4, "big"), frame))
    return zlib.compress(joined, _LEVEL)


def opened(raw: bytes) -> list[bytes]:
    """The frames of which ``raw`` was made.

    Raises:
        zlib.error: it is damaged.
    """
    joined = zlib.decompress(raw)
    frames, place = [], 0
    while place < len(joined):
        start, end = place + 4, place + 4 + int.from_bytes(joined[place : place + 4], "big")
        frames.append(joined[start:end])
        place = end
    return frames


def _without_odd(value: object) -> object:
    if isinstance(value, str):
        # Every text, since the keys of a table cannot be extensions.
        return value.encode("utf-8", "surrogatepass").decode("latin-1")
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return Ext(_WHOLE, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))
    if isinstance(value, list | tuple):
        return [_without_odd(one) for one in value]
    if isinstance(value, dict):
        return {_without_odd(key): _without_odd(one) for key, one in value.items()}
    return value


def _odd_value(frame: bytes, kind: Any) -> Any:
    value = msgspec.msgpack.decode(memoryview(frame)[1:])
    try:
        return msgspec.convert(_with_odd(value), kind, builtin_types=(bytes,))
    except UnicodeError:
        raise msgspec.DecodeError("a text of a delta cannot be read") from None


def _with_odd(value: object) -> object:
    if isinstance(value, str):
        return value.encode("latin-1").decode("utf-8", "surrogatepass")
    if isinstance(value, Ext):
        return int.from_bytes(value.data, "big", signed=True)
    if isinstance(value, list):
        return [_with_odd(one) for one in value]
    if isinstance(value, dict):
        return {_with_odd(key): _with_odd(one) for key, one in value.items()}
    return value


# Columns of numbers


def packed_rising(numbers: Sequence[int]) -> bytes:
    """Rising numbers below 2**32 by the differences between them, which are small."""
    return _column("I", [*numbers[:1], *map(sub, numbers[1:], numbers)])


def rising(raw: bytes) -> list[int]:
    """Those of ``packed_rising``."""
    return list(accumulate(_values("I", raw)))


def packed_numbers(numbers: Iterable[int]) -> bytes:
    """Numbers below 2**32, in any order."""
    return _column("I", numbers)


def numbers(raw: bytes) -> Sequence[int]:
    """Those of ``packed_numbers``."""
    return _values("I", raw)


def packed_instants(instants: Iterable[Instant]) -> bytes:
    """Instants: the upper bytes of most are the same."""
    return _column("q", instants)


def instants(raw: bytes) -> Sequence[Instant]:
    """Those of ``packed_instants``."""
    return _values("q", raw)


def packed_seconds(seconds: Iterable[float]) -> bytes:
    """Spans in seconds, to the last bit."""
    return _column("d", seconds)


def seconds(raw: bytes) -> Sequence[float]:
    """Those of ``packed_seconds``."""
    return _values("d", raw)


def _column(code: str, numbers: Iterable[float]) -> bytes:
    """All first bytes, then all second ones and so on: like stands beside like."""
    column: array[Any] = array(code, numbers)
    if sys.byteorder == "big":
        column.byteswap()
    raw, size = column.tobytes(), column.itemsize
    return b"".join(raw[place::size] for place in range(size))


def _values(code: str, raw: bytes) -> Sequence[Any]:
    column: array[Any] = array(code)
    count, size = divmod(len(raw), column.itemsize)[0], column.itemsize
    mixed = bytearray(len(raw))
    for place in range(size):
        mixed[place::size] = raw[place * count : (place + 1) * count]
    column.frombytes(mixed)
    if sys.byteorder == "big":
        column.byteswap()
    return column
