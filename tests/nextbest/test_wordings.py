"""Templates and programme agree on slots and variants, or the sender says where they don't."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nextbest.wordings import wording_problems
from runtime.settings import BUNDLED_PROGRAMME, Read, load_settings

LISTED = "slots: {subject: [plain, question]}"
HERE = "flows.browse_abandonment.messages.0.slots.subject: the templates of browse_reminder never"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of the programme that ships."""
    return shutil.copytree(BUNDLED_PROGRAMME, tmp_path / "programme")


def problems(folder: Path) -> list[str]:
    found = wording_problems(Read(load_settings(programme_dir=folder), []))
    return [problem.removeprefix(f"{folder}/flows.yaml: ") for problem in found]


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    path.write_text(change(before), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != before


def test_the_programme_that_ships_says_all_of_its_wordings(shop: Path) -> None:
    assert problems(shop) == []


def test_a_variant_that_no_template_asks_for_is_told(shop: Path) -> None:
    edit(shop / "flows.yaml", lambda text: text.replace("[plain, question]", "[plain, questoin]"))
    assert problems(shop) == [f"{HERE} ask for 'questoin'"]


def test_a_slot_that_no_template_asks_for_is_told(shop: Path) -> None:
    listed = LISTED.replace("subject:", "headline:")
    edit(shop / "flows.yaml", lambda text: text.replace(LISTED, listed))
    assert problems(shop) == [
        f"{HERE.replace('slots.subject', 'slots.headline')} ask for slots.headline"
    ]


@pytest.mark.parametrize("way", ['slots["subject"]', "slots.subject", "subject_variant"])
def test_a_slot_may_be_asked_for_in_any_way(shop: Path, way: str) -> None:
    text = shop / "templates" / "browse_reminder.txt.j2"
    text.write_text(
        text.read_text(encoding="utf-8").replace("slots.subject", way), encoding="utf-8"
    )
    assert problems(shop) == []


def test_the_first_variant_need_not_be_asked_for(shop: Path) -> None:
    edit(shop / "flows.yaml", lambda text: text.replace("[plain, question]", "[usual, question]"))
    assert problems(shop) == []


def test_what_is_wrong_or_missing_itself_is_for_others_to_tell(shop: Path) -> None:
    edit(shop / "flows.yaml", lambda text: text.replace("[plain, question]", "[plain]"))
    assert problems(shop) == []
    (shop / "flows.yaml").unlink()
    assert problems(shop) == []
