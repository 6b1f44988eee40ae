"""A person's mail from the state as it is: read from Kafka and Redis, written nowhere."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nextbest.connections import codec, read_whole, topology
from nextbest.state_reader import Found, read_subscriber
from runtime.metrics import Metrics
from runtime.redis_client import connect_ledger, connect_state
from runtime.settings import FLOWS_FILE, Settings
from schemas.codec import Record
from schemas.errors import DeadLetterError
from senders.clock import pipeline_clock
from senders.dry_run import Summary, verdict_of
from senders.handover.facts import FactReader
from senders.mail.catalog import CatalogReader
from senders.mail.composer import Composer, Shelf, Words, open_composer
from senders.mail.message_kinds import message_of, read_flows, uses
from senders.mail.records import available
from senders.mail.rendering import FOLDER, Templates
from senders.pace.opening import open_destinations
from senders.recipients.address import AllowList

SHOWN: Final = 3
"""Products of a mail that no decision has chosen yet."""
HOUR_MS: Final = 3_600_000
PLACEHOLDER: Final = "nobody@nowhere.invalid"
"""Stands for the address of someone who has none; no mail can go to it (RFC 2606)."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as it would be made now.

    Attributes:
        decision: What it is made from.
        source: `decision` for the person's last one of this message; `profile` where there is none
            and it is put together from what is known of them.
        contact: The person's contact record.
        words: What it says.
        verdict: What would become of it now, in words.
        shelf: The catalog.
        now_ms: The pipeline's time, epoch milliseconds.
    """

    decision: Record
    source: str
    contact: Record
    words: Words
    verdict: str
    shelf: Shelf
    now_ms: int


async def preview(settings: Settings, message: str, subscriber: str) -> Preview | None:
    """The person's mail; None where nothing is known of them or no contact is on record.

    Raises:
        RetryError: Kafka or Redis doesn't answer.
        UnrenderableError: It can't be made.
    """
    found = await read_subscriber(settings, subscriber)
    if found is None or found.contact is None:
        return None
    decoder = codec(settings)
    catalog = CatalogReader(settings, decoder, topology(settings))
    templates = Templates(settings.programme_dir / FOLDER)
    composer = open_composer(settings, templates, catalog, Metrics())
    state, ledger = connect_state(settings), connect_ledger(settings)
    try:
        catalog.start()
        await asyncio.to_thread(catalog.wait_complete)
        decision = await asyncio.to_thread(last_decision, settings, message, subscriber)
        source = "profile" if decision is None else "decision"
        clock = pipeline_clock(settings, state)
        now_ms = await clock.now_ms()
        decision = decision or put_together(settings, message, subscriber, found, catalog, now_ms)
        contact = {**found.contact, "address": found.contact["address"] or PLACEHOLDER}
        words = composer.render(decision, contact, now_ms)
        reader = FactReader(
            state,
            ledger,
            decoder,
            clock,
            settings.namespace,
            settings.kafka.journal_partitions,
        )
        verdict = await _verdict(decision, reader, composer, settings)
    finally:
        await asyncio.to_thread(catalog.stop)
        await state.aclose()
        await ledger.aclose()
    return Preview(decision, source, found.contact, words, verdict, catalog, now_ms)


async def _verdict(
    decision: Record, reader: FactReader, composer: Composer, settings: Settings
) -> str:
    allowed = AllowList(settings.sender.allow_recipients)
    destinations = open_destinations(settings)
    return await verdict_of(decision, reader, composer, allowed, destinations, Summary())


def last_decision(settings: Settings, message: str, subscriber: str) -> Record | None:
    """The person's last decision to send a message; None where the topic holds none.

    Raises:
        KafkaAwayError: No broker answers.
    """
    decode, wanted = codec(settings).decode, (subscriber.encode(), message.encode())
    last: Record | None = None
    for stored in read_whole(settings, topology(settings).for_record("decision")):
        # Looking for the bytes first spares decoding almost all of them.
        if stored.value is None or not all(part in stored.value for part in wanted):
            continue
        try:
            _, record = decode(stored.value)
        except DeadLetterError:
            continue
        if (
            record.get("subscriber_id") == subscriber
            and record.get("message") == message
            and record.get("action") == "send"
            and (last is None or record["decided_at"] >= last["decided_at"])
        ):
            last = record
    return last


def put_together(
    settings: Settings,
    message: str,
    subscriber: str,
    found: Found,
    catalog: CatalogReader,
    now_ms: int,
) -> Record:
    """A decision of a message that was never made for the person, by what is known of them.

    What they have in the cart, else looked at last, else of their favourite category; in the first
    wording, without an offer. A worker would choose better, or nothing at all.
    """
    folder = settings.programme_dir / FOLDER
    flows = read_flows(settings.programme_dir / FLOWS_FILE)
    flow = next((name for name, _, _ in uses(flows, message)), "preview")
    products, category = interests(found.profile, catalog.products)
    content = {"products": ",".join(products), "hero": products[0] if products else ""}
    return {
        "decision_id": "0" * 32,
        "subscriber_id": subscriber,
        "action": "send",
        "arm": "",
        "flow": flow,
        "message": message,
        "message_type": "",
        "offer": "none",
        "content": {**content, "category": category, "action": "shop"},
        "segments": [],
        "attributes": {},
        "slots": [],
        "decided_at": now_ms,
        "expires_at": now_ms + HOUR_MS,
        "kind": message_of(message, folder, flows).kind,
        "stream": "marketing",
        "topic": None,
        "resend_unknown": False,
        "engagement": 0.0,
    }


def interests(profile: Mapping[str, Any], catalog: Mapping[str, Any]) -> tuple[list[str], str]:
    """Products that a person is likely to see, and the category they like most."""
    cart = [str(item["product_id"]) for item in profile.get("cart") or []]
    viewed = profile.get("viewed") or {}
    newest = sorted(viewed, key=lambda product_id: -viewed[product_id])
    liked = profile.get("categories") or {}
    category = max(liked, key=lambda name: liked[name]) if liked else ""
    shelf = [each for each, record in catalog.items() if record["category"] == category]
    named = cart or newest or sorted(shelf)
    return [record["product_id"] for record in available(named, catalog)][:SHOWN], category
