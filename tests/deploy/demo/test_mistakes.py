"""Bad records: each is refused on exactly the ground it was made for."""

import pytest

from deploy.demo.mistakes import FLAWS, bad_bytes, make_bad
from deploy.demo.shoppers import START_MS
from schemas.checks import check_event
from schemas.codec import Codec
from schemas.errors import DeadLetterError
from schemas.registry import BundledRegistry

CODEC = Codec(BundledRegistry())


def take_in(value: bytes | None) -> None:
    """Decode and check, as intake does."""
    check_event(*CODEC.decode(value), START_MS + 60_000)


@pytest.mark.parametrize("number", range(2 * len(FLAWS)))
def test_the_reason_expected_is_the_one_intake_would_give(number: int) -> None:
    bad = make_bad(START_MS, number)
    with pytest.raises(DeadLetterError) as refused:
        take_in(bad_bytes(bad, CODEC))
    assert refused.value.reason == bad.reason


def test_every_flaw_gets_its_turn() -> None:
    assert {make_bad(START_MS, n).flaw for n in range(len(FLAWS))} == set(FLAWS)
