"""A recommender as bytes: the same one again, or a refusal."""

import pytest
from hypothesis import given, settings

from models.errors import SnapshotError
from models.recommend import stored
from models.recommend.recommender import Recommender
from tests.models.recommend.shop import SMALL, events, from_bytes, learned, lived, to_bytes


@given(events, events)
@settings(max_examples=40, deadline=None)
def test_stored_and_read_back_it_goes_on_alike(
    first: list[tuple[str, str]], then: list[tuple[str, str]]
) -> None:
    one = learned(first, SMALL)
    two = from_bytes(to_bytes(one))
    assert to_bytes(two) == to_bytes(one)
    for session, item in then:
        assert two.next_items(session) == one.next_items(session)
        for shop in (one, two):
            shop.learn(session, item)
    assert to_bytes(two) == to_bytes(one)


def test_of_usual_size_too() -> None:
    one = lived(300)
    two = from_bytes(to_bytes(one))
    for visit in range(290, 310):
        assert two.next_items(f"visit {visit}") == one.next_items(f"visit {visit}")
    assert two.learned == one.learned
    assert to_bytes(from_bytes(to_bytes(Recommender()))) == to_bytes(Recommender())


def test_another_version_or_cut_short_is_refused() -> None:
    parts = to_bytes(lived(20))
    for other in (b"", parts[0][:3] + b"\x01" + parts[0][4:]):
        with pytest.raises(SnapshotError, match="not of version 2"):
            from_bytes([other])
    for number, part in enumerate(parts):
        for length in range(4 if number == 0 else 0, len(part), 211):
            with pytest.raises(SnapshotError, match="damaged"):
                from_bytes([*parts[:number], part[:length], *parts[number + 1 :]])
    for missing in range(1, len(parts)):
        with pytest.raises(SnapshotError, match="damaged"):
            from_bytes(parts[:missing])


def test_parts_are_short_and_smaller_sizes_keep_what_was_seen_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stored, "PART_BYTES", 500)
    shop = lived(100)
    parts = to_bytes(shop)
    assert len(parts) > 12
    assert max(map(len, parts[1:])) < 3_000
    whole, small = from_bytes(parts), stored.load(parts, (10, 7)).recommender
    assert to_bytes(whole) == parts
    assert list(small.items.known) == list(shop.items.known)[-10:]
    assert len(small.sessions) == 7
    assert set(small.items.leaders.names) <= small.items.known.keys()
    small.learn("another visit", "another item")
    assert len(small.items.known) == 10


def test_what_makes_no_sense_is_refused() -> None:
    for spoil in (_weight, _follower, _number, _leader, _session, _mix, _total, _direction):
        shop = lived(20, SMALL)
        spoil(shop)
        with pytest.raises(SnapshotError, match="damaged"):
            from_bytes(to_bytes(shop))


def _weight(shop: Recommender) -> None:
    next(iter(shop.items.known.values())).weight = float("nan")


def _follower(shop: Recommender) -> None:
    next(iter(shop.items.known.values())).followers.weights["x"] = float("inf")


def _number(shop: Recommender) -> None:
    shop.weights.repeats.numbers[0] = float("nan")


def _leader(shop: Recommender) -> None:
    shop.items.leaders.names[0] = "nobody"


def _session(shop: Recommender) -> None:
    next(iter(shop.sessions.items.values())).extend("abcdefgh")


def _mix(shop: Recommender) -> None:
    shop.weights.mix.weights[0][0] = -1.0


def _total(shop: Recommender) -> None:
    shop.items.total = float("inf")


def _direction(shop: Recommender) -> None:
    shop.weights.direction.behind = 0.0
