"""Taking over a partition: fence out whoever had it, and have leave what they left behind."""

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.redis_client import Client
from schemas.keys import meta_key
from streams.outbox import Outbox
from streams.producer import AsyncProducer
from streams.state import Found, PartitionState


@dataclass(frozen=True, slots=True)
class Taken:
    """A partition that is this process's from now on.

    Attributes:
        state: Its state, fenced.
        found: Where it stood.
        outbox: What it has to produce; what stood in the stored one has left.
    """

    state: PartitionState
    found: Found
    outbox: Outbox


async def take_over(
    redis: Client, producer: AsyncProducer, tag: str, generation: int, identity: Mapping[str, str]
) -> Taken:
    """Take a partition over and produce what a predecessor left.

    Args:
        redis: Client of the state Redis.
        producer: The process's producer.
        tag: The partition's hash tag, braces included.
        generation: The consumer group's generation that it is taken over in.
        identity: What the state must belong to; see `PartitionState`.

    Raises:
        StopError: It can't be taken over; see `PartitionState.take`.
    """
    state = PartitionState(redis, tag, generation, identity)
    found = await state.take()
    outbox = Outbox(producer)
    await outbox.produce_left(found.outbox)
    return Taken(state, found, outbox)


async def stored_offset(redis: Client, tag: str) -> int:
    """Read a partition's stored offset without taking it over; 0 where there is none."""
    return int(await redis.hget(meta_key(tag), "offset") or 0)
