from models.person.profile import Profile
from models.slots.review import review_for
from tests.models.life import product
from tests.models.slots.shop import looker, review, shop


def test_it_is_the_best_of_the_first_product_that_has_one() -> None:
    catalog = shop(
        review("good", "tent-1", 4.5),
        review("better", "tent-1", 5.0),
        product("tent-2"),
        review("other", "tent-2"),
    )
    assert review_for(["tent-1", "tent-2"], Profile(), catalog) == "better"
    assert review_for(["tent-2", "tent-1"], Profile(), catalog) == "other"


def test_what_they_looked_at_comes_after_what_the_mail_shows_the_last_one_first() -> None:
    catalog = shop(
        product("tent-2"), product("tent-3"), review("two", "tent-2"), review("three", "tent-3")
    )
    assert review_for(["tent-1"], looker("tent-2", "tent-3"), catalog) == "three"
    assert review_for(["tent-2"], looker("tent-2", "tent-3"), catalog) == "two"
    assert review_for(["tent-1"], Profile(), catalog) == ""


def test_a_poor_review_or_one_without_a_rating_proves_nothing() -> None:
    for rating in (3.9, None):
        assert review_for(["tent-1"], Profile(), shop(review("r", "tent-1", rating))) == ""


def test_nobody_is_told_how_good_it_was_that_is_sold_out() -> None:
    gone = shop(product("tent-2", stock=0), review("two", "tent-2"))
    assert review_for(["tent-2", "unknown"], Profile(), gone) == ""
