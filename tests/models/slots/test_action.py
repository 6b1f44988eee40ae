import pytest

from models.person.profile import CartItem, Profile
from models.slots.action import CART_KEPT_MS, Action, action_of
from models.slots.needs import Show
from tests.models.life import HOUR_MS, NOON_MS

ALL = (Show.HERO, Show.PRODUCTS, Show.ARTICLE, Show.ACTION)


def cart(at_ms: int) -> Profile:
    return Profile(cart=[CartItem("tent-1", 1, 80.0, at_ms)], cart_updated_ms=at_ms)


@pytest.mark.parametrize(
    ("shows", "article", "action"),
    [
        (ALL, "how-to", Action.SHOP),
        ((Show.ARTICLE, Show.PRODUCTS, Show.ACTION), "how-to", Action.LEARN),
        ((Show.PROOF, Show.ARTICLE), "how-to", Action.LEARN),
        ((Show.ARTICLE, Show.PRODUCTS, Show.ACTION), "", Action.SHOP),
        ((Show.ACTION,), "", Action.SHOP),
    ],
)
def test_a_mail_that_is_about_an_article_calls_to_learn(
    shows: tuple[Show, ...], article: str, action: Action
) -> None:
    assert action_of(shows, article, Profile(), NOON_MS) is action


def test_an_open_cart_or_checkout_is_to_be_finished_whatever_the_mail_is_about() -> None:
    reads = (Show.ARTICLE, Show.ACTION)
    assert action_of(reads, "how-to", cart(NOON_MS - HOUR_MS), NOON_MS) is Action.FINISH
    checkout = Profile(checkout_ms=NOON_MS - HOUR_MS)
    assert action_of(ALL, "", checkout, NOON_MS) is Action.FINISH


def test_a_cart_long_forgotten_is_none_to_finish() -> None:
    assert action_of(ALL, "", cart(NOON_MS - CART_KEPT_MS), NOON_MS) is Action.FINISH
    assert action_of(ALL, "", cart(NOON_MS - CART_KEPT_MS - 1), NOON_MS) is Action.SHOP
