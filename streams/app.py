"""Making the Faust app of a stream role from settings; importing this configures nothing."""

from collections.abc import Sequence
from typing import Any

import faust
from faust.types.auth import AuthProtocol, SASLMechanism
from yarl import URL

from runtime.data_folder import make_data_folder
from runtime.kafka_config import ssl_context
from runtime.settings import KafkaSettings, Settings
from streams.transport import ChunkSchema, ChunkTransport, StreamApp

GROUPS = {"intake": "nextbest-intake", "worker": "nextbest-worker", "trainer": "nextbest-trainer"}
"""Consumer groups of the stream roles, without the namespace."""

_METADATA_SECONDS = 20
"""How soon partitions added to a topic, or a topic that was away, are noticed. Faust's own five
minutes leave a topic unread for as long where the group joined while it was being made anew."""
_FETCH_BYTES = 262_144
"""Most bytes of a partition in one fetch: small enough that lanes don't wait for a long parse."""


def create_app(settings: Settings, role: str, *, chunk_records: int) -> StreamApp:
    """Make the app of a role: its group, its brokers, its timeouts.

    Args:
        settings: All settings.
        role: intake, worker or trainer.
        chunk_records: Most records handed over at once.
    """
    kafka = settings.kafka
    make_data_folder(settings.data_dir)  # Faust makes only the last folder
    app = StreamApp(
        settings.namespace + GROUPS[role],
        broker=[URL(f"kafka://{server}") for server in kafka.bootstrap_servers.split(",")],
        broker_credentials=credentials(kafka),
        broker_session_timeout=kafka.session_timeout_seconds,
        broker_heartbeat_interval=kafka.heartbeat_seconds,
        broker_rebalance_timeout=max(kafka.session_timeout_seconds, 10.0),
        broker_request_timeout=max(
            kafka.request_timeout_seconds, kafka.session_timeout_seconds + 5.0
        ),
        broker_max_poll_interval=kafka.max_poll_seconds,
        broker_max_poll_records=None,
        consumer_max_fetch_size=_FETCH_BYTES,
        consumer_metadata_max_age_ms=_METADATA_SECONDS * 1000,
        broker_commit_interval=0.25,
        consumer_auto_offset_reset="earliest",
        datadir=str(settings.data_dir / "faust"),
        store="memory://",
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        stream_buffer_maxsize=64,
        # Without tables, 0 makes the assignor round robin, which is what is wanted: Faust's own
        # leaves a third member idle where two have two of four partitions each, and keeping
        # partitions where they were saves nothing, since lanes are made anew anyway.
        table_standby_replicas=0,
    )
    app.on_rebalance_complete.connect(_take_over_nothing)
    app.transport = ChunkTransport(app.conf.broker_consumer, app)
    app.chunk_records = chunk_records
    app.fetch_wait_ms = kafka.fetch_wait_ms
    return app


async def _take_over_nothing(app: StreamApp, **_options: Any) -> None:
    """Let go of what was held where nothing is assigned any more: a spare member is ready too.

    Faust asks for positions only where there is something to read.
    """
    if not app.consumer.assignment():
        await app.consumer.perform_seek()


def chunk_topic(app: StreamApp, names: Sequence[str]) -> Any:
    """Declare the topics an agent reads, in chunks."""
    return app.topic(*names, schema=ChunkSchema())


def credentials(kafka: KafkaSettings) -> faust.auth.Credentials | None:
    """Give Faust the same SASL and TLS settings that librdkafka gets; None for plain text."""
    if kafka.security_protocol == "PLAINTEXT":
        return None
    context = ssl_context(kafka)
    if kafka.security_protocol == "SSL":
        return faust.SSLCredentials(context=context)
    password = kafka.sasl_password
    made = faust.SASLCredentials(
        username=kafka.sasl_username,
        password=password.get_secret_value() if password else None,
        ssl_context=context,
        mechanism=SASLMechanism(kafka.sasl_mechanism),
    )
    made.protocol = AuthProtocol(kafka.security_protocol)
    return made
