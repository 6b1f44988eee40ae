from hypothesis import given
from hypothesis import strategies as st

from senders.mail.feedback_id import feedback_id, sender_of
from tests.senders.builders import decision


def test_it_names_what_was_sent_and_ends_in_who_sent_it() -> None:
    found = feedback_id(decision(), "shop12345")
    assert found == "cart_reminder:marketing:marketing-mail:shop12345"
    assert "ann" not in found


@given(st.text(max_size=80), st.text(max_size=80))
def test_it_has_four_parts_whatever_things_are_called(message: str, stream: str) -> None:
    found = feedback_id(decision(message=message, stream=stream), "shop12345")
    assert found.isascii()
    assert found.isprintable()
    parts = found.split(":")
    assert len(parts) == 4
    assert all(parts)


def test_a_domain_has_always_the_same_sender_and_another_one_another() -> None:
    assert sender_of("shop.example") == sender_of("shop.example")
    assert sender_of("shop.example") != sender_of("shop.test")
    assert sender_of("shop.example").isalnum()
    assert 5 <= len(sender_of("shop.example")) <= 15
