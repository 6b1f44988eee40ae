"""What the mails that are owed say: the confirmation of an opt-in, and of an order."""

from html import unescape
from typing import Any

import pytest

from runtime.settings import BUNDLED_PROGRAMME
from senders.mail.content import template_variables
from senders.mail.rendering import Templates
from tests.senders.builders import IDENTITY, LINKS, contact, decision, product


@pytest.fixture(scope="module")
def bundled() -> Templates:
    return Templates(BUNDLED_PROGRAMME / "templates")


def variables(made: dict[str, Any], who: dict[str, Any], *names: str) -> dict[str, Any]:
    catalog = {name: product(name) for name in names}
    return template_variables(made, who, catalog, IDENTITY, LINKS)


def test_a_double_opt_in_states_content_and_frequency(bundled: Templates) -> None:
    made = decision(message="confirm_opt_in", kind="transactional", content={})
    given = variables(made, contact())
    mail = bundled.render("confirm_opt_in", given)
    for body in (mail.html, mail.text):
        assert given["confirm_url"] in body
        assert "at most three mails a week" in body
        assert "news and recommendations" in body
        assert "If it was not you, do nothing" in body
    told = {"promise_content": "our letter on lamps", "promise_frequency": "one mail a month"}
    given = variables(decision(message="confirm_opt_in", content=told), contact())
    mail = bundled.render("confirm_opt_in", given)
    for body in (mail.html, mail.text):
        assert "What you agree to: our letter on lamps, one mail a month." in body


def test_whoever_fills_in_a_form_has_no_words_of_theirs_sent(bundled: Templates) -> None:
    given = variables(
        decision(message="confirm_opt_in", kind="transactional", content={}),
        contact(attributes={"first_name": "You won! https://evil.example"}),
    )
    mail = bundled.render("confirm_opt_in", given)
    assert "evil" not in mail.subject + mail.preheader + mail.html + mail.text


def test_an_order_of_very_many_lines_is_confirmed_by_its_total(bundled: Templates) -> None:
    told = {"order_id": "A-1", "order_total": "2469"}
    made = decision(message="order_confirmation", kind="transactional", content=told)
    mail = bundled.render("order_confirmation", variables(made, contact(), "lamp"))
    for body in (mail.text, mail.html):
        assert "This is what you ordered" not in body


def test_an_order_confirmation_tells_id_items_and_total(bundled: Templates) -> None:
    told = {
        "order_id": "A-1",
        "order_items": "lamp:2:1234.5",
        "order_total": "2469",
    }
    made = decision(message="order_confirmation", kind="transactional", content=told)
    mail = bundled.render("order_confirmation", variables(made, contact(), "lamp"))
    assert mail.subject == "Your order A-1"
    assert "* 2 x The lamp - €2,469.00" in mail.text
    assert "Total: €2,469.00" in mail.text
    assert "2 &times; The lamp" in mail.html
    assert "€2,469.00" in unescape(mail.html)
