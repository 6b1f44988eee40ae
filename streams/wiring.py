"""What every stream role is put together from."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from runtime.health import Health
from runtime.kafka_config import librdkafka_config
from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.codec import Codec
from schemas.topics import Topology
from streams.producer import AsyncProducer
from streams.transport import ChunkConsumer, StreamApp, end_process

log = structlog.get_logger(__name__)

LOOKS_PER_LIMIT = 4
"""How often a role is looked at within the time after which it counts as stuck: each look asks the
brokers for the ends of its logs, and one that fails must not fail liveness."""


@dataclass(slots=True)
class Common:
    """What every stream role has."""

    settings: Settings
    metrics: Metrics
    health: Health
    topology: Topology
    codec: Codec
    producer: AsyncProducer
    background: list[Coroutine[Any, Any, None]] = field(default_factory=list)
    draining: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    def admin(self) -> dict[str, Any]:
        """The admin client's properties."""
        return librdkafka_config(self.settings)


async def watched(
    app: StreamApp,
    look: Callable[[ChunkConsumer, float], Awaitable[None]],
    stuck_seconds: float,
) -> None:
    """Look again and again whether the role goes on.

    Args:
        app: The role's app.
        look: Looks once; gets the consumer and the event loop's time in seconds.
        stuck_seconds: How long the role may stand still; it is looked at four times as often.
    """
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(stuck_seconds / LOOKS_PER_LIMIT)
        try:
            await look(app.consumer, loop.time())
        except Exception as error:  # noqa: BLE001 - Kafka is away; silence fails liveness
            log.warning("could not compare with the log's end", reason=str(error))


async def or_end(work: Awaitable[None]) -> None:
    """Do the work, or end the process.

    Faust would start the agent anew after an exception and go on behind the chunk at hand.
    """
    try:
        await work
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing may be skipped
        end_process(error)
