"""Whether a report is about a mail of ours, which nobody can know without having had that mail.

Anybody can write that an address is dead. What counts is a signature of ours: the return path that
the report was sent to or quotes (RFC 5321, section 4.4: it is the mail's envelope sender), or the
unsubscribe link of the mail it returns. Whoever has them received that mail, and all they can do
with it is to suppress themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from runtime.redis_client import Client
from senders.errors import ForgedLinkError
from senders.inbound.report import Report
from senders.links.sent import Sent, find
from senders.links.tokens import Links, Unsubscribe
from senders.links.verp import ReturnPaths, mail_id
from senders.recipients.suppression import digest_of


@dataclass(frozen=True, slots=True)
class Proof:
    """Signatures of ours that a report holds.

    Attributes:
        mails: Ids of mails, by signed return paths.
        links: Unsubscribe links of ours.
    """

    mails: tuple[str, ...]
    links: tuple[Unsubscribe, ...]


def proof_of(report: Report, paths: ReturnPaths, links: Links) -> Proof:
    """The signatures in a report that are ours."""
    mails = (paths.open(address) for address in report.return_paths)
    return Proof(
        tuple(dict.fromkeys(mail for mail in mails if mail is not None)),
        tuple(_opened(report, links)),
    )


def _opened(report: Report, links: Links) -> Iterator[Unsubscribe]:
    for url in report.links:
        try:
            path = urlsplit(url).path
            target = links.open(path.rpartition("/")[2])
        except (ForgedLinkError, ValueError):
            continue
        if isinstance(target, Unsubscribe):
            yield target


async def sent_of(proof: Proof, ledger: Client, namespace: str) -> Sent | None:
    """The mail that a proof is of; None where there is none, or it isn't remembered any more.

    A link tells who and which address by itself, so it works when the mail is forgotten.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    for mail in (*proof.mails, *(mail_id(link.decision_id) for link in proof.links)):
        found = await find(ledger, namespace, mail)
        if found is not None:
            return found
    for link in proof.links:
        return Sent(link.decision_id, link.subscriber, link.address_hash, "forgotten")
    return None


def is_of(report: Report, sent: Sent) -> bool:
    """Whether the recipient that a report names is whom the mail went to; none named counts.

    Another one is where the mail was forwarded to: dead there, and nothing said of ours.
    """
    told = [address for address in (report.recipient, report.original_recipient) if address]
    return not told or any(digest_of(address) == sent.address_hash for address in told)
