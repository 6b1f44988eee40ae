"""Wiring intake. Nothing here needs what decides, which takes seconds to import."""

from typing import Any

from schemas.topic_admin import topic_ids
from streams.app import chunk_topic, create_app
from streams.clock import wall_ms
from streams.intake import Intake
from streams.journal import Journaling
from streams.transport import StreamApp
from streams.wiring import Common, or_end, watched

_TOPIC_CHECK_SECONDS = 15.0


async def intake(common: Common) -> StreamApp:
    """Make the app that checks events and writes them into the journal."""
    settings = common.settings
    app = create_app(settings, "intake", chunk_records=settings.intake.chunk_records)
    names = common.topology.event_topics

    def read_ids() -> dict[str, str]:
        return topic_ids(common.admin(), names)

    taker = Intake(
        Journaling(common.codec, common.topology, {}, common.metrics),
        common.producer,
        common.metrics,
        wall_ms,
        read_ids,
        common.health,
        settings.intake.stuck_seconds,
    )
    app.positions = taker

    async def into_journal(stream: Any) -> None:
        async for event in stream.noack().events():
            await or_end(taker.take(event))

    app.agent(chunk_topic(app, names), name="intake", concurrency=1)(into_journal)

    common.background += [
        watched(app, taker.watch, settings.intake.stuck_seconds),
        taker.acknowledge_forever(),
        taker.check_topics_forever(_TOPIC_CHECK_SECONDS),
    ]
    common.draining.append(taker.drain)
    return app
