"""`--dry-run`: what would leave now, shown and nothing else.

Reads from where the senders' group stands to the topic's end, with a consumer that joins no group;
claims nothing, counts nothing against the pace, commits nothing, emits nothing.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from runtime.kafka_config import consumer_config
from runtime.metrics import Metrics
from runtime.redis_client import connect_ledger, connect_state
from runtime.settings import Settings
from schemas.codec import Codec, Record
from schemas.errors import DeadLetterError, RetryError
from schemas.registry import open_registry
from schemas.topics import Topology
from senders.clock import pipeline_clock
from senders.errors import UnrenderableError
from senders.handover.facts import FactReader
from senders.handover.gate import Go, Refused, check
from senders.mail.catalog import CatalogReader
from senders.mail.composer import Composer, open_composer
from senders.mail.rendering import FOLDER, Templates
from senders.pace.destination import Destinations
from senders.pace.opening import open_destinations
from senders.reading.batches import take_batch
from senders.recipients.address import AllowList
from senders.recipients.suppression import digest_of


class UnreadableTopicError(RetryError):
    """Kafka doesn't answer about the decisions."""


@dataclass(slots=True)
class Summary:
    """What was found.

    Attributes:
        verdicts: Decisions by what would become of them; `send` for mails that would leave.
        recipients: Hashes of the addresses that mails would go to.
    """

    verdicts: Counter[str] = field(default_factory=Counter)
    recipients: set[str] = field(default_factory=set)

    def text(self) -> str:
        """The summary in a few lines."""
        lines = [f"{count:>8}  {verdict}" for verdict, count in sorted(self.verdicts.items())]
        total = f"{self.verdicts['send']} mails to {len(self.recipients)} recipients would leave."
        return "\n".join([*lines, total, ""])


async def show(
    settings: Settings, group: str, write: Callable[[str], Any] = sys.stdout.write
) -> Summary:
    """Show what would leave now.

    Args:
        settings: All settings.
        group: The senders' consumer group, whose place is looked up.
        write: Takes the text.

    Raises:
        UnreadableTopicError: Kafka doesn't answer.
        StoreAwayError: Redis doesn't answer.
        UnreadCatalogError: The catalog can't be read to its end.
    """
    topology = Topology(settings.namespace, settings.kafka.journal_partitions)
    codec = Codec(open_registry(settings.schema_registry_url, topology))
    catalog = CatalogReader(settings, codec, topology)
    templates = Templates(settings.programme_dir / FOLDER)
    composer = open_composer(settings, templates, catalog, Metrics())
    state, ledger = connect_state(settings), connect_ledger(settings)
    clock = pipeline_clock(settings, state)
    partitions = settings.kafka.journal_partitions
    facts = FactReader(state, ledger, codec, clock, settings.namespace, partitions)
    allowed = AllowList(settings.sender.allow_recipients)
    destinations = open_destinations(settings)
    catalog.start()
    summary = Summary()
    try:
        await asyncio.to_thread(catalog.wait_complete)
        for decision in _pending(settings, group, topology.for_record("decision"), codec):
            verdict = await verdict_of(decision, facts, composer, allowed, destinations, summary)
            summary.verdicts[verdict.split(":")[0]] += 1
            write(f"{decision['decision_id']}  {decision['flow']:<26}  {verdict}\n")
    finally:
        await asyncio.to_thread(catalog.stop)
        await state.aclose()
        await ledger.aclose()
    write(summary.text())
    return summary


async def verdict_of(
    decision: Record,
    reader: FactReader,
    composer: Composer,
    allowed: AllowList,
    destinations: Destinations,
    summary: Summary,
) -> str:
    """What would become of a decision now, in words; `send: …` for a mail that would leave.

    Raises:
        RetryError: A store doesn't answer.
    """
    facts = await reader.read(decision)
    if facts.entry is not None and facts.entry.final:
        return f"already {facts.entry.state}"
    verdict = check(
        facts.contact,
        decision,
        facts.suppressions,
        facts.pauses,
        allowed,
        facts.now_ms,
        untrue=composer.untrue(decision),
    )
    if not isinstance(verdict, Go):
        status = verdict.status if isinstance(verdict, Refused) else "waits"
        return f"{status}: {verdict.detail}"
    assert facts.contact is not None
    try:
        mail = composer.compose(decision, facts.contact, verdict.address.mailbox, facts.now_ms)
    except UnrenderableError as error:
        return f"unrenderable: {error.detail}"
    summary.recipients.add(digest_of(verdict.address.mailbox))
    provider = (await destinations.of(verdict.address.domain)).provider.name
    return f"send: {decision['message']} ({len(mail.data)} bytes, {provider}) {mail.subject!r}"


def _pending(settings: Settings, group: str, topic: str, codec: Codec) -> Iterator[Record]:
    """The decisions to send from the group's place to the end."""
    config = consumer_config(settings, group=group, client_id="nextbest-dry-run")
    consumer = Consumer({**config, "enable.partition.eof": True})
    timeout = settings.kafka.request_timeout_seconds
    try:
        found = consumer.list_topics(topic, timeout=timeout).topics[topic]
        wanted = [TopicPartition(topic, number) for number in found.partitions]
        places = consumer.committed(wanted, timeout=timeout)
        for place in places:
            if place.offset < 0:
                place.offset = OFFSET_BEGINNING
        # Assigned by hand: the group is asked for its place and never joined.
        consumer.assign(places)
        yield from _until_ends(consumer, set(found.partitions), codec, timeout)
    except KafkaException as error:
        raise UnreadableTopicError(f"{topic} can't be read: {error.args[0].str()}") from error
    finally:
        consumer.close()


def _until_ends(
    consumer: Consumer, unfinished: set[int], codec: Codec, timeout: float
) -> Iterator[Record]:
    while unfinished:
        messages = take_batch(consumer, 100, timeout)
        if not messages:
            raise UnreadableTopicError(f"no answer from Kafka for {timeout:g} s")
        for message in messages:
            error = message.error()
            if error is not None:
                if error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001  its public name
                    raise KafkaException(error)
                unfinished.discard(message.partition())
                continue
            try:
                _name, record = codec.decode(message.value())
            except DeadLetterError:
                continue
            if record.get("action") == "send":
                yield record
