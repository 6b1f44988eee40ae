"""DMARC (RFC 7489): the policy that holds for a domain, and which domains belong together.

Domains of one organization are found by walking up the tree of names (DMARCbis, section 4.10)
instead of by a list of public suffixes, which would have to be kept current.
"""

from dataclasses import dataclass
from typing import Final

from senders.preflight.names import Names
from senders.preflight.tags import parse_tags

MOST_STEPS: Final = 8
POLICIES: Final = frozenset({"none", "quarantine", "reject"})


@dataclass(frozen=True, slots=True)
class Policy:
    """A DMARC record.

    Attributes:
        domain: Whose it is: the one asked about, or one above it.
        tags: What it says.
        count: How many there are; with more than one receivers apply none.
    """

    domain: str
    tags: dict[str, str]
    count: int = 1

    def aligned(self, tag: str, from_domain: str, other: str, organizations: list[str]) -> bool:
        """Whether a domain that was authenticated counts for the From domain.

        Args:
            tag: `adkim` or `aspf`.
            from_domain: The From domain.
            other: The `d=`, or the envelope sender's.
            organizations: The organizational domains of both.
        """
        if other == from_domain:
            return True
        if self.tags.get(tag, "r").lower() == "s":
            return False
        return len(set(organizations)) == 1


async def policy_of(names: Names, domain: str) -> Policy | None:
    """The policy for a From domain: its own record, or the next one above it.

    Raises:
        NamesAwayError: DNS doesn't answer.
    """
    for parent in _upwards(domain):
        found = await _records(names, parent)
        if found:
            return Policy(parent, found[0], len(found))
    return None


async def organization_of(names: Names, domain: str) -> str:
    """The organizational domain: the highest one, of two labels at least, with a DMARC record.

    Raises:
        NamesAwayError: DNS doesn't answer.
    """
    highest = domain
    for parent in _upwards(domain):
        found = await _records(names, parent)
        if found:
            highest = parent
            if found[0].get("psd", "").lower() == "n":
                break
    return highest


def _upwards(domain: str) -> list[str]:
    labels = domain.split(".")[-MOST_STEPS:]
    parents = [".".join(labels[at:]) for at in range(len(labels) - 1)]
    return parents if parents and parents[0] == domain else [domain, *parents]


async def _records(names: Names, domain: str) -> list[dict[str, str]]:
    found = []
    for text in await names.txt(f"_dmarc.{domain}"):
        tags = parse_tags(text)
        # `v` must come first (RFC 7489, section 6.3).
        if tags and next(iter(tags)) == "v" and tags["v"] == "DMARC1":
            found.append(tags)
    return found
