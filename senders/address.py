"""Recipient addresses: checked, in the form SMTP takes, and which mailbox provider they are at."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import idna

DEFAULT_PROVIDER = "default"

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox as the envelope takes it.

    Attributes:
        mailbox: `local@domain`, all ASCII, the domain in lower case and IDNA-encoded.
        domain: Its domain.
    """

    mailbox: str
    domain: str


def parse_address(text: str | None) -> Address | None:
    """The address, or None where it is none that plain SMTP can carry.

    Quoted local parts, address literals and local parts beyond ASCII (which need SMTPUTF8, RFC
    6531) are refused: no shop's sign-up form has a use for them, and each is a way past a filter.
    """
    if not text or len(text) > 254:
        return None
    local, at, domain = text.strip().rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or ".." in local:
        return None
    if local.startswith(".") or local.endswith("."):
        return None
    ascii_domain = _ascii_domain(domain)
    if ascii_domain is None:
        return None
    return Address(f"{local}@{ascii_domain}", ascii_domain)


def _ascii_domain(domain: str) -> str | None:
    domain = domain.lower()
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return domain


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
        lowered = [entry.strip().lower().removeprefix("@") for entry in entries]
        self.everybody = "*" in lowered
        self._mailboxes = frozenset(entry for entry in lowered if "@" in entry)
        self._domains = frozenset(entry for entry in lowered if entry and "@" not in entry)

    def allows(self, address: Address) -> bool:
        """Whether mail to this address may leave. A domain does not stand for its subdomains."""
        return (
            self.everybody
            or address.domain in self._domains
            or address.mailbox.lower() in self._mailboxes
        )
