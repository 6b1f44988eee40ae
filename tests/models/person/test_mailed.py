"""What mails showed lately: bounded, and only of mails that may have arrived."""

from models import bounds
from models.person import mailed
from models.person.past import Message
from models.person.profile import new_profile
from models.step import Record
from tests.models.life import NOON_MS


def sent(decision_id: str, products: list[str], at_ms: int, source: str = "content") -> Record:
    """A decision to send, as far as it matters here."""
    sources = ",".join(source for _ in products)
    content = {"products": ",".join(products), "product_sources": sources}
    return {"decision_id": decision_id, "decided_at": at_ms, "content": content}


def test_the_last_mails_products_are_kept() -> None:
    profile = new_profile()
    for number in range(9):
        products = [f"p{number}-{n}" for n in range(5)]
        mailed.remember(profile, sent(f"{number:032x}", products, NOON_MS + number))
    assert len(profile.past().mailed) == bounds.MAILED
    found = mailed.since(profile, NOON_MS + 7, NOON_MS + 99)
    assert found == {f"p8-{n}" for n in range(bounds.MAILED_PRODUCTS)}


def test_nothing_shown_is_nothing_kept() -> None:
    profile = new_profile()
    mailed.remember(profile, sent("0" * 32, [""], NOON_MS))
    mailed.remember(profile, sent("0" * 32, ["x" * 41], NOON_MS))
    assert not profile.past().mailed


def test_a_mail_that_never_arrived_showed_nothing() -> None:
    profile = new_profile()
    mailed.remember(profile, sent("a" * 32, ["p"], NOON_MS))
    message = Message("a" * 16, "reminder/none", "welcome", NOON_MS, NOON_MS + 1_000)
    profile.messages.append(message)
    assert mailed.since(profile, 0, NOON_MS + 999) == {"p"}
    assert mailed.since(profile, 0, NOON_MS + 1_000) == set()
    message.status = "accepted"
    assert mailed.since(profile, 0, NOON_MS + 10**9) == {"p"}
    message.status = "rejected"
    assert mailed.since(profile, 0, NOON_MS) == set()


def test_what_was_looked_at_anyway_takes_no_room() -> None:
    profile = new_profile()
    mailed.remember(profile, sent("a" * 32, ["p", "q"], NOON_MS, "cart"))
    assert not profile.past().mailed
