"""Keys: the subscriber's, the journal's partition, and those in Redis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import keys
from schemas.errors import DeadLetterError
from schemas.keys import journal_partition, murmur2, subscriber_key


def signed(bits: int) -> int:
    return bits - (1 << 32) if bits >> 31 else bits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # From Kafka's own UtilsTest.testMurmur2.
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
def test_murmur2_is_kafkas(text: str, expected: int) -> None:
    assert signed(murmur2(text.encode())) == expected


@given(st.binary(max_size=64))
def test_murmur2_stays_in_32_bits(data: bytes) -> None:
    assert 0 <= murmur2(data) < 2**32


@given(st.text(st.characters(codec="utf-8")), st.integers(1, 1000))
def test_partitions_are_in_range(key: str, partitions: int) -> None:
    assert 0 <= journal_partition(key, partitions) < partitions


def test_partitions_are_those_of_kafkas_default_partitioner() -> None:
    # Utils.toPositive(murmur2(key)) % partitions; "21" hashes to a negative number.
    assert journal_partition("21", 8) == (-973932308 & 0x7FFFFFFF) % 8
    assert journal_partition("abc", 8) == 479470107 % 8


def test_people_are_spread_evenly() -> None:
    counts = [0] * 8
    for number in range(8000):
        counts[journal_partition(f"user-{number}", 8)] += 1

    assert min(counts) > 900
    assert max(counts) < 1100


def test_subscriber_before_anonymous() -> None:
    assert subscriber_key({"subscriber_id": "ann", "anonymous_id": "c"}) == "ann"
    assert subscriber_key({"subscriber_id": None, "anonymous_id": "c"}) == "anon:c"
    assert subscriber_key({"subscriber_id": "", "anonymous_id": "c"}) == "anon:c"


@pytest.mark.parametrize("record", [{}, {"subscriber_id": None, "anonymous_id": None}])
def test_nobody(record: dict[str, None]) -> None:
    with pytest.raises(DeadLetterError) as caught:
        subscriber_key(record)
    assert caught.value.reason == "no_subscriber"


def test_all_state_of_a_partition_has_one_hash_tag() -> None:
    tag = keys.state_tag("shop.", 7)

    assert tag == "{shop.p7}"
    made = [
        keys.profile_key(tag, "a}b{c"),
        keys.contact_key(tag, "a}b{c"),
        keys.meta_key(tag),
        keys.timers_key(tag),
        keys.outbox_key(tag),
    ]
    assert made == [
        "{shop.p7}:s:a}b{c",
        "{shop.p7}:c:a}b{c",
        "{shop.p7}:meta",
        "{shop.p7}:timers",
        "{shop.p7}:outbox",
    ]


def test_namespaces_share_no_key() -> None:
    def all_keys(namespace: str) -> set[str]:
        return {
            keys.state_tag(namespace, 1),
            keys.trainer_tag(namespace),
            keys.clock_key(namespace),
            keys.ledger_key(namespace, "d"),
            keys.suppression_key(namespace, "a@b.example"),
            keys.paused_key(namespace),
        }

    assert len(all_keys("a.") | all_keys("b.") | all_keys("")) == 18


def test_suppression_knows_an_address_in_any_case_and_holds_none() -> None:
    key = keys.suppression_key("", "Ann@Example.com ")

    assert key == keys.suppression_key("", "ann@example.com")
    assert "ann" not in key.lower()
    assert key != keys.suppression_key("", "anne@example.com")
