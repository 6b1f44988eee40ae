"""Where a recipient domain's mail goes: which provider it is at, by what hosts, and why."""

import hashlib
from dataclasses import dataclass
from random import Random

from senders.pace.dns import Answer, Status
from senders.pace.dns_cache import DnsCache
from senders.pace.provider import Found, Provider, Providers
from senders.smtp.replies import Reply

NULL_MX = Reply(556, "5.1.10 the domain takes no mail (null MX, RFC 7505)")
NO_DOMAIN = Reply(550, "5.4.4 there is no such domain")
"""By its code about routing and not about the mailbox: a DNS in trouble may say so of any domain,
and the address must not be suppressed for it. Postfix answers the same."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where mail goes.

    Attributes:
        provider: The recipient's mailbox provider.
        key: What shares one pace, throttle and set of connections: the provider, or, for those of
            `default` on the direct route, the site.
        why: How the provider was found, in words.
        exchangers: On the direct route (preference, host), best first.
        refusal: What settles the mail without asking any server.
        unknown: Whether the DNS did not tell where mail goes; later it may.
    """

    provider: Provider
    key: str
    why: str
    exchangers: tuple[tuple[int, str], ...] = ()
    refusal: Reply | None = None
    unknown: bool = False

    @property
    def site(self) -> tuple[str, ...]:
        """The hosts, whose connections serve every domain that has the same."""
        return tuple(host for _preference, host in self.exchangers)

    def hosts(self, rng: Random) -> list[str]:
        """The hosts in an order to try them in (RFC 5321, section 5.1).

        Args:
            rng: Mixes those that are preferred equally, so that load is spread.
        """
        mixed = [(preference, rng.random(), host) for preference, host in self.exchangers]
        return [host for _preference, _mixed, host in sorted(mixed)]


class Destinations:
    """Finds out.

    Args:
        providers: All providers.
        exchangers: Looks up MX records; None to do without the DNS.
    """

    def __init__(self, providers: Providers, exchangers: DnsCache | None) -> None:
        self.providers = providers
        self._exchangers = exchangers

    def known(self, domain: str) -> Destination | None:
        """Where mail to a domain goes, if that needs no question to the DNS."""
        found = self._providers_word(domain)
        if found is not None and not found.provider.direct:
            return Destination(found.provider, found.provider.name, found.why)
        if self._exchangers is None:
            default = self.providers.default
            return Destination(default, default.name, "no domain pattern; the DNS is not asked")
        answer = self._exchangers.known(domain)
        return None if answer is None else place(self.providers, domain, found, answer)

    async def of(self, domain: str) -> Destination:
        """Where mail to a domain goes."""
        known = self.known(domain)
        if known is not None or self._exchangers is None:
            assert known is not None
            return known
        answer = await self._exchangers.get(domain)
        return place(self.providers, domain, self._providers_word(domain), answer)

    def _providers_word(self, domain: str) -> Found | None:
        return self.providers.by_domain(domain)


def place(providers: Providers, domain: str, found: Found | None, answer: Answer) -> Destination:
    """Where a domain's mail goes by its MX records, as a pure function.

    Args:
        providers: All providers.
        domain: The recipient domain.
        found: The provider that claims the domain itself, if one does.
        answer: What the DNS said of its MX records.
    """
    exchangers = tuple((preference, host) for preference, host in answer.records if host)
    null = answer.status is Status.FOUND and not exchangers
    if found is None:
        best = [host for preference, host in exchangers if preference == exchangers[0][0]]
        found = providers.by_mx(best) or Found(providers.default, _why_default(answer, best, null))
    if not found.provider.direct:
        return Destination(found.provider, found.provider.name, found.why)
    if answer.status is Status.NOTHING:
        # With no MX the domain itself is its mail exchanger (RFC 5321, section 5.1).
        exchangers = ((0, domain),)
    refusal = NO_DOMAIN if answer.status is Status.NO_DOMAIN else NULL_MX if null else None
    return Destination(
        found.provider,
        _key(found.provider, providers.default, exchangers),
        found.why,
        exchangers,
        refusal,
        unknown=answer.status is Status.FAILED,
    )


def _why_default(answer: Answer, best: list[str], null: bool) -> str:  # noqa: FBT001
    if null:
        return "null MX: the domain takes no mail"
    return {
        Status.FOUND: f"no pattern stands for its MX {', '.join(best)}",
        Status.NOTHING: "no MX",
        Status.NO_DOMAIN: "there is no such domain",
        Status.FAILED: "the DNS did not answer",
    }[answer.status]


def _key(provider: Provider, default: Provider, exchangers: tuple[tuple[int, str], ...]) -> str:
    """The domains of `default` have nothing in common but that nobody named them."""
    if provider.name != default.name:
        return provider.name
    hosts = "\n".join(sorted(host for _preference, host in exchangers))
    return f"{provider.name}/{hashlib.sha256(hosts.encode()).hexdigest()[:16]}"
