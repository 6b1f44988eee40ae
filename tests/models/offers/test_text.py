"""Offers in the programme's text: what they may say, and every problem with it."""

from datetime import UTC, datetime

import pytest

from models.errors import ProgrammeError
from models.programme.flow_parts import Offer
from models.programme.reading import parse_programme
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS

TEXT = BUNDLED.read_text(encoding="utf-8")
PLAIN = "small: {discount_percent: 5}"
LONGEST_LIFE_MS = 12 * HOUR_MS
"""Of the flows that carry the shipped offer, win_back's mail lives longest."""


def offer(text: str) -> Offer:
    assert PLAIN in TEXT
    return parse_programme(TEXT.replace(PLAIN, f"small: {{discount_percent: 5, {text}}}")).offers[
        "small"
    ]


def problems(text: str) -> list[str]:
    with pytest.raises(ProgrammeError) as caught:
        offer(text)
    return list(caught.value.problems)


def at_ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc,arg-type]


def test_an_offer_with_codes() -> None:
    found = offer("codes: true, valid_for: 3d, codes_per_week: 500, codes_total: 5000")
    life_ms = LONGEST_LIFE_MS + 3 * DAY_MS
    assert found == Offer(
        "small", 5.0, codes=True, code_life_ms=life_ms, codes_per_week=500, codes_total=5000
    )
    assert offer("codes: true").code_life_ms == LONGEST_LIFE_MS
    assert not offer("codes: false").codes


@pytest.mark.parametrize(
    ("text", "ends_ms"),
    [
        ("2026-12-24", at_ms(2026, 12, 24, 23)),  # midnight in Berlin, the programme's zone
        ('"2026-07-01"', at_ms(2026, 7, 1, 22)),
        ('"2026-12-24T18:00"', at_ms(2026, 12, 24, 17)),
        ("2026-12-24 18:00:00", at_ms(2026, 12, 24, 17)),
    ],
)
def test_an_offer_ends_with_its_day_or_at_a_minute_of_it(text: str, ends_ms: int) -> None:
    assert offer(f"ends: {text}").ends_ms == ends_ms


@pytest.mark.parametrize("text", ["soon", "5", '"2026-12-24T18:00+01:00"', '"2026-13-01"', "true"])
def test_an_end_that_is_no_day_is_told(text: str) -> None:
    assert problems(f"ends: {text}")[0].startswith("offers.small.ends: ")


def test_everything_wrong_with_codes_is_told_together() -> None:
    assert problems("codes: yes, codes_per_week: -1, codes_total: many, valid_for: soon") == [
        "offers.small.valid_for: 'soon' is no duration; write for instance 30m, 1h, 7d or 0",
        "offers.small.codes_per_week: Input should be greater than or equal to 0",
        "offers.small.codes_total: 'many' is no number",
    ]
    assert problems("codes: 1") == ["offers.small.codes: 1 is neither true nor false"]


@pytest.mark.parametrize("key", ["valid_for: 3d", "codes_per_week: 5", "codes_total: 5"])
def test_what_only_codes_have_needs_them(key: str) -> None:
    name = key.partition(":")[0]
    assert problems(key) == [f"offers.small.{name}: only an offer with `codes: true` has it"]


@pytest.mark.parametrize("name", ["code", "code_expires", "offer_ends"])
def test_no_slot_is_called_what_the_content_holds_beside(name: str) -> None:
    with pytest.raises(ProgrammeError, match=f"{name}' has a meaning of its own"):
        parse_programme(TEXT.replace("slots: {subject:", f"slots: {{{name}:"))


def test_the_programmes_version_changes_with_its_offers() -> None:
    assert parse_programme(TEXT.replace(PLAIN, PLAIN[:-1] + ", codes: true}")).version != (
        parse_programme(TEXT).version
    )


def test_a_code_lasts_as_long_as_the_mails_of_campaigns_too() -> None:
    campaign = """
campaigns:
  sale:
    audience: all
    starts: "2026-07-01 09:00"
    ends: "2026-07-03 20:00"
    goal: buy
    expires: 36h
    content: related
    messages: [{type: sale, template: win_back, offers: [none, small]}]
"""
    text = TEXT.replace(PLAIN, "small: {discount_percent: 5, codes: true}") + campaign
    assert parse_programme(text).offers["small"].code_life_ms == 36 * HOUR_MS


@pytest.mark.parametrize("day", ["9999-12-31", "20261224", "1999-12-31", "2026-12-24T18:00Z"])
def test_an_end_that_is_no_day_of_these_times_is_a_problem(day: str) -> None:
    assert any(".ends: " in problem for problem in problems(f'ends: "{day}"'))
