from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime.settings import BUNDLED_PROGRAMME
from senders.errors import BadTemplatesError, UnrenderableError
from senders.mail.content import template_variables
from senders.mail.rendering import Templates
from senders.mail.sandbox import HTML
from tests.senders.builders import (
    IDENTITY,
    LINKS,
    article,
    contact,
    decision,
    product,
    review,
)

SUBJECT = "{% block subject %}Hello{% endblock %}{% block preheader %}{% endblock %}"
MESSAGES = [
    "back_in_stock",
    "browse_reminder",
    "cart_reminder",
    "click_follow_up",
    "confirm_opt_in",
    "cross_sell",
    "new_arrival",
    "order_confirmation",
    "price_drop",
    "renewal",
    "replenishment",
    "setup_help",
    "welcome",
    "win_back",
]
OWED = ["confirm_opt_in", "order_confirmation"]
SELLING = [name for name in MESSAGES if name not in OWED]
HOSTILE = '<script>alert("x")</script>{{ 7 * 7 }}\r\nBcc: eve@evil.example'


@pytest.fixture(scope="module")
def bundled() -> Templates:
    return Templates(BUNDLED_PROGRAMME / "templates")


def templates(folder: Path, **files: str) -> Templates:
    for name, text in files.items():
        stem, _, kind = name.rpartition("_")
        (folder / f"{stem}.{kind}.j2").write_text(text)
    return Templates(folder)


def variables(made: dict[str, Any], who: dict[str, Any], *names: str) -> dict[str, Any]:
    catalog = {name: product(name) for name in names}
    return template_variables(made, who, catalog, IDENTITY, LINKS)


def test_the_bundled_messages_are_those_of_the_flows(bundled: Templates) -> None:
    assert bundled.names == MESSAGES


@pytest.mark.parametrize("rich", [True, False])
@pytest.mark.parametrize("name", SELLING)
def test_every_message_is_whole_with_and_without_content(
    bundled: Templates, name: str, *, rich: bool
) -> None:
    content = {"products": "lamp", "category": "lighting", "discount_percent": "5"} if rich else {}
    made = decision(message=name, content=content, offer="small" if rich else "none")
    who = contact() if rich else contact(attributes={})
    given = variables(made, who, "lamp")
    mail = bundled.render(name, given)
    assert mail.subject
    assert "  " not in mail.subject
    for body in (mail.html, mail.text):
        assert given["unsubscribe_url"] in body
        assert "10969 Berlin" in body
        assert ("The lamp" in body) is rich
        assert "None" not in body
        assert "{{" not in body
    assert "<style" in mail.html
    assert "class=" in mail.html
    assert 'style="' in mail.html
    assert len(mail.html) < 20_000
    assert "\n\n\n" not in mail.text


@pytest.mark.parametrize(
    ("attributes", "locale", "subject"),
    [
        ({"renews_at": "2026-12-24"}, "en", "Due for renewal on 24 December 2026"),
        ({"renews_at": "2026-12-24"}, "de", "Due for renewal on 24. Dezember 2026"),
        ({"renews_at": "20261224"}, "en", "Due for renewal on 20261224"),
        ({"renews_at": "2026-13-24"}, "en", "Due for renewal on 2026-13-24"),
        ({}, "en", "Due for renewal soon"),
    ],
)
def test_a_day_among_the_attributes_is_said_as_people_write_it(
    bundled: Templates, attributes: dict[str, str], locale: str, subject: str
) -> None:
    made = decision(message="renewal", attributes=attributes, segments=["renewal_due"])
    mail = bundled.render("renewal", variables(made, contact(locale=locale)))
    assert mail.subject == subject
    assert ("24 December 2026" in mail.text) is (locale == "en" and "24 December" in subject)


def test_a_day_that_isn_t_near_is_no_day_of_this_renewal(bundled: Templates) -> None:
    made = decision(message="renewal", attributes={"renews_at": "2022-01-01"}, segments=["vip"])
    mail = bundled.render("renewal", variables(made, contact(locale="en")))
    assert mail.subject == "Due for renewal soon"
    assert "2022" not in mail.text + mail.html


