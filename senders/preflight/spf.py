"""SPF (RFC 7208): whether a domain's record lets an address send, within the limits of 4.6.4.

Macros are not expanded: a mechanism that holds one never matches here.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from senders.preflight.names import Names

MOST_LOOKUPS: Final = 10
MOST_VOID: Final = 2
MOST_MX: Final = 10
_RESULTS: Final = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}

Ip = IPv4Address | IPv6Address


class PermError(Exception):
    """The record is wrong or asks too much; receivers treat it as if there were none, or worse."""


@dataclass(slots=True)
class Spf:
    """What evaluating a record showed.

    Attributes:
        record: The domain's record; empty where there is none.
        result: `pass`, `fail`, `softfail`, `neutral`, `none` or `permerror`.
        lookups: Terms that had DNS asked, `include` and the like.
        void: Lookups that found nothing.
        includes: Domains that the record itself includes or redirects to.
        everybody: Whether the record ends in an `all` that lets everybody send.
        problem: Why it is a permerror.
    """

    record: str = ""
    result: str = "none"
    lookups: int = 0
    void: int = 0
    includes: list[str] = field(default_factory=list)
    everybody: bool = False
    problem: str = ""


async def evaluate(names: Names, domain: str, address: str | None) -> Spf:
    """Evaluate the record of a domain for a sending address.

    Args:
        names: Asked.
        domain: The envelope sender's.
        address: The IP address; None to walk through all of it, matching nothing.

    Raises:
        NamesAwayError: DNS doesn't answer.
    """
    spf = Spf()
    ip = ip_address(address) if address else None
    try:
        spf.record = await _record(names, domain)
        if spf.record:
            own = [_split(term) for term in spf.record.split()[1:]]
            spf.includes = [v for _, n, v in own if n in {"include", "redirect"} and v]
            spf.everybody = any(n == "all" and sign in "+?" for sign, n, _ in own)
            spf.result = await _check(names, domain, spf.record, ip, spf, depth=0)
    except PermError as error:
        spf.result, spf.problem = "permerror", str(error)
    return spf


async def _record(names: Names, domain: str) -> str:
    found = [
        text
        for text in await names.txt(domain)
        if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")
    ]
    if len(found) > 1:
        raise PermError(f"{domain} has {len(found)} SPF records; one only is allowed")
    return found[0] if found else ""


def _split(term: str) -> tuple[str, str, str]:
    """A term as sign, name and value."""
    sign = term[0] if term[:1] in _RESULTS else "+"
    rest = term.lstrip("+-~?") if term[:1] in _RESULTS else term
    at = next((n for n, character in enumerate(rest) if character in ":=/"), len(rest))
    value = rest[at:] if rest[at : at + 1] == "/" else rest[at + 1 :]
    return sign, rest[:at].lower(), value


async def _check(
    names: Names, domain: str, record: str, ip: Ip | None, spf: Spf, *, depth: int
) -> str:
    redirect = ""
    for term in record.split()[1:]:
        sign, name, value = _split(term)
        if name == "redirect":
            redirect = value
        elif name in _MECHANISMS:
            if await _matches(names, domain, name, value, ip, spf, depth):
                return _RESULTS[sign]
        elif "=" not in term:
            raise PermError(f"{domain} has the unknown term {term!r}")
    if redirect:
        _count(spf, f"redirect={redirect}")
        target = await _record(names, redirect)
        if not target:
            raise PermError(f"{domain} redirects to {redirect}, which has no SPF record")
        return await _check(names, redirect, target, ip, spf, depth=depth + 1)
    return "neutral"


_MECHANISMS = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})


async def _matches(
    names: Names, domain: str, name: str, value: str, ip: Ip | None, spf: Spf, depth: int
) -> bool:
    if name == "all":
        return ip is not None
    if name in {"ip4", "ip6"}:
        return _in_network(value, ip)
    _count(spf, name)
    if "%" in value or name == "ptr":
        return False
    if name == "include":
        return await _included(names, domain, value, ip, spf, depth)
    host, prefixes = _host(value, domain)
    if name == "exists":
        return bool(await names.addresses(host)) and ip is not None
    hosts = await _mx(names, host) if name == "mx" else [host]
    found = [address for one in hosts for address in await names.addresses(one)]
    if not found:
        spf.void += 1
        if spf.void > MOST_VOID:
            raise PermError(f"more than {MOST_VOID} lookups find nothing, {host} the last")
    return any(_in_network(f"{one}{_prefix(one, prefixes)}", ip) for one in found)


async def _included(
    names: Names, domain: str, value: str, ip: Ip | None, spf: Spf, depth: int
) -> bool:
    record = await _record(names, value)
    if not record:
        raise PermError(f"{domain} includes {value}, which has no SPF record")
    return await _check(names, value, record, ip, spf, depth=depth + 1) == "pass" and ip is not None


async def _mx(names: Names, host: str) -> list[str]:
    hosts = await names.mx(host)
    if len(hosts) > MOST_MX:
        raise PermError(f"{host} has {len(hosts)} MX hosts; more than {MOST_MX} are too many")
    return hosts


def _count(spf: Spf, what: str) -> None:
    spf.lookups += 1
    if spf.lookups > MOST_LOOKUPS:
        raise PermError(f"it takes more than {MOST_LOOKUPS} lookups, {what} is one too many")


def _host(value: str, domain: str) -> tuple[str, str]:
    """A mechanism's host and its prefix lengths, `/24//64` for instance."""
    host, slash, prefixes = value.partition("/")
    return host or domain, slash + prefixes


def _prefix(address: str, prefixes: str) -> str:
    four, _, six = prefixes.partition("//")
    if ":" in address:
        return f"/{six}" if six else ""
    return four


def _in_network(value: str, ip: Ip | None) -> bool:
    try:
        network = ip_network(value, strict=False)
    except ValueError as error:
        raise PermError(f"{value!r} is no network") from error
    return ip is not None and ip.version == network.version and ip in network
