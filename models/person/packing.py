"""Stored bytes made smaller: Snappy blocks (https://github.com/google/snappy), where they help.

Names of arms, flows and categories come again and again in what is kept of a person, and so do the
first bytes of times. Snappy takes a third off in 2 µs and gives it back in 1; entropy coders take
10 % more and ten times as long.
"""

import cramjam
from cramjam import snappy

_PACKED = b"S"
"""First byte of what was packed; no MessagePack array begins with it."""
_WORTH_BYTES = 128
"""Shorter ones have little that comes twice."""
_MOST_BYTES = 1 << 20
"""No person's is a hundredth of it: a longer length is damage, for which no memory is taken."""


def packed(data: bytes) -> bytes:
    """A shorter form of MessagePack bytes, or the bytes themselves; the same give the same."""
    if len(data) < _WORTH_BYTES:
        return data
    short = _PACKED + bytes(snappy.compress_raw(data))
    return short if len(short) < len(data) else data


def unpacked(data: bytes) -> bytes:
    """What `packed` was given.

    Raises:
        ValueError: The bytes are damaged.
    """
    if data[:1] != _PACKED:
        return data
    block = memoryview(data)[1:]
    try:
        length = snappy.decompress_raw_len(block)
        if length > _MOST_BYTES:
            raise ValueError(f"a packed length of {length} bytes")
        return bytes(snappy.decompress_raw(block))
    except cramjam.DecompressionError as error:
        raise ValueError(str(error)) from error
