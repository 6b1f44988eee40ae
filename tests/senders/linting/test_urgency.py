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
    "The clock's ticking.",
    "We can only hold your cart until tonight.",
    "Your cart expires in 30 minutes.",
    "Your reserved items will be released soon.",
    "Get it before someone else does.",
    "Get yours now before they sell out.",
    "Quick! Your lamp waits.",
    "Do not miss this.",
    "You don't want to miss this.",
    "Low stock alert",
    "Other shoppers are eyeing your lamp.",
    "Selling like hot cakes.",
    "Last chance sale.",
    "Last chance: lamps.",
    "Final hours to save.",
    "The final days of our sale.",
    "Nur noch heute!",
    "Nur bis heute Abend!",
    "Gleich vergriffen!",
    "So gut wie ausverkauft.",
    "Back in stock, but not for long.",
    "Not long left!",
    "Order now or regret it.",
    "Everyone is buying this.",
    "Order before the sale ends.",
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
    "The last chance saloon: a board game for six.",
    "The final days of summer.",
    "The last days of the house, a novel.",
    "It's now available in blue.",
    "Only available in our shop.",
    "Don't wait in line: collect in our shop.",
    "Order before 14:00 for delivery tomorrow.",
    "Open today until 20:00.",
    "Others also bought these.",
    "Heute geöffnet bis 20 Uhr.",
    "Die letzten Tage des Sommers.",
    "Before it ends up in landfill, repair it.",
    "Before the winter ends, one more jumper.",
    "Your gift card never expires.",
    "The last call of the curlew: a book about marshes.",
    "Only two ingredients: milk and salt.",
    "Before they are planted, soak the bulbs.",
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
