"""What is known of a mailbox provider: its limits, the route to it, and what belongs to it.

Names are matched by patterns: `example.com` is that name alone, `*.example.com` all below it. The
longest pattern wins; which provider's file stands first never matters.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runtime.settings import Settings

DEFAULT = "default"

Rate = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]


class Match(BaseModel):
    """What belongs to a provider.

    Attributes:
        domains: Patterns of recipient domains; they need no DNS.
        mx: Patterns of mail exchangers' names.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    domains: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()


class Provider(BaseModel):
    """A provider's file.

    Attributes:
        name: The file's name without `.toml`; `default` for whoever no file names.
        route: `relay` hands mails to the relay, and only the two rates of mails count; `direct`
            speaks to the provider's mail exchangers.
        messages_per_second: Over all processes.
        burst: Mails that may leave at once before the rate holds.
        connections: Most at once, over all processes. Direct only.
        connections_per_second: Opened a second, over all processes. Direct only.
        messages_per_connection: Then it is closed.
        tls: STARTTLS on the direct route: `required` also checks the certificate.
        feedback_reports: Whether the provider reports complaints; if not, their rate is unknown.
        match: What belongs to it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    route: Literal["relay", "direct"] = "relay"
    messages_per_second: Rate = 10.0
    burst: Annotated[int, Field(ge=1, le=1_000_000)] = 20
    connections: Annotated[int, Field(ge=1, le=1_000)] = 4
    connections_per_second: Rate = 2.0
    messages_per_connection: Annotated[int, Field(ge=1, le=10_000)] = 50
    tls: Literal["never", "opportunistic", "required"] = "opportunistic"
    feedback_reports: bool = False
    match: Annotated[Match, Field(strict=False)] = Match()

    @property
    def direct(self) -> bool:
        """Whether mails go to the provider's own mail exchangers."""
        return self.route == "direct"


@dataclass(frozen=True, slots=True)
class Found:
    """A provider, and why.

    Attributes:
        provider: The provider.
        why: In words.
    """

    provider: Provider
    why: str


class Patterns:
    """Which provider a name belongs to.

    Args:
        patterns: Pattern to provider.
    """

    def __init__(self, patterns: Iterable[tuple[str, Provider]]) -> None:
        self._patterns = dict(patterns)

    def find(self, name: str) -> tuple[str, Provider] | None:
        """The longest pattern that stands for the name, and its provider; None where none does."""
        found = self._patterns.get(name)
        if found is not None:
            return name, found
        labels = name.split(".")
        for at in range(1, len(labels)):
            pattern = "*." + ".".join(labels[at:])
            found = self._patterns.get(pattern)
            if found is not None:
                return pattern, found
        return None


class Providers:
    """All providers.

    Args:
        providers: By name; `default` is among them.
    """

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self.all = dict(providers)
        self.default = self.all[DEFAULT]
        self._domains = Patterns((p, one) for one in providers.values() for p in one.match.domains)
        self._mx = Patterns((p, one) for one in providers.values() for p in one.match.mx)

    def by_domain(self, domain: str) -> Found | None:
        """The provider whose domain pattern stands for a recipient domain; None where none does."""
        found = self._domains.find(domain)
        return found and Found(found[1], f"domain pattern {found[0]}")

    def by_mx(self, hosts: Iterable[str]) -> Found | None:
        """The provider that runs the mail exchangers; None where none is known to.

        Args:
            hosts: Names of those that are preferred equally; mails go to any of them.
        """
        for host in sorted(hosts):
            found = self._mx.find(host)
            if found is not None:
                return Found(found[1], f"MX {host} by pattern {found[0]}")
        return None


def overridden(provider: Provider, settings: Settings) -> Provider:
    """The provider with what the settings say of every provider in place of its file's."""
    sender = settings.sender
    changes: dict[str, Any] = {
        "messages_per_second": sender.rate_per_second,
        "burst": sender.burst,
    }
    return provider.model_copy(update={k: v for k, v in changes.items() if v is not None})
