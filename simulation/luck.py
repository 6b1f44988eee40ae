"""Luck that is the same for every policy: each draw belongs to a seed, a purpose and a day or mail.

Common random numbers: two policies meet the same people, the same days and the same luck, so that
what differs between them is what they decided.

Source: P. Glasserman, D. D. Yao, "Some guidelines and guarantees for common random numbers",
Management Science 38(6), 1992.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Draws = npt.NDArray[np.float64]

_UNIT = 2.0**-53


def _digest(size_bytes: int, *parts: object) -> bytes:
    text = "\0".join(str(part) for part in parts).encode()
    return blake2b(text, digest_size=size_bytes, person=b"luck").digest()


def generator(*key: object) -> np.random.Generator:
    """A source of numbers that belongs to a key.

    Draw in order of people, and fewer people are the first of more.
    """
    return np.random.Generator(np.random.Philox(key=int.from_bytes(_digest(16, *key), "big")))


def table(people: int, columns: int, *key: object) -> Draws:
    """One row of uniform draws, 0 <= u < 1, for each person."""
    return generator(*key).random((people, columns))


def uniforms(count: int, *key: object) -> Sequence[float]:
    """At most eight uniform draws, 0 <= u < 1, that belong to a key."""
    digest = _digest(8 * count, *key)
    return [
        (int.from_bytes(digest[at : at + 8], "big") >> 11) * _UNIT for at in range(0, 8 * count, 8)
    ]
