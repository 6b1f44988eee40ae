from pathlib import Path

import pytest

from tests.senders.linting.messages import codes, said

OFFER = "{% if discount_percent %}{{ discount_percent }} % off{% endif %}"
CODE = "{% if code %}Your code: {{ code }}{% endif %}"


@pytest.mark.parametrize(
    "words",
    [
        OFFER,
        CODE,
        "{% if offer %}{{ discount_percent }} percent off for you{% endif %}",
        "{% if offer %}Now {{ discount_percent }}% less{% endif %}",
    ],
)
def test_an_offer_for_one_person_that_doesn_t_say_so_is_refused(tmp_path: Path, words: str) -> None:
    assert "personal-price" in codes(tmp_path, body=words)


@pytest.mark.parametrize(
    "said",
    [
        "A personal offer: our software chose it for you.",
        "Chosen for you.",
        "Just for you, set by an automated decision.",
        "Persönlich für Sie.",
    ],
)
def test_an_offer_that_says_so_passes(tmp_path: Path, said: str) -> None:
    assert codes(tmp_path, body=f"{OFFER} {said}") == set()


def test_both_parts_must_say_so(tmp_path: Path) -> None:
    assert "personal-price" in codes(tmp_path, body=f"{OFFER} Chosen for you.", text=OFFER)
    hidden = f'{OFFER} <span style="display:none">Chosen for you.</span>'
    assert "personal-price" in codes(tmp_path, body=hidden, text=f"{OFFER} Chosen for you.")


def test_what_everybody_gets_is_nobodys_own(tmp_path: Path) -> None:
    assert codes(tmp_path, body="20 % off everything.") == set()


CLAIMS = [
    "The price dropped.",
    "A price drop on lamps.",
    "The lamp costs less now.",
    "Prices reduced.",
    "The price has been lowered.",
    "Was €99.00, now €79.00.",
    "Save €20.",
    "Marked down.",
    "Reduced to €79.",
    "€99.00 → €79.00",
    "Only €79, regularly €99.",
    "Now 20% cheaper.",
    "<s>€99.00</s> €79.00",
    '<span style="text-decoration: line-through">99,00 €</span> 79,00 €',
    "Statt 99 € nur 79 €.",
    "Im Preis gesenkt.",
]


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_lower_price_without_the_lowest_before_is_refused(claim: str) -> None:
    assert "prior-price" in said(claim)


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_lower_price_with_the_lowest_before_passes(claim: str) -> None:
    told = f"{claim} Lowest price of the 30 days before: €99.00."
    assert "prior-price" not in said(told, lowest_price="€99.00")


def test_both_parts_must_tell_it(tmp_path: Path) -> None:
    told = "The price dropped. Lowest price of the 30 days before: {{ lowest_price }}."
    assert "prior-price" in codes(tmp_path, body=told, text="The price dropped.")


@pytest.mark.parametrize(
    "words",
    [
        "10 % off this order, a personal offer.",
        "It goes on sale today.",
        "The lamp is €79.00.",
        "A lamp for less light.",
        "Free shipping from €50.",
        "No price drop, just a good lamp.",
        "Save energy.",
    ],
)
def test_words_that_only_sound_like_it_pass(words: str) -> None:
    assert "prior-price" not in said(words)
