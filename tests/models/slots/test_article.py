from models.catalog import Catalog
from models.person.past import Message
from models.person.profile import Profile
from models.slots.article import article_for
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS
from tests.models.slots.shop import article, category, looker, shop


def found(catalog: Catalog, profile: Profile | None = None, hero: str = "tent-1") -> str:
    until_ms = NOON_MS + HOUR_MS
    return article_for(catalog.find(hero), profile or Profile(), catalog, NOON_MS, until_ms)


def test_it_is_about_the_hero_then_its_category_then_what_the_person_likes() -> None:
    likes, about_ropes = looker(), article("knots", "ropes")
    assert found(shop(about_ropes), likes) == "knots"
    assert found(shop(about_ropes, article("pitching", "tents")), likes) == "pitching"
    all_three = shop(about_ropes, article("pitching", "tents"), article("alder", "tent-1"))
    assert found(all_three, likes) == "alder"
    assert found(all_three, likes, hero="") == "pitching", "without a hero by what they like most"


def test_where_nothing_is_written_of_a_category_it_is_about_what_that_lies_in() -> None:
    outdoor = shop(category("tents", "outdoor"), article("weather", "outdoor"))
    assert found(outdoor) == "weather"
    assert found(shop(article("weather", "outdoor"))) == ""


def test_of_those_about_the_same_the_one_that_shares_tags_comes_first() -> None:
    best = article("best", "tents", rating=5.0)
    light = article("light", "tents", rating=3.0, tags=["ultralight"])
    assert found(shop(best, light)) == "light"
    assert found(shop(best)) == "best"


def test_none_is_shown_again_that_was_read_or_mailed_lately() -> None:
    both = shop(article("first", "tents", rating=5.0), article("second", "tents", rating=3.0))
    assert found(both, Profile(viewed={"first": NOON_MS - DAY_MS})) == "second"
    mailed, lost = Profile(), Profile()
    for profile, status in ((mailed, "accepted"), (lost, "expired")):
        profile.messages.append(
            Message("d1", "welcome/none", "welcome", NOON_MS - DAY_MS, 0, status, article="first")
        )
    assert found(both, mailed) == "second"
    assert found(both, lost) == "first", "that mail never reached them"


def test_one_that_has_not_begun_or_is_over_before_the_mail_leaves_is_passed_over() -> None:
    assert found(shop(article("soon", "tents", since=NOON_MS + 1))) == ""
    assert found(shop(article("over", "tents", ends_at=NOON_MS + HOUR_MS))) == ""
    there = article("there", "tents", since=NOON_MS, ends_at=NOON_MS + HOUR_MS + 1)
    assert found(shop(there)) == "there"
