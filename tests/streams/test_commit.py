"""The script's arguments, the outbox's entries, the cache and the trainer's window."""

from hypothesis import given
from hypothesis import strategies as some

from models.person.profile import new_profile
from streams.cache import Entry, ProfileCache
from streams.commit import Commit, Leaving, decode_leaving, encode_leaving
from streams.pending import split_timer, timer_member
from streams.training.recent import RECENT_OUTCOMES, Recent


def groups(arguments: list[str | bytes | int]) -> list[list[str | bytes | int]]:
    """Split the counted groups that follow the four fixed arguments."""
    found, position = [], 4
    while position < len(arguments):
        count = int(arguments[position])
        found.append(arguments[position + 1 : position + 1 + count])
        position += 1 + count
    return found


def test_arguments_are_counted_groups_in_the_scripts_order() -> None:
    write = Commit(5, 9)
    write.values = {"{p0}:s:ann": b"profile"}
    write.meta = {"src:x:0": "7"}
    write.timers = {"flow:a\x1fann": 100, "flow:b\x1fann": None}
    write.outbox = {3: b"bytes"}
    write.delivered = [1, 2]
    write.codes = {"GIFT-1": b"state", "GIFT-2": None}
    write.free_codes = {"gift\x1f9\x1fGIFT-1": True, "gift\x1f9\x1fGIFT-2": False}
    write.waits = {"price_drop\x1fp1\x1fann": True, "price_drop\x1fp2\x1fann": False}
    arguments = write.arguments("token", 12)
    assert arguments[:4] == ["token", 5, 9, 12]
    assert groups(arguments) == [
        [b"profile"],
        ["src:x:0", "7"],
        [100, "flow:a\x1fann"],
        ["flow:b\x1fann"],
        [3, b"bytes"],
        [1, 2],
        ["GIFT-1", b"state"],
        ["GIFT-2"],
        [0, "gift\x1f9\x1fGIFT-1"],
        ["gift\x1f9\x1fGIFT-2"],
        [0, "price_drop\x1fp1\x1fann"],
        ["price_drop\x1fp2\x1fann"],
    ]


@given(some.binary(), some.binary(), some.integers(-1, 100), some.binary())
def test_outbox_entries_come_back_as_they_were(
    key: bytes, value: bytes, partition: int, source: bytes
) -> None:
    record = Leaving("journal", key, value, partition, source)
    assert decode_leaving(encode_leaving(record)) == record


@given(some.text(alphabet=some.characters(exclude_characters="\x1f"), min_size=1), some.text())
def test_timer_members_split_where_they_were_joined(name: str, subscriber: str) -> None:
    assert split_timer(timer_member(name, subscriber)) == (name, subscriber)


def test_the_least_recently_used_profiles_go_first_and_only_on_trim() -> None:
    cache = ProfileCache(2)
    for subscriber in ("a", "b", "c"):
        cache.put(subscriber, Entry(new_profile(), None))
    assert len(cache) == 3
    cache.get("a")
    cache.trim()
    assert "b" not in cache
    assert "a" in cache
    assert "c" in cache


def test_outcomes_are_recognised_within_the_window_and_after_a_restart() -> None:
    recent = Recent()
    assert recent.first_time("d1")
    again = Recent(recent.to_bytes())
    assert not again.first_time("d1")
    for number in range(RECENT_OUTCOMES):
        assert again.first_time(f"x{number}")
    assert again.first_time("d1"), "beyond the window it is new again"
