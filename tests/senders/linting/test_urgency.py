"""Urgency that nothing backs, in many words; and what is urgent because it is true."""

from pathlib import Path

import pytest

from tests.senders.linting.messages import codes, said

FALSE = [
    "Hurry!",
    "Hurry up, it's almost gone.",
    "H U R R Y",
    "Last chance.",
    "Your final hours to save.",
    "Act now.",
    "Don't miss out.",
    "Don't wait.",
    "Only today: free shipping.",
    "Today only!",
    "Offer ends tonight.",
    "Ends soon.",
    "Sale ends Sunday.",
    "Expires in 3 hours.",
    "Only 2 left!",
    "Only a few left.",
    "Only 3 days left.",
    "Just one left in stock.",
    "While stocks last.",
    "Selling fast.",
    "Almost sold out.",
    "Limited time offer.",
    "Limited-time only.",
    "For a limited time.",
    "Limited stock.",
    "Stock is limited.",
    "Limited offer!",
    "Just hours left.",
    "Going, going, gone!",
    "23 people are looking at this right now.",
    "Someone just bought the last one.",
    "Low in stock.",
    "Before it's too late.",
    "Time is running out.",
    "Stock is running out.",
    "It won't last.",
    "Now or never.",
    "Flash sale.",
    "00:14:59",
    "2 hours left",
    "Order by midnight.",
    "Beeilen Sie sich!",
    "Letzte Chance!",
    "Nur heute!",
    "Nur noch 2 Stück.",
    "Solange der Vorrat reicht.",
    "Endet heute.",
    "Jetzt zuschlagen!",
    "Nur noch kurze Zeit.",
]
FINE = [
    "No hurry, no countdown.",
    "There is no rush to decide.",
    "Nothing urgent.",
    "Keine Eile.",
    "Shop now.",
    "Try it today.",
    "Order by e-mail or telephone.",
    "Last-minute gift ideas.",
    "The last one was not quite it.",
    "Running out of coffee?",
    "Free returns for 30 days.",
    "Going out tonight?",
    "Our limited edition lamp.",
    "Closed on Sunday.",
    "Ready in 20 minutes.",
    "Head over to our shop.",
    "If you want to keep it, renew it before then.",
    "It is just now in bloom.",
    "The film ends in Lisbon.",
]


@pytest.mark.parametrize("words", FALSE)
def test_urgency_that_nothing_backs_is_refused(words: str) -> None:
    assert "false-urgency" in said(words)


@pytest.mark.parametrize("words", FINE)
def test_words_that_only_sound_like_it_pass(words: str) -> None:
    assert "false-urgency" not in said(words)


BACKED = [
    "{% if stock_left %}Only {{ stock_left }} left: hurry.{% endif %}",
    "{% if ends_on %}Last chance, until {{ ends_on }}.{% endif %}",
    "{% if offer_ends or code_expires %}Ends soon: {{ code_expires }}.{% endif %}",
]


@pytest.mark.parametrize("words", BACKED)
def test_what_is_urgent_where_it_is_true_passes(tmp_path: Path, words: str) -> None:
    assert codes(tmp_path, body=words) == set()


@pytest.mark.parametrize(
    "words",
    [
        "Only {{ stock_left }} left.",
        "{% if products %}Only a few left.{% endif %}",
        "{% if stock_left %}Today only.{% endif %}",
        "{% if ends_on %}Only a few left.{% endif %}",
        "{% if slots.tone == 'loud' %}Hurry!{% endif %}",
    ],
)
def test_what_is_said_where_it_isn_t_true_is_refused(tmp_path: Path, words: str) -> None:
    assert "false-urgency" in codes(tmp_path, body=words)


def test_a_picture_that_counts_down_is_refused(tmp_path: Path) -> None:
    picture = '<img src="https://i.shop.example/countdown.gif" width="9" alt="Soon over">'
    assert "false-urgency" in codes(tmp_path, body=picture, text="A picture.")


def test_a_template_may_be_excepted_with_a_reason(tmp_path: Path) -> None:
    excepted = "{# lint: allow false-urgency: the name of our magazine #}Hurry"
    assert codes(tmp_path, body=excepted) == set()
    assert "false-urgency" in codes(tmp_path, body="{# lint: allow false-urgency #}Hurry")
