"""Learning from interaction records: each once, sessions and orders apart, bounded."""

from random import Random
from typing import Any

import pytest

from models.recommend.learner import Learner
from models.recommend.settings import Settings
from models.recommend.stored import load, parts_of
from models.step import Record
from tests.models.recommend.shop import SMALL


def one(kind: str, session: str, *products: str, before: tuple[str, ...] = ()) -> Record:
    return {
        "session": session.encode(),
        "kind": kind,
        "at": 0,
        "products": list(products),
        "before": list(before),
    }


def record(until: int, *interactions: Record, partition: int = 0, **fields: Any) -> Record:
    return {
        "journal_id": "j",
        "partition": partition,
        "until": until,
        "interactions": list(interactions),
        **fields,
    }


def lived(count: int, seed: int = 1) -> list[Record]:
    """Records of some partitions, in which people go along aisles and buy two of a kind."""
    luck, told = Random(seed), []
    for number in range(count):
        aisle, session = luck.randrange(6), f"s{number % 40}"
        views = range(luck.randrange(1, 6))
        found = [one("view", session, f"{aisle}-{luck.randrange(8)}") for _ in views]
        found.append(one("purchase", session, f"{aisle}-1", f"{aisle}-2", before=(f"{aisle}-3",)))
        told.append(record(number, *found, partition=number % 3))
    return told


def test_views_teach_what_comes_next_and_orders_what_goes_together() -> None:
    learner = Learner()
    for number in range(20):
        session = f"s{number}"
        told = (
            one("view", session, "lamp"),
            one("cart", session, "lamp"),  # the same step
            one("view", session, "bulb"),
            one("purchase", session, "bulb", "cord", before=("lamp",)),
        )
        assert learner.hear(record(number, *told)) == 4
    assert learner.recommender.after(["lamp"], 1)[0].item == "bulb"
    assert learner.recommender.items.known.keys() == {"lamp", "bulb"}
    assert learner.bought.after(["lamp"]).keys() == {"bulb", "cord"}
    assert learner.learned == 80


def test_a_repeat_teaches_nothing_and_another_journal_begins_anew() -> None:
    learner, told = Learner(), one("view", "s", "lamp")
    assert learner.hear(record(10, told)) == 1
    assert learner.hear(record(10, told)) == learner.hear(record(9, told)) == 0
    assert learner.hear(record(3, told, partition=1)) == 1
    assert learner.hear(record(3, told, journal_id="made anew")) == 1
    assert learner.heard == {0: 3}


@pytest.mark.parametrize(
    "wrong",
    [
        one("view", "s"),
        one("view", "s", ""),
        one("view", "s", "x" * 41),
        one("view", "", "x"),
        one("view", "s" * 30, "x"),
        one("purchase", "s", "", before=("a",)),
    ],
)
def test_what_makes_no_sense_teaches_nothing(wrong: Record) -> None:
    learner = Learner()
    assert learner.hear(record(1, wrong)) == 0
    assert not learner.recommender.items.known
    assert not learner.bought.known


@pytest.mark.parametrize("settings", [None, SMALL])
@pytest.mark.parametrize("cut", [1, 60, 149])
def test_stored_anywhere_in_between_it_ends_alike(settings: Settings | None, cut: int) -> None:
    told = lived(150)
    whole, first = Learner(settings), Learner(settings)
    for found in told:
        whole.hear(found)
    for found in told[:cut]:
        first.hear(found)
    again = load(list(parts_of(first)))
    for found in told[cut - 1 :]:  # one of them is a repeat
        again.hear(found)
    assert list(parts_of(again)) == list(parts_of(whole))


def test_a_bot_that_views_everything_moves_little() -> None:
    """Ten thousand views in one visit teach as two hundred; an item everybody views stays one."""
    learner = Learner()
    for found in lived(150):
        learner.hear(found)
    before = [found.item for found in learner.recommender.after(["1-1", "1-2"], 5)]
    views = [one("view", "bot", f"{n % 6}-{n % 8}") for n in range(10_000)]
    learner.hear(record(10_000, *views))
    after = [found.item for found in learner.recommender.after(["1-1", "1-2"], 5)]
    assert len(set(before) & set(after)) >= 4
