"""Mail addresses and domains, checked and in the one form that SMTP takes."""

import re
from dataclasses import dataclass
from functools import lru_cache

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


# A mail's address is read at each look at it, and in every link that holds its hash.
@lru_cache(maxsize=4_096)
def parse_address(text: str | None) -> Address | None:
    """Read an address; None where it is none that plain SMTP can carry.

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
    ascii_domain = parse_domain(domain)
    if ascii_domain is None:
        return None
    return Address(f"{local}@{ascii_domain}", ascii_domain)


def parse_domain(domain: str) -> str | None:
    """Read a domain: in lower case and IDNA-encoded; None where it is none mail can go to."""
    domain = domain.lower()
    if not domain.isascii():
        import idna  # noqa: PLC0415  its tables are large, and hardly any address needs them

        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return domain
