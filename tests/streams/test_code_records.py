"""Codes are dealt to the partitions by their hash, and in records of a bounded size."""

from hypothesis import given
from hypothesis import strategies as some

from models.offers.code import NEVER_MS, RECORD_CODES
from schemas.codec import MAX_RECORD_BYTES
from schemas.keys import code_partition
from streams.code_records import code_records
from tests.streams.records import CODEC


@given(some.integers(0, 1_500), some.integers(1, 8))
def test_every_code_stands_once_in_its_partition(count: int, partitions: int) -> None:
    codes = [(f"GIFT-{n}", 5 if n % 2 else NEVER_MS) for n in range(count)]
    found = []
    for partition, record in code_records("gift", codes, partitions):
        assert 0 < len(record["codes"]) <= RECORD_CODES
        for each in record["codes"]:
            assert code_partition(each["code"], partitions) == partition
            found.append((each["code"], each["expires_at"] or NEVER_MS))
    assert sorted(found) == sorted(codes)


def test_the_largest_record_fits() -> None:
    codes = [(f"{n:040}", NEVER_MS - 1) for n in range(RECORD_CODES)]
    ((_, record),) = code_records("x" * 24, codes, 1)
    assert len(CODEC.encode("codes", record)) < MAX_RECORD_BYTES / 10
