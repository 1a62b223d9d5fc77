"""A packed body is unpacked in small steps, whatever it would become at once."""

import gzip
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.source.unpack import ENCODINGS, PackingError, unpacker

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, 1),
    "br": lambda data: brotli.compress(data, quality=1),
    "identity": lambda data: data,
}


@given(st.sampled_from(sorted(PACKERS)), st.binary(max_size=300), st.integers(1, 50))
def test_chunks_of_any_size_give_the_body(encoding: str, body: bytes, size: int) -> None:
    packed, unpack = PACKERS[encoding](body), unpacker(encoding)
    chunks = [packed[start : start + size] for start in range(0, len(packed), size)]
    assert b"".join(part for chunk in chunks for part in unpack(chunk)) == body


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_bomb_comes_in_steps_that_can_be_counted(encoding: str) -> None:
    size = 2**26
    packed = PACKERS[encoding](b" " * size)
    steps = [len(part) for part in unpacker(encoding)(packed)]
    assert sum(steps) == size
    assert max(steps) <= 2**22


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4), st.integers(1, 50))
def test_gzip_in_several_members_is_one_body(parts: list[bytes], size: int) -> None:
    packed, unpack = b"".join(gzip.compress(part) for part in parts), unpacker("gzip")
    chunks = [packed[start : start + size] for start in range(0, len(packed), size)]
    assert b"".join(one for chunk in chunks for one in unpack(chunk)) == b"".join(parts)


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_rubbish_behind_a_body_is_not_kept(encoding: str) -> None:
    unpack = unpacker(encoding)
    assert b"".join(unpack(PACKERS[encoding](b"[]"))) == b"[]"
    with pytest.raises(PackingError, match="damaged"):
        list(unpack(bytes(100)))


@given(st.sampled_from(["gzip", "br"]), st.binary(max_size=200))
def test_noise_is_damaged_or_an_unfinished_body(encoding: str, noise: bytes) -> None:
    try:
        b"".join(unpacker(encoding)(noise))
    except PackingError as error:
        said = str(error)
    else:
        said = "is damaged"
    assert said == "is damaged"


@pytest.mark.parametrize("encoding", ["gzip, br", "deflate", "zstd", "gzip;q=1", "\x1b"])
def test_what_was_not_offered_is_refused(encoding: str) -> None:
    with pytest.raises(PackingError, match="is packed"):
        unpacker(encoding)
    assert encoding not in ENCODINGS.split(", ")
