"""What makes people feel watched, in many words; and words that only sound like it."""

from pathlib import Path

import pytest

from tests.senders.linting.messages import codes, said

WATCHED = [
    "We saw you looking at our lamps.",
    "We noticed you left something behind.",
    "I noticed you didn't finish.",
    "Looks like you were just browsing our lamps.",
    "We noticed that your cart is full.",
    "We couldn't help but notice you like lamps. We've noticed.",
    "We've been watching what you like.",
    "Our systems detected you on our site.",
    "We see you're still thinking about it.",
    "I saw you were browsing lamps.",
    "Saw you looking!",
    "Caught you looking!",
    "We know what you looked at.",
    "We know you viewed the lamp.",
    "We spotted you eyeing the lamp.",
    "Based on your browsing history, here is a lamp.",
    "Your recent activity on our site tells us something.",
    "We are keeping an eye on what you do.",
    "We \u200bs\u00adaw you looking.",
    "We <b>saw</b> you.",
    "We s<i>aw</i> you.",
    "We\u2019ve noticed you.",
    "We n\u043eticed you.",
    "WE SAW YOU",
    "We saw something in your cart.",
    "Wir haben gesehen, dass du unsere Lampen magst.",
    "Wir haben bemerkt, dass Sie etwas vergessen haben.",
    "Uns ist aufgefallen, dass Sie Lampen mögen.",
]
TIMES = [
    "You looked at the lamp at 14:03.",
    "You looked at the lamp at 2:03 pm.",
    "Your last visit: 14:03.",
    "You visited us yesterday at noon.",
    "Viewed at 09:17.",
    "It's been 37 minutes since you left.",
    "12 minutes ago you put a lamp into your cart.",
    "You were here two hours ago.",
    "You added the lamp to your cart last night.",
    "You browsed lamps on Tuesday.",
    "You viewed this 3 days ago.",
    "Cart created 2026-11-28T14:03.",
    "Um 14:03 Uhr haben Sie sich die Lampe angesehen.",
    "Sie haben gestern unsere Lampen besucht.",
]
COUNTS = [
    "You viewed the lamp 7 times.",
    "You've looked at it three times this week.",
    "You have visited our shop twice.",
    "This is your third visit to the lamp.",
    "7 views of this page by you.",
    "You viewed 3 pages.",
    "You opened our last 4 emails.",
    "You spent 12 minutes on this page.",
    "You have looked at this more than once.",
    "Du hast die Lampe dreimal angesehen.",
]
FINE = [
    "Your cart is still here.",
    "Worth a second look.",
    "Did you find what you were looking for?",
    "We hope to see you soon.",
    "We can't wait to see you in our shop.",
    "We haven't seen you in a while.",
    "See you there!",
    "As seen on television.",
    "We are following up on your order.",
    "We've spotted something you might love.",
    "This lamp caught your eye? It is back.",
    "Open Monday to Friday, 9:00 to 17:30.",
    "The webinar starts at 14:00.",
    "A model car at 1:43.",
    "Rated 4.6 of 5 by 230 customers.",
    "You have ordered filters more than once.",
    "Three looks for autumn.",
    "Two views of the Alps, printed by hand.",
    "Founded 30 years ago.",
    "Ready in 20 minutes.",
    "We know how hard it is to choose.",
    "Free returns for 30 days.",
    "Watch our film about lamps.",
    "You get this mail because you signed up at our shop and left something in your cart.",
]


@pytest.mark.parametrize("words", WATCHED)
def test_saying_that_someone_was_seen_is_refused(words: str) -> None:
    assert "watched" in said(words)


@pytest.mark.parametrize("words", TIMES)
def test_saying_when_someone_did_something_is_refused(words: str) -> None:
    assert "exact-time" in said(words)


@pytest.mark.parametrize("words", COUNTS)
def test_saying_how_often_someone_looked_is_refused(words: str) -> None:
    assert "counted-views" in said(words)


@pytest.mark.parametrize("words", FINE)
def test_words_that_only_sound_like_it_pass(words: str) -> None:
    assert said(words) == set()


@pytest.mark.parametrize("part", ["subject", "preheader", "text"])
def test_every_part_is_looked_at(tmp_path: Path, part: str) -> None:
    assert "watched" in codes(tmp_path, **{part: "We saw you"})


def test_an_alt_text_is_looked_at_and_a_comment_is_not(tmp_path: Path) -> None:
    picture = '<img src="https://www.shop.example/a.png" width="10" alt="We saw you">'
    assert "watched" in codes(tmp_path, body=picture, text="A picture.")
    assert codes(tmp_path, body="<!-- We saw you -->", text="") == set()


def test_naming_what_someone_looked_at_is_warned_of(tmp_path: Path) -> None:
    assert codes(tmp_path, body="You looked at the lamp.") == {"browsing"}


def test_an_order_may_say_when_it_left(tmp_path: Path) -> None:
    flows = {"flows": {"a": {"kind": "transactional", "messages": [{"template": "news"}]}}}
    told = "Your order left our warehouse yesterday."
    assert "exact-time" in codes(tmp_path, body=told)
    assert codes(tmp_path, flows, body=told, way_out="") == set()
