"""The pages of `nextbest web` in this process: real Redis behind them, Kafka only noted down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, DummyCookieJar

from runtime.listening import listen
from runtime.metrics import Metrics
from runtime.webhook_settings import WebhookSettings
from schemas.checks import check_event
from schemas.codec import Codec, Record
from schemas.emitter import EmitterFullError
from schemas.keys import contact_key, journal_partition, state_tag
from schemas.registry import BundledRegistry
from senders.links.sent import Sent, encode, sent_key
from senders.links.tokens import Links
from senders.links.verp import mail_id
from senders.recipients.choices import Choices
from senders.recipients.contacts import ContactReader
from senders.recipients.optouts import OptOuts
from senders.recipients.pending import PendingEvents
from senders.recipients.suppression import digest_of
from senders.returns.returns import Returns
from senders.web.app import make_app, make_runner
from senders.web.services import Following, Services
from senders.web.topics import Told, Topic
from senders.webhooks.certificates import Fetch, fetch
from senders.webhooks.hooks import Hooks
from senders.webhooks.taking import Taking
from tests.sending import LINK_SECRET

NOW_MS = 1_790_000_000_000
ADDRESS = "ann@inbox.example"
DIGEST = digest_of(ADDRESS)
LINKS = Links("", [LINK_SECRET])
TOLD = Told(
    (Topic("news", "News"), Topic("sales", "Sales", "When something costs less")), day=1, week=3
)


class NotedKafka:
    """Takes what an emitter takes, checks it as intake would, and keeps it."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Record]] = []
        self.away = False
        self._codec = Codec(BundledRegistry())

    def emit(self, name: str, event: Mapping[str, Any]) -> None:
        if self.away:
            raise EmitterFullError("full")
        full = {"event_id": f"e{len(self.events)}", **event}
        seen = self._codec.decode(self._codec.encode(name, full))[1]
        check_event(name, seen, NOW_MS)
        self.events.append((name, seen))

    def flush(self, _seconds: float) -> None:
        """Nothing waits."""

    def poll(self) -> None:
        """Nothing comes."""

    def of(self, name: str) -> list[Record]:
        """The events of a name so far."""
        return [event for kind, event in self.events if kind == name]


@dataclass
class DialledClock:
    """The pipeline's time, set by hand."""

    ms: int = NOW_MS

    async def now_ms(self) -> int:
        return self.ms


@dataclass
class WebHouse:
    """One process of the web role, without the process.

    Attributes:
        state: A client of the state Redis.
        ledger: A client of the ledger Redis.
    """

    state: Any
    ledger: Any
    namespace: str
    webhook: WebhookSettings = field(default_factory=WebhookSettings)
    fetch: Fetch = fetch
    clock: DialledClock = field(default_factory=DialledClock)

    async def __aenter__(self) -> "WebHouse":
        self.kafka = NotedKafka()
        kafka: Any = self.kafka
        self.metrics = Metrics()
        self.codec = Codec(BundledRegistry())
        pending = PendingEvents(self.ledger, self.namespace, kafka)
        self.services = Services(
            LINKS,
            self.ledger,
            self.namespace,
            ContactReader(self.state, self.codec, self.namespace, 8),
            OptOuts(self.ledger, self.namespace, pending),
            Choices(self.ledger, self.namespace, pending),
            pending,
            Following(pending),
            kafka,
            self.clock,
            self.metrics,
            "Fernweh & Co",
            TOLD,
        )
        taking = Taking(
            self.ledger,
            self.namespace,
            Returns(self.ledger, self.namespace, pending),
            self.services.optouts,
            self.metrics,
        )
        hooks = Hooks(
            self.webhook,
            (LINK_SECRET,),
            taking,
            self.services.now_ms,
            self.services.following.soon,
            self.metrics,
            fetch=self.fetch,
            wall_seconds=lambda: self.clock.ms / 1000,
        )
        self._runner = make_runner(make_app(self.services, hooks.routes()))
        await self._runner.setup()
        self.port = await listen(self._runner, "NEXTBEST_WEB", "127.0.0.1", 0)
        base = f"http://127.0.0.1:{self.port}/"
        self.client = ClientSession(base, cookie_jar=DummyCookieJar())
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.client.close()
        await self._runner.cleanup()
        await self.services.following.end()

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, str, dict[str, str]]:
        """Status, text and headers of an answer."""
        async with self.client.request(method, path, allow_redirects=False, **more) as answer:
            return answer.status, await answer.text("latin-1"), dict(answer.headers)

    async def sent(self, decision_id: str = "d1", **changes: Any) -> Sent:
        """Remember a mail as handed over."""
        told = {"subscriber": "ann", "address_hash": DIGEST, "message": "cart_reminder"}
        sent = Sent(decision_id, **{**told, **changes})
        await self.ledger.set(sent_key(self.namespace, mail_id(decision_id)), encode(sent))
        return sent

    async def contact(self, record: Record) -> None:
        """Store a contact as a worker would."""
        subscriber = record["subscriber_id"]
        tag = state_tag(self.namespace, journal_partition(subscriber, 8))
        await self.state.set(contact_key(tag, subscriber), self.codec.encode("contact", record))

    async def suppressed(self, key: str) -> dict[str, str]:
        """What stands under `suppressed:` and a digest or `person:` and a key."""
        found = await self.ledger.hgetall(f"{self.namespace}suppressed:{key}")
        return {name.decode(): value.decode() for name, value in found.items()}

    async def followed(self, name: str) -> list[Record]:
        """The events of a name, once all that was promised has left."""
        await self.services.following.end()
        await self.services.pending.emit()
        return list(self.kafka.of(name))
