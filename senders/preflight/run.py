"""All checks of a production set-up, one after the other."""

import secrets
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, cast

from runtime.redis_client import Client
from runtime.settings import Settings
from senders.links.tokens import Unsubscribe
from senders.mail.composer import open_links, open_return_paths
from senders.preflight import dns_checks, smtp_checks, web_checks
from senders.preflight.finding import Finding, failed
from senders.preflight.names import Names, NamesAwayError
from senders.preflight.record import Report
from senders.preflight.target import Target, target_of
from senders.recipients.suppression import digest_of, hash_key, person_key

Check = Callable[[], Awaitable[Finding]]


@dataclass(frozen=True, slots=True)
class World:
    """What a preflight asks.

    Attributes:
        names: DNS.
        ledger: Where the withdrawal of the one-click check is found.
        smtp_tls: Verifies the relay's certificate.
        web_tls: Verifies that of the public URL.
        addresses: Where mail leaves from on the direct route.
        mx_port: Where MX hosts listen.
    """

    names: Names
    ledger: Client
    smtp_tls: ssl.SSLContext
    web_tls: ssl.SSLContext
    addresses: Sequence[str] = ()
    mx_port: int = smtp_checks.SMTP_PORT


async def run_checks(
    settings: Settings, world: World, overrides: Sequence[str] = (), *, direct: bool = False
) -> Report:
    """Run every check; those that are overridden too, so that what is let pass is known.

    Args:
        settings: All settings.
        world: What is asked.
        overrides: Checks that need not pass.
        direct: Whether any provider is sent to directly.

    Raises:
        BadSigningKeysError: A key can't be used.
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    target = target_of(settings, direct=direct)
    names = world.names
    paths = open_return_paths(settings)
    sources = world.addresses if direct else await _relay_addresses(target, names)
    checks: dict[str, Check] = {
        "from_domain": lambda: dns_checks.check_from_domain(target, names),
        "spf": lambda: dns_checks.check_spf(target, names, sources),
        "dkim": lambda: dns_checks.check_dkim(target, names),
        "dmarc": lambda: dns_checks.check_dmarc(target, names),
        "tls": lambda: smtp_checks.check_tls(target, world.smtp_tls),
        "ptr": lambda: dns_checks.check_ptr(target, names, world.addresses),
        "return_path": lambda: smtp_checks.check_return_path(target, names, paths, world.mx_port),
        "one_click": lambda: _one_click(settings, target, world),
    }
    findings = [await _finding(name, check) for name, check in checks.items()]
    at_ms = time.time_ns() // 1_000_000
    return Report(
        fingerprint=target.fingerprint,
        at_ms=at_ms,
        findings=tuple(findings),
        overridden=tuple(overrides),
    )


async def _finding(name: str, check: Check) -> Finding:
    try:
        return await check()
    except NamesAwayError as error:
        return failed(name, "DNS", str(error), "Run it again; see that this machine's DNS answers.")


async def _relay_addresses(target: Target, names: Names) -> list[str]:
    host = target.relay.rpartition(":")[0]
    try:
        return [str(ip_address(host))]
    except ValueError:
        pass  # a name
    try:
        return await names.addresses(host)
    except NamesAwayError:
        return []  # one that only this machine knows


async def _one_click(settings: Settings, target: Target, world: World) -> Finding:
    digest = digest_of(f"{secrets.token_hex(16)}@preflight.invalid")
    probe = Unsubscribe(smtp_checks.PROBE, smtp_checks.PROBE, digest)
    key = hash_key(settings.namespace, digest)

    async def withdrawn() -> bool:
        return bool(await cast("Awaitable[Any]", world.ledger.exists(key)))

    try:
        links = open_links(settings)
        return await web_checks.check_one_click(target, links, probe, withdrawn, world.web_tls)
    finally:
        # Nobody's: the address was made up.
        person = person_key(settings.namespace, smtp_checks.PROBE)
        for made in (key, person):
            await cast("Awaitable[Any]", world.ledger.delete(made))
