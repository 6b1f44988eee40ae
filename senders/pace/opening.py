"""The pace put together by the settings: providers, the DNS, lanes, what looks after them."""

import time
from collections.abc import Sequence
from random import Random
from uuid import uuid4

from runtime.metrics import Metrics
from runtime.redis_client import Client
from runtime.settings import Settings
from senders.asking import Asker
from senders.pace.destination import Destination, Destinations
from senders.pace.dns import Resolver, Status
from senders.pace.dns_cache import DnsCache
from senders.pace.gcra import Pacer
from senders.pace.leases import Leases
from senders.pace.provider_files import load_providers
from senders.pace.throttle import Throttle
from senders.pace.turns import Shared, Turns
from senders.pace.upkeep import Upkeep
from senders.smtp.connection import Connection
from senders.smtp.dial import DirectDialer, authorities, relay_dial, unchecked

RELAY_MAILS = 100
"""Mails over one connection to the relay; relays commonly drop it after as many."""
WAITING_PER_ACTIVE = 12
"""Mails that may wait for their turns, for each decision that may be at work: half of all that may
be parked (`senders.reading.reader`), so that volume, retries and pauses have as many
(`senders.handover.crowds`)."""


def open_destinations(settings: Settings) -> Destinations:
    """What finds out where mail goes.

    Raises:
        BadProvidersError: The providers' files are wrong; everything is listed.
    """
    exchangers = None
    if settings.pace.dns == "system":
        exchangers = DnsCache(Resolver(settings.pace).mx, time.monotonic)
    return Destinations(load_providers(settings), exchangers)


def open_pace(
    settings: Settings, state: Client, metrics: Metrics, asker: Asker | None = None
) -> tuple[Turns, Upkeep]:
    """The turns, and what must run beside them.

    Raises:
        BadProvidersError: The providers' files are wrong; everything is listed.
    """
    namespace = settings.namespace
    shared = Shared(
        Pacer(state, namespace, asker),
        Throttle(state, namespace),
        Leases(state, namespace, uuid4().hex),
    )
    destinations = open_destinations(settings)
    connector = Connector(settings)
    turns = Turns(
        destinations,
        connector.connection,
        shared,
        metrics,
        settings.sender.connections,
        settings.sender.max_in_flight * WAITING_PER_ACTIVE,
    )
    idle_seconds = settings.pace.idle_seconds
    return turns, Upkeep(turns, shared, destinations.providers, metrics, idle_seconds)


class Connector:
    """Makes connections by the route that a destination has.

    Args:
        settings: All settings.
        rng: Mixes exchangers that are preferred equally.
    """

    def __init__(self, settings: Settings, rng: Random | None = None) -> None:
        self._relay = relay_dial(settings)
        self._rng = rng or Random()
        self._addresses = DnsCache(Resolver(settings.pace).addresses, time.monotonic)
        self._direct = DirectDialer(
            self._find_addresses,
            settings.pace.direct_port,
            settings.sender.smtp_timeout_seconds,
            settings.pace.ehlo_name,
            authorities(settings.sender),
            unchecked(),
        )

    def connection(self, destination: Destination) -> Connection:
        """A connection to where a destination's mail goes, not yet open."""
        provider = destination.provider
        if not provider.direct:
            return Connection(self._relay, RELAY_MAILS)
        return Connection(
            lambda: self._direct.open(destination.hosts(self._rng), provider.tls),
            provider.messages_per_connection,
        )

    async def _find_addresses(self, host: str) -> Sequence[str]:
        answer = await self._addresses.get(host)
        return answer.records if answer.status is Status.FOUND else ()
