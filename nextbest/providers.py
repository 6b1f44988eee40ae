"""`nextbest providers`: the mailbox providers, how fast mail goes to each, and who is where."""

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nextbest.output import Json, print_json, print_table

if TYPE_CHECKING:
    from runtime.settings import Settings
    from senders.pace.destination import Destination
    from senders.pace.provider import Provider

Domains = Annotated[
    list[str] | None,
    typer.Argument(metavar="[DOMAIN]…", help="Say at which provider each of these is, and why."),
]


def providers(domains: Domains = None, as_json: Annotated[bool, Json] = False) -> None:
    """List the mailbox providers, or say at which one a recipient domain is, and why.

    `factor` is the share of its rate that a provider has left after asking for less; empty where
    the state Redis doesn't answer. A domain that no provider lists is looked up in the DNS.

    Example: nextbest providers gmail.com shop.example
    """
    from runtime.start import checked_settings
    from senders.pace.provider_files import provider_problems

    settings = checked_settings("providers", provider_problems)
    wanted = [_domain(text) for text in domains or []]
    asyncio.run(_show_domains(settings, wanted, as_json) if wanted else _list(settings, as_json))


def _domain(text: str) -> str:
    from runtime.mailbox import parse_domain

    domain = parse_domain(text.rpartition("@")[2])
    if domain is None:
        raise typer.BadParameter(f"{text!r} is no domain that mail can go to")
    return domain


async def _list(settings: "Settings", as_json: bool) -> None:
    from senders.pace.provider_files import load_providers

    found = load_providers(settings).all
    factors = await _factors(settings, list(found))
    rows = [_row(provider, factors.get(name)) for name, provider in sorted(found.items())]
    _print("mailbox providers", rows, as_json)


async def _show_domains(settings: "Settings", domains: list[str], as_json: bool) -> None:
    from senders.pace.opening import open_destinations

    destinations = open_destinations(settings)
    found = await asyncio.gather(*(destinations.of(domain) for domain in domains))
    factors = await _factors(settings, [one.key for one in found])
    rows = [
        _domain_row(domain, destination, factors.get(destination.key))
        for domain, destination in zip(domains, found, strict=True)
    ]
    _print("recipient domains", rows, as_json)


def _row(provider: "Provider", factor: float | None) -> dict[str, Any]:
    direct = provider.direct
    return {
        "provider": provider.name,
        "route": provider.route,
        "messages_per_second": provider.messages_per_second,
        "burst": provider.burst,
        "factor": factor,
        "connections": provider.connections if direct else None,
        "messages_per_connection": provider.messages_per_connection if direct else None,
        "connections_per_second": provider.connections_per_second if direct else None,
        "tls": provider.tls if direct else None,
        "feedback_reports": "yes" if provider.feedback_reports else "no",
    }


def _domain_row(domain: str, there: "Destination", factor: float | None) -> dict[str, Any]:
    return {
        "domain": domain,
        "provider": there.provider.name,
        "why": there.why if there.refusal is None else f"{there.why}: no mail can go there",
        "route": there.provider.route,
        "exchangers": ", ".join(there.site) or None,
        "factor": factor,
    }


def _print(title: str, rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(rows)
    else:
        print_table(title, list(rows[0]), [list(row.values()) for row in rows])


async def _factors(settings: "Settings", keys: list[str]) -> dict[str, float]:
    """How slow each is now; nothing where Redis doesn't answer: the rest can be told without."""
    from nextbest.connections import open_state
    from runtime.redis_client import RedisAwayError
    from senders.pace.throttle import Throttle

    try:
        async with open_state(settings) as state:
            throttle = Throttle(state, settings.namespace)
            factors = await throttle.factors(keys, time.time_ns() // 1000)
    except RedisAwayError as error:
        typer.echo(f"how slow providers are now can't be told: {error}", err=True)
        return {}
    return {key: round(factor, 3) for key, factor in zip(keys, factors, strict=True)}
