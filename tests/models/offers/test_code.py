"""What a code may look like, how its state is stored, and what becomes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from models.errors import ProfileBytesError
from models.offers import code as codes
from models.offers.code import FREE, GIVEN, NEVER_MS, REDEEMED, RESERVED, Ending, Known
from models.person.messages import FAILED

DECISION = "0123456789abcdef0123456789abcdef"
RESERVED_CODE = Known(RESERVED, "gift", 5_000, DECISION[:16], 1_000)


def told(status: str, *, claimed: bool | None = False, decision: str = DECISION) -> Ending:
    event = {
        "code": "GIFT-1",
        "decision_id": decision,
        "occurred_at": 3_000,
        "status": status,
        "claimed": claimed,
    }
    ending = Ending.of(event)
    assert ending is not None
    return ending


@pytest.mark.parametrize("code", ["ABCD", "a-b_c", "1" * 40])
def test_codes_are_letters_digits_and_two_signs(code: str) -> None:
    assert codes.wellformed(code)


@pytest.mark.parametrize("code", ["", "ABC", "-ABCD", "AB CD", "ÄBCD", "A" * 41, "ABCD\n", "A:BCD"])
def test_anything_else_is_no_code(code: str) -> None:
    assert not codes.wellformed(code)


def test_a_free_code_takes_few_bytes() -> None:
    assert len(codes.to_bytes(Known(FREE, "gift", NEVER_MS))) <= 20
    assert len(codes.to_bytes(RESERVED_CODE)) <= 46


def test_a_damaged_state_is_told() -> None:
    assert codes.from_bytes(codes.to_bytes(RESERVED_CODE)) == RESERVED_CODE
    with pytest.raises(ProfileBytesError, match="damaged"):
        codes.from_bytes(b"\xff")


@given(
    some.integers(0, NEVER_MS - 1),
    some.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{3,10}", fullmatch=True),
)
def test_a_place_says_expiry_and_code_and_lies_in_its_span(expires_ms: int, code: str) -> None:
    there = codes.member("gift", expires_ms, code)
    assert codes.place(there) == (expires_ms, code)
    low, high = codes.span("gift", expires_ms)
    assert low <= there < high
    low, high = codes.span("gift", expires_ms + 1)
    assert not low <= there < high
    low, high = codes.span("gift", 0, expires_ms)
    assert not low <= there < high
    for other in ("gif", "gift2", "gift_"):
        low, high = codes.span(other, 0)
        assert not low <= there < high


@given(some.lists(some.tuples(some.integers(0, NEVER_MS), some.sampled_from(["A", "a", "-", "_"]))))
def test_text_sorts_as_expiry_and_code_do(places: list[tuple[int, str]]) -> None:
    members = sorted(codes.member("gift", *each) for each in places)
    assert [codes.place(each) for each in members] == sorted(places)


@pytest.mark.parametrize("status", sorted(FAILED))
def test_a_mail_that_never_left_gives_its_code_back(status: str) -> None:
    free = codes.ended(RESERVED_CODE, told(status))
    assert free.state == FREE
    assert codes.ended(free, told(status)) == free, "once"


@pytest.mark.parametrize("status", ["rejected", "expired", "code_taken"])
@pytest.mark.parametrize("claimed", [True, None])
def test_a_server_that_may_have_seen_it_keeps_it(status: str, *, claimed: bool | None) -> None:
    assert codes.ended(RESERVED_CODE, told(status, claimed=claimed)).state == GIVEN


@pytest.mark.parametrize("status", ["accepted", "unknown", "bounced", "complained"])
def test_what_left_is_given_and_stays_so(status: str) -> None:
    given = codes.ended(RESERVED_CODE, told(status))
    assert given.state == GIVEN
    assert codes.ended(given, told("expired")) == given


def test_another_decisions_ending_releases_nothing() -> None:
    assert codes.ended(RESERVED_CODE, told("expired", decision="f" * 32)) == RESERVED_CODE


def test_seen_it_is_given_even_where_it_had_gone_back_or_on() -> None:
    free = codes.ended(RESERVED_CODE, told("expired"))
    again = codes.ended(free, told("accepted"))
    assert (again.state, again.at_ms) == (GIVEN, 3_000), "counted from then"
    other = codes.reserved(free, "f" * 32, 2_000)
    assert (other.decision, other.at_ms) == ("f" * 16, 2_000)
    assert codes.ended(other, told("accepted")).state == GIVEN


def test_redeemed_it_stays_so() -> None:
    used = codes.redeemed(RESERVED_CODE)
    for status in ("expired", "accepted"):
        assert codes.ended(used, told(status)).state == REDEEMED


def test_a_mail_without_a_code_ends_none() -> None:
    assert Ending.of({"code": None}) is None
