"""Recipients: who may receive mail at all, and which mailbox provider they are at."""

from collections.abc import Mapping
from typing import Final

from runtime.mailbox import Address, parse_address, parse_domain

DEFAULT_PROVIDER = "default"

PROVIDERS: Final[Mapping[str, str]] = {
    "gmail.com": "gmail",
    "googlemail.com": "gmail",
    "outlook.com": "microsoft",
    "hotmail.com": "microsoft",
    "live.com": "microsoft",
    "msn.com": "microsoft",
    "yahoo.com": "yahoo",
    "ymail.com": "yahoo",
    "aol.com": "yahoo",
    "icloud.com": "apple",
    "me.com": "apple",
    "mac.com": "apple",
    "gmx.net": "united",
    "gmx.de": "united",
    "gmx.com": "united",
    "web.de": "united",
}
"""The large mailbox providers' own domains; whoever else receives shares the class `default`."""


def provider_of(domain: str, suffixes: Mapping[str, str] = PROVIDERS) -> str:
    """The rate class of a recipient domain: the longest matching suffix's, else `default`.

    Args:
        domain: The recipient's domain, lower case.
        suffixes: Domain suffix (whole labels) to class.
    """
    labels = domain.split(".")
    for at in range(len(labels)):
        found = suffixes.get(".".join(labels[at:]))
        if found is not None:
            return found
    return DEFAULT_PROVIDER


class AllowList:
    """Who may receive mail at all, until an operator lifts the limit.

    Args:
        entries: Addresses, domains (with or without a leading `@`), or `*` for everybody. No entry
            allows nobody.
    """

    def __init__(self, entries: tuple[str, ...]) -> None:
        self.everybody = "*" in entries
        domains = (parse_domain(entry.removeprefix("@")) for entry in entries)
        mailboxes = (parse_address(entry) for entry in entries)
        self._domains = frozenset(domain for domain in domains if domain)
        self._mailboxes = frozenset(found.mailbox.lower() for found in mailboxes if found)

    def allows(self, address: Address) -> bool:
        """Whether mail to this address may leave. A domain does not stand for its subdomains."""
        return (
            self.everybody
            or address.domain in self._domains
            or address.mailbox.lower() in self._mailboxes
        )
