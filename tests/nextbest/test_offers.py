"""`nextbest offers load` refuses what isn't right before it asks any server."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from models.offers.code import FREE, GIVEN, REDEEMED, RESERVED, WITHDRAWN, Known
from nextbest.cli import app
from nextbest.code_counts import Counts
from nextbest.code_file import BadCodesError
from tests.coded import coded_programme


def load(folder: Path, offer: str, text: str, *options: str) -> Result:
    programme, file = folder / "programme", folder / "codes.txt"
    if not programme.exists():
        coded_programme(programme)
    file.write_text(text, encoding="utf-8")
    environment = {"NEXTBEST_PROGRAMME_DIR": str(programme)}
    arguments = ["offers", "load", offer, str(file), *options]
    return CliRunner().invoke(app, arguments, env=environment)


def test_an_offer_without_codes_or_not_there_is_refused(tmp_path: Path) -> None:
    for offer in ("small", "gfit"):
        found = load(tmp_path, offer, "GIFT-1\n")
        assert found.exit_code == 2
        assert "those are: gift" in " ".join(found.output.replace("│", " ").split())


def test_a_bad_line_refuses_the_file(tmp_path: Path) -> None:
    found = load(tmp_path, "gift", "GIFT-1\nno code\n")
    assert isinstance(found.exception, BadCodesError)
    assert "line 2: 'no code' is no code" in str(found.exception)


@pytest.mark.parametrize("day", ["soon", "2026-13-01"])
def test_an_end_that_is_no_day_is_refused(tmp_path: Path, day: str) -> None:
    found = load(tmp_path, "gift", "GIFT-1\n", "--expires", day)
    assert (found.exit_code, "write a day like" in found.output) == (2, True)


def test_an_end_that_lies_behind_is_refused(tmp_path: Path) -> None:
    found = load(tmp_path, "gift", "GIFT-1\n", "--expires", "2020-01-31")
    assert "'GIFT-1' has expired" in str(found.exception)


def test_each_code_counts_where_it_is_and_a_free_one_only_until_it_expires() -> None:
    counts = Counts()
    for state in (FREE, RESERVED, GIVEN, REDEEMED, WITHDRAWN):
        for expires_ms in (100, 101):
            counts.add(Known(state, "gift", expires_ms), 100)
    assert counts == Counts(free=1, reserved=2, given=2, redeemed=2, expired=1, withdrawn=2)
