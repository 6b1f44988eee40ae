"""What a mail could show, by where it comes from: each product with why."""

import pytest

from models.decision.content import SHOWN, considered
from models.person.profile import Profile, new_profile
from models.programme.flow_parts import Content
from models.recommend.learner import Learner
from models.recommend.sorting import sorted_products
from models.recommend.sources import Found
from models.world import World
from tests.models.life import bundled_world, product
from tests.models.recommend.test_learner import one, record

NOW_MS = 1_790_000_000_000


def world_of(*names: str, category: str = "tents") -> World:
    world = bundled_world()
    for name in names:
        world.catalog.put(product(name, category=category))
    return world


def shown(content: Content, profile: Profile, world: World) -> list[tuple[str, str]]:
    return considered(content, "sub-1", profile, NOW_MS, world)[1]


def test_related_products_come_from_what_the_person_likes_most() -> None:
    world = world_of("r1", "r2", category="ropes")
    world.catalog.put(product("t1"))
    profile = new_profile()
    profile.categories.update({"ropes": 100.0, "tents": 99.0, "unknown": 101.0})
    category, found = considered(Content.RELATED, "sub-1", profile, NOW_MS, world)
    assert category == "unknown"
    assert found == [("r1", "related"), ("r2", "related"), ("t1", "related")]


@pytest.mark.parametrize("content", Content)
def test_of_someone_unknown_in_an_empty_shop_nothing_is_shown(content: Content) -> None:
    assert considered(content, "sub-1", new_profile(), NOW_MS, bundled_world()) == ("", [])


@pytest.mark.parametrize("content", [Content.RECOMMENDED, Content.SUBSTITUTES])
def test_what_is_recommended_follows_from_visits(content: Content) -> None:
    world = world_of("a", "b", "c", "d")
    learner = Learner()
    for number in range(30):
        views = [one("view", f"v{number}", name) for name in "abc"]
        learner.hear(record(number, *views))
    world.products = sorted_products(learner, world.catalog)
    profile = Profile(viewed={"a": NOW_MS - 5})
    category, found = considered(content, "sub-1", profile, NOW_MS, world)
    assert category == "tents"
    names = [name for name, _ in found]
    assert names[0] == "b"
    assert "a" not in names
    assert len(names) <= SHOWN


def test_complements_follow_from_orders() -> None:
    world = world_of("tent", "other tent")
    for name in ("pegs", "mat"):
        world.catalog.put(product(name, category="gear"))
    learner = Learner()
    for number in range(9):
        learner.hear(record(number, one("purchase", f"v{number}", "tent", "pegs")))
    world.products = sorted_products(learner, world.catalog)
    profile = new_profile()
    profile.bought["tent"] = NOW_MS - 5
    assert shown(Content.COMPLEMENTS, profile, world)[0] == ("pegs", "complements")
    profile.bought["pegs"] = NOW_MS - 4
    assert ("pegs", "complements") not in shown(Content.COMPLEMENTS, profile, world)


def test_another_may_choose_in_place_of_the_product() -> None:
    world = world_of("a")
    world.recommend = lambda purpose, subscriber, _: [
        Found(f"{subscriber} {purpose}", 1.0, "content")
    ]
    assert shown(Content.RECOMMENDED, new_profile(), world) == [("sub-1 recommended", "content")]
