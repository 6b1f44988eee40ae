"""Templates and programme agree on slots and variants, or it is told where they may not."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nextbest.wordings import wording_doubts
from runtime.settings import BUNDLED_PROGRAMME, load_settings

LISTED = "slots: {subject: [plain, question]}"
BY_NAME = """\
        slots:
          subject:
            plain: {}
            interest: {needs: category}
            low_stock: {needs: low_stock}
"""
HERE = "flows.browse_abandonment.messages.0.slots.subject: the templates of browse_reminder never"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of the programme that ships, with one slot whose variants are listed."""
    folder = shutil.copytree(BUNDLED_PROGRAMME, tmp_path / "programme")
    edit(folder / "flows.yaml", lambda text: text.replace(BY_NAME, f"        {LISTED}\n"))
    return folder


def problems(folder: Path) -> list[str]:
    found = wording_doubts(load_settings(programme_dir=folder))
    return [problem.removeprefix(f"{folder}/flows.yaml: ") for problem in found]


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    path.write_text(change(before), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != before


def test_the_programme_that_ships_says_all_of_its_wordings() -> None:
    assert wording_doubts(load_settings(programme_dir=BUNDLED_PROGRAMME)) == []


def test_a_variant_that_no_template_asks_for_is_told(shop: Path) -> None:
    edit(shop / "flows.yaml", lambda text: text.replace("[plain, question]", "[plain, questoin]"))
    assert problems(shop) == [f"{HERE} ask for 'questoin'"]


def test_a_slot_that_no_template_asks_for_is_told(shop: Path) -> None:
    listed = LISTED.replace("subject:", "headline:")
    edit(shop / "flows.yaml", lambda text: text.replace(LISTED, listed))
    assert problems(shop) == [
        f"{HERE.replace('slots.subject', 'slots.headline')} ask for slots.headline"
    ]


TEXT = "templates/browse_reminder.txt.j2"
ASKED = 'slots.subject == "question"'


@pytest.mark.parametrize(
    "asked",
    [
        'slots["subject"] == "question"',
        'subject_variant == "question"',
        'slots.get("subject") == "question"',
        'slots.subject in ["question"]',
        'slots.subject != "plain"',
        'slots.subject.startswith("ques")',
        '{"question": 1}[slots.subject]',
    ],
)
def test_a_slot_may_be_asked_for_in_any_way(shop: Path, asked: str) -> None:
    edit(shop / TEXT, lambda text: text.replace(ASKED, asked))
    assert problems(shop) == []


@pytest.mark.parametrize(
    "said",
    [
        "{{ slots.subject }}",
        "{% set all = slots %}{% if all.subject == 'question' %}?{% endif %}",
        '{% include "subject_" ~ slots.subject ~ ".j2" %}',
    ],
)
def test_what_templates_make_of_a_slot_otherwise_is_theirs(shop: Path, said: str) -> None:
    edit(
        shop / TEXT,
        lambda text: text.replace("{% block preheader %}", "{% block preheader %}" + said),
    )
    edit(shop / TEXT, lambda text: text.replace(ASKED, "true"))
    assert problems(shop) == []


def test_a_wording_may_be_said_in_a_template_referred_to(shop: Path) -> None:
    (shop / "templates" / "parts").mkdir()
    part = shop / "templates" / "parts" / "words.j2"
    part.write_text("{% if slots.subject == 'question' %}?{% endif %}", encoding="utf-8")
    edit(shop / TEXT, lambda text: text.replace("slots.subject", "shop_url"))
    assert problems(shop) == [f"{HERE} ask for slots.subject"]
    body = "{% block body %}"
    edit(shop / TEXT, lambda text: text.replace(body, body + '{% include "parts/words.j2" %}'))
    assert problems(shop) == []


@pytest.mark.parametrize("broken", [b"{% if x %}", b"\xff\xfe"])
def test_a_template_that_cannot_be_read_is_for_others_to_tell(shop: Path, broken: bytes) -> None:
    (shop / "templates" / "_layout.txt.j2").write_bytes(broken)
    assert problems(shop) == []


def test_the_first_variant_need_not_be_asked_for(shop: Path) -> None:
    edit(shop / "flows.yaml", lambda text: text.replace("[plain, question]", "[usual, question]"))
    assert problems(shop) == []


def test_what_is_wrong_or_missing_itself_is_for_others_to_tell(shop: Path) -> None:
    edit(shop / "flows.yaml", lambda text: text.replace("[plain, question]", "[plain]"))
    assert problems(shop) == []
    (shop / "flows.yaml").unlink()
    assert problems(shop) == []
