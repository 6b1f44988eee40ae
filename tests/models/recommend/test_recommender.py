"""The recommender: what it finds, where it says it comes from, and what it bears."""

from math import isfinite

import pytest
from hypothesis import given, settings

from models.errors import BadItemError
from models.recommend.leaders import LEADERS
from models.recommend.recommender import Recommender
from models.recommend.settings import REPEATS, Settings
from tests.models.recommend.shop import SMALL, events, learned, lived, to_bytes


def names(shop: Recommender, *items: str, count: int = 20) -> list[str]:
    return [found.item for found in shop.after(items, count)]


def test_it_knows_the_way_along_an_aisle() -> None:
    shop = lived()
    new = [one for one in shop.after(["aisle 3 item 1"]) if one.source != "repeat"]
    assert new[0].item == "aisle 3 item 2"
    assert new[0].source in {"sequence", "covisit"}


def test_where_a_recommendation_comes_from() -> None:
    shop = learned([(f"s{visit}", item) for visit in range(9) for item in ("a", "b", "c")])
    for visit in range(9):
        shop.learn(f"t{visit}", "z")
    assert {found.source for found in shop.after([])} == {"popularity"}
    assert {found.source for found in shop.after(["unknown"])} == {"repeat", "popularity"}
    by_item = {found.item: found.source for found in shop.after(["a"])}
    assert by_item == {"a": "repeat", "b": "sequence", "c": "sequence", "z": "popularity"}
    # What followed is known for longer than the sessions it was in.
    shop.sessions.items.clear()
    by_item = {found.item: found.source for found in shop.after(["a"])}
    assert by_item == {"a": "repeat", "b": "covisit", "c": "covisit", "z": "popularity"}


def test_nothing_is_known_of_an_empty_shop() -> None:
    shop = Recommender()
    assert shop.after([]) == []
    assert shop.next_items("nobody") == []
    assert names(shop, "a") == ["a"]
    assert not shop.knows("nobody")


def test_repeats_are_learned() -> None:
    again = learned([(f"s{n}", item) for n in range(60) for item in ("a", "b", "a", "b")])
    never = learned([(f"s{n}", f"i{n + at}") for n in range(60) for at in range(4)])
    found = names(again, "x", "y")
    assert found.index("x") < found.index("y")
    assert names(again, "a", "b")[0] == "a"
    assert names(never, "i5", "i6")[0] not in {"i5", "i6"}


def test_what_is_barred_is_not_recommended_and_others_take_its_place() -> None:
    shop = lived()
    for items in ([], ["aisle 1 item 2"], ["aisle 1 item 2", "aisle 1 item 3"]):
        barred = {found.item for found in shop.after(items, 15)}
        found = shop.after(items, 10, barred)
        assert len(found) == 10
        assert not barred & {one.item for one in found}


@pytest.mark.parametrize(
    ("session", "item"), [("", "a"), ("s", ""), ("s" * 41, "a"), ("s", "é" * 21)]
)
def test_ids_that_can_not_be_kept_are_refused_and_teach_nothing(session: str, item: str) -> None:
    shop = lived(5)
    before = to_bytes(shop)
    with pytest.raises(BadItemError, match="40 bytes"):
        shop.learn(session, item)
    assert to_bytes(shop) == before


def test_an_item_with_ten_million_views() -> None:
    shop = lived()
    hit = shop.items.seen("hit")
    hit.weight, shop.items.total = 1e7, shop.items.total + 1e7
    shop.items.leaders.rise("hit", 1e7)
    hit.followers.add("aisle 3 item 2", 1.0, 64)
    hit.followers.weights["aisle 3 item 2"] = hit.followers.total = 1e7
    shop.learn("s", "hit")
    shop.learn("s", "aisle 1 item 1")
    assert all(isfinite(found.score) for found in shop.next_items("s"))
    new = [one.item for one in shop.after(["aisle 3 item 1"]) if one.source != "repeat"]
    assert new[0] == "aisle 3 item 2"  # what all have looked at says nothing about this one
    assert shop.after([])[0].item == "hit"


def test_one_session_with_one_item_ever_again_counts_once() -> None:
    shop = lived(20)
    for _ in range(1_000):
        shop.learn("bot", "junk")
    assert shop.items.known["junk"].weight < 1.001 * shop.items.unit
    assert shop.items.known["junk"].sessions.count(shop.items.known["junk"].sessions[0]) == 1


def test_a_bot_that_views_everything_spoils_nothing() -> None:
    shop = lived()
    before = names(shop, "aisle 3 item 1")
    everything = [f"aisle {aisle} item {place}" for place in range(12) for aisle in range(8)]
    for _ in range(20):
        for item in everything:
            shop.learn("bot", item)
    assert shop.learned < 2_000
    assert names(shop, "aisle 3 item 1")[:3] == before[:3]
    assert all(isfinite(found.score) for found in shop.next_items("bot"))


def test_a_session_of_a_million_events_teaches_no_more_after_its_first() -> None:
    shop = Recommender()
    for at in range(1_000_000):
        shop.learn("endless", f"i{at % 70}")
    assert shop.learned == shop.settings.teaching
    assert len(shop.next_items("endless")) == 20
    shop.learn("endless", "something else")
    assert "something else" in {found.item for found in shop.next_items("endless", 100)}
    assert shop.items.share("something else") == 0.0


def test_long_sessions_recommend_again_what_is_recent() -> None:
    shop = lived()
    long = [f"aisle {at % 8} item {at // 8}" for at in range(40)]
    found = [one for one in shop.after(long, 100) if one.source == "repeat"]
    assert {one.item for one in found} == set(long[-REPEATS:])


@given(events)
@settings(max_examples=60, deadline=None)
def test_all_that_is_kept_is_bounded_and_finite(given_: list[tuple[str, str]]) -> None:
    shop = learned(given_, SMALL)
    assert len(shop.items.known) <= SMALL.items
    assert len(shop.items.leaders.names) <= min(LEADERS, SMALL.items)
    assert len(shop.sessions) == len(shop.sessions.items) <= SMALL.sessions
    assert all(len(items) <= SMALL.session_items for items in shop.sessions.items.values())
    for item in shop.items.known.values():
        assert len(item.sessions) <= SMALL.postings
        assert len(item.followers.weights) <= SMALL.followers
        assert isfinite(item.weight)
    for session in {session for session, _ in given_}:
        found = shop.next_items(session)
        assert len({one.item for one in found}) == len(found) <= 20
        assert all(0.0 <= one.score <= 1.0 for one in found)
        assert sum(one.score for one in found) < 1.0 + 1e-9
        scores = [one.score for one in found]
        assert scores == sorted(scores, reverse=True)


@given(events)
@settings(max_examples=40, deadline=None)
def test_asking_changes_nothing(given_: list[tuple[str, str]]) -> None:
    asked, silent = Recommender(SMALL), Recommender(SMALL)
    for session, item in given_:
        asked.next_items(session)
        asked.after([item])
        for shop in (asked, silent):
            shop.learn(session, item)
    assert to_bytes(asked) == to_bytes(silent)


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": 0},
        {"window": 0},
        {"fading": 0.0},
        {"fading": 1.1},
        {"fading": float("nan")},
        {"memory": 0.0},
        {"memory": float("inf")},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Settings(**wrong)  # type: ignore[arg-type]
