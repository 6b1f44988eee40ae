import random
from pathlib import Path

import pytest

from evaluation.sendtime import evaluate
from evaluation.sendtime_log import SendLogError, read_send_log


def _log(
    folder: Path, *, sends: int = 3_000, people: int = 150, everybody: float = 0.0, own: float = 0.0
) -> Path:
    """Sends in three slots at random; `everybody` reads more in `s1`, each person in their own."""
    chance = random.Random(7)
    lines = ["sent_at,slot,clicked,person"]
    for number in range(sends):
        person, slot = chance.randrange(people), chance.randrange(3)
        rate = 0.15 * (1 + everybody * (slot == 1)) * (1 + own * (slot == person % 3))
        clicked = int(chance.random() < rate)
        lines.append(f"{1_700_000_000 + number},s{slot},{clicked},p{person}")
    path = folder / "log.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_it_finds_a_time_that_is_better_for_all(tmp_path: Path) -> None:
    result = evaluate(read_send_log(_log(tmp_path, everybody=1.0)), permutations=99, seed=1)
    assert result.found
    assert result.lift > 0.2
    assert result.shuffled == "within person"
    assert max(result.slots, key=lambda slot: slot.rate).slot == "s1"


def test_it_finds_times_that_are_better_for_each(tmp_path: Path) -> None:
    result = evaluate(read_send_log(_log(tmp_path, own=2.0)), permutations=99, seed=1)
    assert result.found
    assert result.lift > 0.2
    assert result.ci95[0] < result.lift < result.ci95[1]


def test_where_there_is_nothing_it_finds_nothing(tmp_path: Path) -> None:
    result = evaluate(read_send_log(_log(tmp_path)), permutations=99, seed=1)
    assert not result.found
    assert abs(result.shuffled_lift) < 0.1


def test_without_people_and_without_clicks(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    rows = "\n".join(f"2026-01-01T10:00:{at:02d}Z,{'ab'[at % 2]},0" for at in range(40))
    path.write_text(f"sent_at,slot,clicked\n{rows}\n", encoding="utf-8")
    result = evaluate(read_send_log(path), permutations=99, seed=1)
    assert (result.people, result.shuffled, result.lift, result.found) == (0, "over all", 0, False)


def test_the_same_seed_gives_the_same_and_the_file_s_order_does_not_matter(tmp_path: Path) -> None:
    path = _log(tmp_path, sends=500)
    first = evaluate(read_send_log(path), permutations=99, seed=3)
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *reversed(rows)]), encoding="utf-8")
    log = read_send_log(path)
    assert evaluate(log, permutations=99, seed=3).lift == pytest.approx(first.lift)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column 'sent_at'"),
        ("sent_at,slot\n1,a\n", "no column 'clicked'"),
        ("sent_at,slot,clicked\n", "no choice"),
        ("sent_at,slot,clicked\n1,a,1\n2,a,0\n", "no choice"),
        ("sent_at,slot,clicked\n1,a,1\nyesterday,b,0\n", "line 3: sent_at is 'yesterday'"),
        ("sent_at,slot,clicked\nnan,a,1\n", "line 2: sent_at is 'nan'"),
        ("sent_at,slot,clicked\n1,a,maybe\n", "line 2: clicked is 'maybe'"),
        ("sent_at,slot,clicked\n1,,1\n", "line 2: slot is empty"),
        ("sent_at,slot,clicked\n1\n", "line 2: slot is empty"),
        ("sent_at,slot,clicked,person\n1,a,1,\n", "line 2: person is empty"),
    ],
)
def test_a_log_that_makes_no_sense_is_refused_by_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SendLogError, match=said):
        read_send_log(path)


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("sent_at,slot,clicked\n" + "x,a,1\n" * 30, encoding="utf-8")
    with pytest.raises(SendLogError) as caught:
        read_send_log(path)
    assert len(caught.value.problems) == 30
    assert "and 20 more" in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"sent_at,slot,clicked\n1,a,1\n2,\xff,0\n")
    with pytest.raises(SendLogError, match="line"):
        read_send_log(path)
