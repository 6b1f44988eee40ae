"""What is ours is recognised by our signatures, and by nothing else."""

from typing import Any

import pytest

from senders.inbound.proof import is_of, proof_of, sent_of
from senders.inbound.report import Report
from senders.links.sent import Sent, encode, sent_key
from senders.links.tokens import Click, Links, Unsubscribe
from senders.links.verp import ReturnPaths, mail_id
from senders.recipients.suppression import digest_of

PATHS = ReturnPaths("bounce.shop.example", ["a-secret-for-tests-only"])
LINKS = Links("https://mail.shop.example", ["a-secret-for-tests-only"])
ADDRESS = "ann@inbox.example"
SENT = Sent("d1", "ann", digest_of(ADDRESS), "cart_reminder")
UNSUBSCRIBE = Unsubscribe("ann", "d1", digest_of(ADDRESS))


class Ledger:
    """A ledger that knows one mail."""

    def __init__(self, *mails: Sent) -> None:
        self.stored = {sent_key("n.", mail_id(sent.decision_id)): encode(sent) for sent in mails}

    async def get(self, key: str) -> bytes | None:
        return self.stored.get(key)


async def found(report: Report, *mails: Sent) -> Sent | None:
    ledger: Any = Ledger(*mails)
    return await sent_of(proof_of(report, PATHS, LINKS), ledger, "n.")


async def test_a_signed_return_path_proves() -> None:
    report = Report("hard", return_paths=("x@y.example", PATHS.address("d1").upper()))
    assert await found(report, SENT) == SENT
    assert await found(report) is None


async def test_a_signed_link_proves_even_when_the_mail_is_forgotten() -> None:
    report = Report("complaint", links=(LINKS.unsubscribe(UNSUBSCRIBE),))
    assert await found(report, SENT) == SENT
    forgotten = await found(report)
    assert forgotten is not None
    assert (forgotten.subscriber, forgotten.address_hash) == ("ann", SENT.address_hash)


@pytest.mark.parametrize(
    "report",
    [
        Report("hard", ADDRESS),
        Report("hard", ADDRESS, return_paths=("b-aaaa@bounce.shop.example", "", "@", "b-@")),
        Report(
            "hard",
            ADDRESS,
            return_paths=(ReturnPaths("bounce.shop.example", ["another-secret"]).address("d1"),),
        ),
        Report("hard", ADDRESS, return_paths=(PATHS.address("d1") + ".evil.example",)),
        Report("complaint", links=(Links("", ["another-secret"]).unsubscribe(UNSUBSCRIBE),)),
        Report("complaint", links=(LINKS.click(Click("ann", "d1", "https://shop.example/")),)),
        Report("complaint", links=("https://[", "https://mail.shop.example/u/", "https://a/u/a.b")),
        Report("hard", ADDRESS, message_id="<d1@shop.example>"),
    ],
    ids=["nothing", "guessed", "other key", "other domain", "link", "click", "broken", "id"],
)
async def test_a_forgery_proves_nothing(report: Report) -> None:
    assert await found(report, SENT) is None


def test_a_report_is_of_whom_it_names() -> None:
    assert is_of(Report("hard", ADDRESS), SENT)
    assert is_of(Report("hard", "Ann@INBOX.example"), SENT)
    assert is_of(Report("hard"), SENT)
    assert is_of(Report("hard", "ann@elsewhere.example", ADDRESS), SENT)
    assert not is_of(Report("hard", "bob@inbox.example"), SENT)
