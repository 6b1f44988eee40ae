"""`nextbest topics`: make the declared topics, check and list them."""

from typing import Annotated

import typer

from nextbest.output import Json, print_json, print_table
from schemas.topics import TOPICS, Topology

app = typer.Typer(no_args_is_help=True, help="Make, check and list the Kafka topics.")


@app.command()
def create() -> None:
    """Make the topics that are missing; existing ones are left as they are.

    Example: NEXTBEST_KAFKA__REPLICATION_FACTOR=3 nextbest topics create
    """
    from runtime.kafka_config import librdkafka_config
    from runtime.settings import load_settings
    from schemas.topic_admin import ensure_topics

    settings = load_settings()
    done = ensure_topics(
        librdkafka_config(settings),
        _topology(),
        replication_factor=settings.kafka.replication_factor,
    )
    for line in done or ["every topic exists already"]:
        print(line)


@app.command()
def check() -> None:
    """Compare the topics on the broker with their declaration; exit status 2 if they differ."""
    from runtime.kafka_config import librdkafka_config
    from runtime.settings import load_settings
    from schemas.topic_admin import check_topics

    for note in check_topics(librdkafka_config(load_settings()), _topology()):
        print(f"note: {note}")
    print("every topic is as declared")


@app.command("list")
def list_topics(as_json: Annotated[bool, Json] = False) -> None:
    """List the topics as declared, without asking a broker."""
    topology = _topology()
    rows = [
        {
            "topic": topology.name(topic.name),
            "record": topic.record or "every event",
            "key": topic.key,
            "partitions": topology.partitions(topic),
            "retention_ms": topic.retention_ms,
            "cleanup": topic.cleanup,
            "max_message_bytes": topic.max_message_bytes,
            "doc": topic.doc,
        }
        for topic in TOPICS
    ]
    if as_json:
        print_json(rows)
    else:
        columns = ("topic", "record", "key", "partitions", "cleanup", "doc")
        print_table("Topics", columns, [[row[name] for name in columns] for row in rows])


def _topology() -> Topology:
    from nextbest.connections import topology
    from runtime.settings import load_settings

    return topology(load_settings())
