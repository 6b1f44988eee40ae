"""Files of complaint rates: what is read, and what is refused with its line."""

import pytest

from nextbest.rate_file import SHOWN, BadRatesError, read_rates
from senders.guardrails.counts import DAY_MS, day_of
from senders.guardrails.imported import Imported

TODAY = 20_574  # 2026-05-01
NOW_MS = TODAY * DAY_MS + 1


def problems(*lines: str) -> list[str]:
    with pytest.raises(BadRatesError) as caught:
        read_rates(lines, NOW_MS)
    return caught.value.problems


def test_columns_are_known_by_their_names() -> None:
    lines = [
        "Provider, complaint_rate, date, accepted, note, stream",
        "gmail, 0.0012, 2026-05-01, 5000, quiet, win_back",
        "gmail, 0, 2026-04-30, , ,",
    ]
    assert read_rates(lines, NOW_MS) == [
        Imported(day_of(NOW_MS), "gmail", 0.0012, "win_back", "", 5_000),
        Imported(day_of(NOW_MS) - 1, "gmail", 0.0),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026-05-01,gmail,0.1%", "no number"),
        ("2026-05-01,gmail,1.2", "write 0.1 % 0.001"),
        ("2026-05-01,gmail,nan", "no share"),
        ("2026-05-01,gmail,-0.1", "no share"),
        ("2026-05-01,gmail", "no number"),
        ("2026-05-01,,0.1", "no provider"),
        ("2026-05-01,g|x,0.1", "no provider"),
        ("01.05.2026,gmail,0.1", "no date"),
        ("2026-05-02,gmail,0.1", "yet to come"),
        ("2026-01-01,gmail,0.1", "45 days ago"),
        ("2026-05-01,gmail,0.1,-1", "no count"),
        ("2026-05-01,gmail,0.1,inf", "no count"),
        ("2026-05-01,gmail,0.1,1.5", "no count"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(line: str, said: str) -> None:
    (problem,) = problems("date,provider,complaint_rate,accepted", line)
    assert problem.startswith("line 2: ")
    assert said in problem


def test_nothing_is_taken_of_a_file_that_is_wrong() -> None:
    assert "provider, complaint_rate" in problems("date,rate", "2026-05-01,1")[0]
    assert problems("date,provider,complaint_rate") == ["there is no rate in it"]
    assert problems() == ["line 1: the header has no date, provider, complaint_rate"]
    many = problems("date,provider,complaint_rate", *["x,y,z"] * (SHOWN + 5))
    assert len(many) == SHOWN + 5
    assert "and 5 more" in str(BadRatesError(many))
    assert problems("date,provider,complaint_rate", 'a\0b,"gm\nail,0.1')