@pytest.mark.parametrize("name", sorted({*SELLING} - {"welcome"}))
def test_a_mail_says_its_code_and_until_when(bundled: Templates, name: str) -> None:
    content = {"discount_percent": "15", "code": "GIFT-7K2M", "code_expires": "2026-12-24"}
    mail = bundled.render(
        name, variables(decision(message=name, content=content, offer="gift"), contact())
    )
    for body in (mail.html, mail.text):
        assert "GIFT-7K2M" in body
        assert "It works once, until 24 December 2026." in body
        assert "Nothing to type in" not in body
    plain = {"discount_percent": "15", "offer_ends": "2026-12-24"}
    mail = bundled.render(
        name, variables(decision(message=name, content=plain, offer="small"), contact())
    )
    for body in (mail.html, mail.text):
        assert "15 % off this order, until 24 December 2026." in body
        assert "Nothing to type in" in body


@pytest.mark.parametrize(
    ("content", "subject"),
    [
        ({"category": "lamps"}, "Worth a second look"),
        ({"category": "lamps", "subject": "plain"}, "Worth a second look"),
        ({"category": "lamps", "subject": "interest"}, "Still looking at lamps?"),
        ({"subject": "interest"}, "Worth a second look"),
        ({"subject": "question"}, "Did you find what you were looking for?"),
        (
            {"hero": "lamp", "low_stock": "5", "subject": "low_stock"},
            "Only 3 left: The lamp",
        ),
        ({"hero": "lamp", "subject": "low_stock"}, "Worth a second look"),
    ],
)
def test_the_variant_chosen_picks_the_wording(
    bundled: Templates, content: dict[str, str], subject: str
) -> None:
    made = decision(message="browse_reminder", content=content)
    mail = bundled.render("browse_reminder", variables(made, contact(), "lamp"))
    assert mail.subject == subject
    assert f"<title>{subject}</title>" in mail.html


RICH = {
    "products": "lamp,throw",
    "category": "lighting",
    "hero": "lamp",
    "article": "how-to",
    "review": "praise",
    "action": "shop",
    "low_stock": "5",
    "ends_on": "2026-12-24",
}


def rich(made: dict[str, Any]) -> dict[str, Any]:
    """All that a template may be given."""
    records = [product(), product("throw"), article(), review()]
    catalog = {record["product_id"]: record for record in records}
    return template_variables(made, contact(), catalog, IDENTITY, LINKS)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("browse_reminder", {"hero", "review", "article", "hurry"}),
        ("cart_reminder", {"hero", "hurry"}),
        ("cross_sell", {"hero", "hurry"}),
        ("welcome", {"article"}),
    ],
)
def test_what_fills_a_mail_stands_in_both_of_its_parts(
    bundled: Templates, name: str, shown: set[str]
) -> None:
    mail = bundled.render(name, rich(decision(message=name, content=RICH)))
    marks = {
        "hero": "The lamp",
        "review": "It lights the whole room.",
        "article": "Light for late readers",
        "hurry": "Only 3 left",
    }
    for part in shown:
        assert marks[part] in mail.html, part
        assert marks[part] in mail.text, part
    if "hurry" in shown:
        assert "until 24 December 2026" in mail.html
        assert "until 24 December 2026" in mail.text
    assert mail.html.count("The lamp</a>") == 1 + ("review" in shown), "the hero stands once"


@pytest.mark.parametrize(
    ("action", "label"),
    [("shop", "Back to your cart"), ("finish", "Finish your order"), ("", "Back to your cart")],
)
def test_the_button_says_what_the_mail_calls_to(
    bundled: Templates, action: str, label: str
) -> None:
    made = decision(content={**RICH, "action": action})
    mail = bundled.render("cart_reminder", rich(made))
    assert label in mail.html
    assert f"{label}: https" in mail.text


