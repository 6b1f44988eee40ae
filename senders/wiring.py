"""A sender's parts, put together as the settings ask."""

from dataclasses import dataclass

from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.codec import Codec
from senders.asking import Asker
from senders.clock import PipelineClock, pipeline_clock
from senders.guardrails.limits import rules_of
from senders.guardrails.watch import Watch
from senders.handover.backoff import Backoffs
from senders.handover.crowds import Crowds
from senders.handover.facts import FRESH_DRIVEN_SECONDS, FRESH_SECONDS, FactReader
from senders.handover.services import Services
from senders.mail.composer import Composer
from senders.pace.opening import WAITING_PER_ACTIVE, open_pace
from senders.pace.provider_files import load_providers
from senders.pace.upkeep import Upkeep
from senders.recipients.address import AllowList
from senders.stores import Stores, open_ledger
from senders.volume.volume import Volume


@dataclass(frozen=True, slots=True)
class Parts:
    """What a sender runs.

    Attributes:
        services: What handing over needs.
        upkeep: Keeps lanes and leases, beside it.
        watch: Watches the guardrails, beside it.
    """

    services: Services
    upkeep: Upkeep
    watch: Watch


async def put_together(
    settings: Settings,
    stores: Stores,
    codec: Codec,
    composer: Composer,
    metrics: Metrics,
    *,
    backoffs: Backoffs,
    claim_grace_seconds: float,
) -> Parts:
    """Put a sender's parts together.

    Args:
        settings: All settings.
        stores: Both Redis, connected.
        codec: Decodes contacts.
        composer: Makes the mails.
        metrics: Counts.
        backoffs: After temporary failures.
        claim_grace_seconds: How long another process' claim may go without a result.

    Raises:
        StopError: The files of the providers are not as they must be.
        RetryError: The ledger doesn't answer.
    """
    clock = pipeline_clock(settings, stores.state)
    # The pace and the contacts are asked in the same round trips.
    state_asker, ledger_asker = Asker(stores.state, "state"), Asker(stores.ledger, "ledger")
    turns, upkeep = open_pace(settings, stores.state, metrics, state_asker)
    watch = _watch(settings, stores, clock, metrics)
    services = Services(
        clock=clock,
        facts=FactReader(
            stores.state,
            stores.ledger,
            codec,
            clock,
            settings.namespace,
            settings.kafka.journal_partitions,
            asker=ledger_asker,
            state_asker=state_asker,
            fresh_seconds=FRESH_DRIVEN_SECONDS if settings.clock == "driven" else FRESH_SECONDS,
        ),
        ledger=await open_ledger(settings, stores.ledger, ledger_asker),
        ledger_redis=stores.ledger,
        turns=turns,
        volume=_volume(settings, stores, watch, metrics),
        composer=composer,
        crowds=Crowds(settings.sender.max_in_flight * WAITING_PER_ACTIVE),
        metrics=metrics,
        allowed=AllowList(settings.sender.allow_recipients),
        namespace=settings.namespace,
        backoffs=backoffs,
        claim_grace_seconds=claim_grace_seconds,
    )
    return Parts(services, upkeep, watch)


def _watch(settings: Settings, stores: Stores, clock: PipelineClock, metrics: Metrics) -> Watch:
    rules = rules_of(settings.guardrails, load_providers(settings).no_feedback)
    seconds = settings.guardrails.look_seconds
    return Watch(stores.ledger, settings.namespace, rules, seconds, clock, metrics)


def _volume(settings: Settings, stores: Stores, watch: Watch, metrics: Metrics) -> Volume:
    domain = settings.sender.from_address.rpartition("@")[2]
    return Volume(stores.ledger, settings.namespace, domain, settings.volume, watch.holds, metrics)
