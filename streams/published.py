"""Recommendations in the state Redis: parts under keys named by the hash of the whole, a pointer.

Too large for one write, they are written part by part, each behind the trainer's fence, and count
only once the pointer names them. Of what isn't needed any more the previous one stays for readers
in the middle of it; the rest is listed as doomed before it is written or left, so that a crash
anywhere leaves nothing behind that the next owner doesn't remove.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from hashlib import blake2b
from time import perf_counter
from typing import Any

import msgspec

from models.errors import SnapshotError
from models.recommend.learner import Learner
from models.recommend.stored import Loader
from runtime.redis_client import Client
from schemas.keys import recommender_tag

HASH_BYTES = 16


class Pointer(msgspec.Struct, frozen=True):
    """What is published.

    Attributes:
        name: Hash of all parts, hex.
        parts: How many there are; `size_bytes` how long they are together.
        learned: Interactions learned; the version.
        offset: Where learning goes on in the interactions topic.
        at_ms: When it was made, epoch milliseconds.
    """

    name: str
    parts: int
    size_bytes: int
    learned: int
    offset: int
    at_ms: int

    def keys(self, namespace: str) -> list[str]:
        """Where its parts lie, in their order."""
        tag = recommender_tag(namespace)
        return [f"{tag}:part:{self.name}:{number}" for number in range(self.parts)]


class Standing(msgspec.Struct):
    """All that is or was published and may still lie there, as stored in one value.

    Attributes:
        current: What readers follow; `previous` what some may still be reading.
        doomed: What is to be removed: being written and not yet current, or of no use any more.
    """

    current: Pointer | None = None
    previous: Pointer | None = None
    doomed: list[Pointer] = []  # a new one each, as msgspec has it

    def to_bytes(self) -> bytes:
        """As stored, JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def from_bytes(cls, data: bytes | None) -> "Standing":
        """What `to_bytes` wrote; nothing published for None.

        Raises:
            SnapshotError: It is damaged.
        """
        if data is None:
            return cls()
        try:
            return msgspec.json.decode(data, type=cls)
        except msgspec.MsgspecError as error:
            raise SnapshotError(
                f"what is said of published recommendations is damaged: {error}. Delete the key "
                "that ends in ':standing' to have them learned anew."
            ) from error

    def removable(self) -> list[Pointer]:
        """What is doomed and neither current nor previous."""
        kept = {pointer.name for pointer in (self.current, self.previous) if pointer}
        return [pointer for pointer in self.doomed if pointer.name not in kept]


def standing_key(namespace: str) -> str:
    """Where it stands what is published."""
    return f"{recommender_tag(namespace)}:standing"


def name_of(parts: Iterable[bytes]) -> str:
    """The name that parts have together: BLAKE2b, hex."""
    whole = blake2b(digest_size=HASH_BYTES)
    for part in parts:
        whole.update(part)
    return whole.hexdigest()


class MissingPartError(SnapshotError):
    """A part isn't there: the pointer has moved on meanwhile, or somebody deleted it."""


async def read(
    get: Callable[[str], Awaitable[Any]],
    namespace: str,
    pointer: Pointer,
    sizes: tuple[int, int] | None = None,
) -> tuple[Learner, float]:
    """Read what is published, part by part, so that other work goes on in between.

    Args:
        get: Reads a key's value.
        namespace: The installation's namespace.
        pointer: Names it.
        sizes: See `models.recommend.stored.Loader`.

    Returns:
        What was learned, and the longest stretch in seconds that kept others from work.

    Raises:
        MissingPartError: A part is not there.
        SnapshotError: It is damaged or of another version.
    """
    loader, whole, size, stall = Loader(sizes), blake2b(digest_size=HASH_BYTES), 0, 0.0
    for key in pointer.keys(namespace):
        part: bytes | None = await get(key)
        if part is None:
            raise MissingPartError(f"a part of the recommendations {pointer.name} is missing")
        began = perf_counter()
        size += len(part)
        whole.update(part)
        loader.take(part)
        stall = max(stall, perf_counter() - began)
        await asyncio.sleep(0)
    if whole.hexdigest() != pointer.name or size != pointer.size_bytes:
        raise SnapshotError(
            f"the recommendations {pointer.name} are not what was published: their hash or size "
            "differs. The next ones will be taken."
        )
    began = perf_counter()
    learner = loader.finish()
    return learner, max(stall, perf_counter() - began)


class PublishedReader:
    """Follows what is published.

    Args:
        redis: Client of the state Redis.
        namespace: The installation's namespace.

    Attributes:
        pointer: What was read last.
        stall_seconds: Longest stretch that reading it kept others from work.
    """

    def __init__(self, redis: Client, namespace: str) -> None:
        self._redis = redis
        self._namespace = namespace
        self._refused = ""
        self.pointer: Pointer | None = None
        self.stall_seconds = 0.0

    async def newer(self) -> Learner | None:
        """What is published now if it isn't what was returned last, else None.

        What is refused is not read again.

        Raises:
            SnapshotError: It can't be used.
        """
        pointer = await self._current()
        known = {self._refused, self.pointer.name if self.pointer else ""}
        if pointer is None or pointer.name in known:
            return None
        try:
            learner, self.stall_seconds = await read(self._redis.get, self._namespace, pointer)
        except MissingPartError:
            now = await self._current()
            if now is not None and now.name != pointer.name:
                return None  # overtaken while reading: the newer one is read next time
            self._refused = pointer.name
            raise
        except SnapshotError:
            self._refused = pointer.name
            raise
        self.pointer = pointer
        return learner

    async def _current(self) -> Pointer | None:
        data: Any = await self._redis.get(standing_key(self._namespace))
        return Standing.from_bytes(data).current
