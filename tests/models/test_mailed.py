"""What mails showed lately: bounded, and only of mails that may have arrived."""

from models import bounds, mailed
from models.past import Message
from models.profile import new_profile
from tests.models.life import DAY_MS, NOON_MS, Life, product


def test_the_last_mails_products_are_kept() -> None:
    profile = new_profile()
    for number in range(9):
        products = [f"p{number}-{n}" for n in range(5)]
        mailed.remember(profile, f"{number:032x}", products, NOON_MS + number)
    assert len(profile.past().mailed) == bounds.MAILED
    found = mailed.since(profile, NOON_MS + 7, NOON_MS + 99)
    assert found == {f"p8-{n}" for n in range(bounds.MAILED_PRODUCTS)}


def test_nothing_shown_is_nothing_kept() -> None:
    profile = new_profile()
    mailed.remember(profile, "0" * 32, [""], NOON_MS)
    mailed.remember(profile, "0" * 32, ["x" * 41], NOON_MS)
    assert not profile.past().mailed


def test_a_mail_that_never_arrived_showed_nothing() -> None:
    profile = new_profile()
    mailed.remember(profile, "a" * 32, ["p"], NOON_MS)
    message = Message("a" * 16, "reminder/none", "welcome", NOON_MS, NOON_MS + 1_000)
    profile.messages.append(message)
    assert mailed.since(profile, 0, NOON_MS + 999) == {"p"}
    assert mailed.since(profile, 0, NOON_MS + 1_000) == set()
    message.status = "accepted"
    assert mailed.since(profile, 0, NOON_MS + 10**9) == {"p"}
    message.status = "rejected"
    assert mailed.since(profile, 0, NOON_MS) == set()


def test_a_decision_to_send_is_remembered_with_what_it_shows() -> None:
    life = Life().reachable()
    life.world.catalog.put(product("tent-1"))
    life.happens("cart", NOON_MS, product_id="tent-1", price=80.0)
    for day in range(1, 8):  # until one leaves: holding is a choice too
        life.happens("cart", NOON_MS + 3 * day * DAY_MS, product_id="tent-1", price=80.0)
        life.pass_time(NOON_MS + (3 * day + 1) * DAY_MS)
    assert any(sent["content"].get("products") == "tent-1" for sent in life.sent)
    (shown,) = {tuple(mailed.products) for mailed in life.profile.past().mailed}
    assert shown == ("tent-1",)
