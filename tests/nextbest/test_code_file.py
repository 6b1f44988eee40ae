"""Files of single-use codes: what is read, and that every bad line is told."""

import pytest

from models.localtime import end_of
from models.offers.code import NEVER_MS
from nextbest.code_file import SHOWN, BadCodesError, Code, read_codes

NOW_MS = 1_790_000_000_000
"""2026-09-21."""
DEFAULT_MS = NOW_MS + 1
NO_DAY = "is no day; write 2026-12-24, or 2026-12-24T18:00, without a time zone"


def read(text: str, default_ms: int = DEFAULT_MS) -> list[Code]:
    return read_codes(
        text.splitlines(keepends=True),
        default_ms=default_ms,
        now_ms=NOW_MS,
        end_of=lambda day: end_of(day, "Europe/Berlin"),
    )


def problems(text: str, default_ms: int = DEFAULT_MS) -> list[str]:
    with pytest.raises(BadCodesError) as caught:
        read(text, default_ms)
    return caught.value.problems


def test_one_code_a_line_empty_ones_and_a_header_do_not_count() -> None:
    assert read("code\n\nGIFT-1\n  GIFT-2 \r\n") == [
        Code("GIFT-1", DEFAULT_MS),
        Code("GIFT-2", DEFAULT_MS),
    ]


def test_a_csv_gives_each_its_own_end() -> None:
    text = 'code,expires\nGIFT-1,2026-12-24\n"GIFT-2","2026-12-24T18:00"\nGIFT-3,\n'
    assert read(text, NEVER_MS) == [
        Code("GIFT-1", 1_798_153_200_000),
        Code("GIFT-2", 1_798_131_600_000),
        Code("GIFT-3", NEVER_MS),
    ]


def test_every_bad_line_is_told() -> None:
    text = "GIFT-1\nG I\nGIFT-1\nGIFT-2,soon\nGIFT-3,2026-09-01\nGIFT-4,2026-12-24T18:00+01:00\n"
    assert problems(text) == [
        "line 2: 'G I' is no code: 4 to 40 letters, digits, - and _",
        "line 3: 'GIFT-1' stands in line 1 already",
        f"line 4: 'soon' {NO_DAY}",
        "line 5: 'GIFT-3' has expired",
        f"line 6: '2026-12-24T18:00+01:00' {NO_DAY}",
    ]


def test_an_end_for_all_that_lies_behind_is_told() -> None:
    assert problems("GIFT-1\n", NOW_MS) == ["line 1: 'GIFT-1' has expired"]


def test_an_empty_file_is_told() -> None:
    assert problems("\n\n") == ["there is no code in it"]


def test_of_very_many_problems_some_are_shown_and_the_rest_is_counted() -> None:
    with pytest.raises(BadCodesError, match=r"… and 30 more") as caught:
        read("x\n" * (SHOWN + 30))
    assert str(caught.value).count("\n  - ") == SHOWN