def test_a_mail_that_calls_to_learn_leads_to_its_article(bundled: Templates) -> None:
    made = decision(message="welcome", content={**RICH, "action": "learn"})
    given = rich(made)
    mail = bundled.render("welcome", given)
    assert f"Read the article: {given['article'].url}" in mail.text


def test_a_mail_with_something_urgent_does_not_say_that_nothing_is(bundled: Templates) -> None:
    made = decision(message="browse_reminder", content=RICH)
    assert "No hurry" not in bundled.render("browse_reminder", rich(made)).html
    calm = {name: text for name, text in RICH.items() if name not in {"low_stock", "ends_on"}}
    made = decision(message="browse_reminder", content=calm)
    assert "No hurry" in bundled.render("browse_reminder", rich(made)).html


def _messages_with_slots() -> Iterator[tuple[str, str, list[str]]]:
    plain = yaml.safe_load((BUNDLED_PROGRAMME / "flows.yaml").read_text(encoding="utf-8"))
    for flow in plain["flows"].values():
        for message in flow["messages"]:
            for slot, variants in message.get("slots", {}).items():
                yield message["template"], slot, variants


def test_every_variant_of_the_programme_that_ships_reads_differently(bundled: Templates) -> None:
    found = list(_messages_with_slots())
    assert found
    for template, slot, variants in found:
        said = set()
        for variant in variants:
            made = decision(message=template, content={**RICH, slot: variant})
            mail = bundled.render(template, rich(made))
            said.add((mail.subject, mail.text))
        assert len(said) == len(variants), f"{template}: {slot}"


def test_slots_of_a_template_are_looked_up_by_name_and_a_typing_error_elsewhere_is_one(
    tmp_path: Path,
) -> None:
    asked = "{% if slots.intro == 'short' %}Short{% else %}Long{% endif %}"
    found = templates(tmp_path, a_txt=SUBJECT, a_html=asked, b_txt=SUBJECT, b_html="{{ slot.a }}")
    given = variables(decision(content={"intro": "short"}), contact())
    assert "Short" in found.render("a", given).html
    assert "Long" in found.render("a", variables(decision(content={}), contact())).html
    with pytest.raises(UnrenderableError, match="'slot' is undefined"):
        found.render("b", given)


def test_what_people_wrote_is_text_and_nothing_else(bundled: Templates) -> None:
    who = contact(attributes={"first_name": HOSTILE})
    given = variables(decision(message="welcome"), who)
    mail = bundled.render("welcome", given)
    assert "<script" not in mail.html
    assert "&lt;script" in mail.html
    assert "49" not in mail.subject
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject


def test_a_missing_variable_is_an_error_and_never_an_empty_space(tmp_path: Path) -> None:
    found = templates(tmp_path, a_txt=SUBJECT, a_html="<p>{{ nobody }}</p>")
    with pytest.raises(UnrenderableError, match="'nobody' is undefined") as caught:
        found.render("a", {})
    assert caught.value.message == "a"


@pytest.mark.parametrize(
    "expression",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ products.append(1) }}",
        "{% for n in range(10**9) %}x{% endfor %}",
        "{{ 1 / 0 }}",
        "{{ missing.thing }}",
    ],
)
def test_what_the_sandbox_forbids_or_fails_sends_nothing(tmp_path: Path, expression: str) -> None:
    found = templates(tmp_path, a_txt=SUBJECT, a_html=expression)
    with pytest.raises(UnrenderableError):
        found.render("a", {"products": []})


def test_values_stay_out_of_the_error(tmp_path: Path) -> None:
    found = templates(tmp_path, a_txt=SUBJECT, a_html="{{ name + 1 }}")
    with pytest.raises(UnrenderableError) as caught:
        found.render("a", {"name": "ann@inbox.example"})
    assert "inbox" not in str(caught.value)


def test_an_empty_subject_and_a_mail_too_long_send_nothing(tmp_path: Path) -> None:
    empty = "{% block subject %} {% endblock %}{% block preheader %}{% endblock %}"
    found = templates(tmp_path, a_txt=empty, a_html="x", b_txt=SUBJECT, b_html="{{ 'x' * 110000 }}")
    with pytest.raises(UnrenderableError, match="subject is empty"):
        found.render("a", {})
    with pytest.raises(UnrenderableError, match="longer than"):
        found.render("b", {})
    with pytest.raises(UnrenderableError, match="no such template"):
        found.render("c", {})


def test_references_do_not_make_a_mail_too_long(tmp_path: Path) -> None:
    (tmp_path / f"_layout{HTML}").write_text("<style>p { margin: 0 }</style>")
    found = templates(tmp_path, a_txt=SUBJECT, a_html="{{ '日' * count }}")
    assert found.inlined_at_start
    mail = found.render("a", {"count": 33_000})
    assert mail.html.isascii()
    assert mail.size == 99_000
    assert unescape(mail.html) == "日" * 33_000
    with pytest.raises(UnrenderableError, match="longer than"):
        found.render("a", {"count": 34_000})


def test_broken_templates_are_all_named_at_start(tmp_path: Path) -> None:
    with pytest.raises(BadTemplatesError) as caught:
        templates(tmp_path, a_txt=SUBJECT, b_txt="{% block subject %}", c_txt="x", c_html="x")
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["a", "b", "c"]
    with pytest.raises(BadTemplatesError, match="there is none"):
        Templates(tmp_path / "nowhere")


def test_a_price_drop_says_what_the_product_cost_at_least_in_the_30_days_before(
    bundled: Templates,
) -> None:
    told = {"products": "lamp", "about": "lamp", "price": "1234.5", "price_lowest_30d": "1499.0"}
    mail = bundled.render(
        "price_drop", variables(decision(message="price_drop", content=told), contact(), "lamp")
    )
    assert mail.subject == "The lamp is now €1,234.50"
    for body in (unescape(mail.html), mail.text):
        assert "Lowest price of the 30 days before: €1,499.00." in body


@pytest.mark.parametrize("name", OWED)
def test_what_is_owed_promotes_nothing_and_offers_no_way_out_of_it(
    bundled: Templates, name: str
) -> None:
    content = {**RICH, "discount_percent": "15", "code": "GIFT", "order_id": "A-1"}
    given = rich(decision(message=name, content=content, offer="gift", kind="transactional"))
    mail = bundled.render(name, given)
    for body in (mail.html, mail.text):
        assert given["unsubscribe_url"] not in body
        assert given["preferences_url"] not in body
        assert "10969 Berlin" in body
        assert "You get this" in body
        assert "The lamp" not in body
        assert "GIFT" not in body
        assert "15 %" not in body


@pytest.mark.parametrize("name", SELLING)
def test_every_marketing_mail_leads_to_the_preference_centre(bundled: Templates, name: str) -> None:
    given = rich(decision(message=name, content=RICH))
    mail = bundled.render(name, given)
    for body in (mail.html, mail.text):
        assert given["preferences_url"] in body


def test_formats_follow_the_person_and_the_language_the_template(bundled: Templates) -> None:
    who = contact(locale="de-DE", time_zone="Nowhere/Atlantis")
    given = variables(decision(), who, "lamp")
    mail = bundled.render("cart_reminder", given)
    assert "1.234,50\u00a0€" in unescape(mail.html)
    assert "1.234,50\u00a0€" in mail.text
    assert '<html lang="en">' in mail.html


def test_the_picture_to_count_opens_stands_only_where_it_is_agreed_to(bundled: Templates) -> None:
    assert 'width="1"' not in bundled.render("welcome", variables(decision(), contact())).html
    agreed = variables(decision(), contact(preferences={"open_pixel": "yes"}))
    assert agreed["pixel_url"] in bundled.render("welcome", agreed).html


def test_nothing_of_the_body_follows_the_preheader(bundled: Templates) -> None:
    html = bundled.render("welcome", variables(decision(), contact())).html
    padding = html.partition("Good to have you here.")[2].partition("</div>")[0]
    assert padding.count("&zwnj;&nbsp;") >= 40
