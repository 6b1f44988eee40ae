from collections.abc import Sequence
from typing import Any

from schemas.catalog_entry import ShownEntry
from senders.links.tokens import Click
from senders.mail.content import (
    MAX_PRODUCTS,
    nothing_left,
    template_variables,
    untrue,
)
from senders.mail.formats import price_text
from senders.mail.records import CatalogRecord
from tests.senders.builders import IDENTITY, LINKS, contact, decision, product


def variables(
    made: dict[str, Any], catalog: Sequence[CatalogRecord], who: dict[str, Any] | None = None
) -> dict[str, Any]:
    by_id = {record["product_id"]: record for record in catalog}
    return template_variables(made, who or contact(), by_id, IDENTITY, LINKS)


def test_products_come_from_the_catalog_in_the_decisions_order() -> None:
    found = variables(decision(), [product("throw"), product("lamp")])["products"]
    assert [(p.id, p.name, p.price, p.rating) for p in found] == [
        ("lamp", "The lamp", "€1,234.50", "4.6"),
        ("throw", "The throw", "€1,234.50", "4.6"),
    ]


def test_each_mail_shows_a_product_as_it_is_now_and_as_the_person_reads_it() -> None:
    changes: list[dict[str, Any]] = [
        {"name": "A lamp"},
        {"category": "light"},
        {"price": 2.5},
        {"currency": "USD"},
        {"rating": None},
        {"image_url": "https://shop.example.com/new.png"},
    ]
    made, seen = decision(content={"products": "lamp"}), set()
    for who in (contact(), contact(locale="de-DE")):
        for change in ({}, *changes, {}):
            record = product(**change)
            [kept], [plain] = (
                variables(made, [each], who)["products"]
                for each in (ShownEntry.of({**record, "updated_at": 0}), record)
            )
            assert kept == plain
            seen.add((plain.name, plain.category, plain.price, plain.rating, plain.image_url))
    assert len(seen) == 2 * (1 + len(changes))
    [moved] = variables(made, [product(url="https://b.example/")])["products"]
    opened = LINKS.open(moved.url.rpartition("/")[2])
    assert isinstance(opened, Click)
    assert opened.url == "https://b.example/"


def test_unknown_sold_out_and_repeated_products_are_left_out() -> None:
    made = decision(content={"products": "lamp, gone,lamp,throw,,"})
    found = variables(made, [product("lamp"), product("throw", stock=0)])["products"]
    assert [p.id for p in found] == ["lamp"]


def test_what_is_no_product_is_not_shown_as_one() -> None:
    made = decision(content={"products": "how-to,lamp"})
    found = variables(made, [product("how-to", kind="article"), product("lamp")])["products"]
    assert [p.id for p in found] == ["lamp"]


def test_a_mail_about_products_needs_one_that_can_be_bought() -> None:
    there, sold_out = {"lamp": product("lamp")}, {"throw": product("throw", stock=0)}
    assert not nothing_left(decision(), there | sold_out)
    assert nothing_left(decision(), sold_out)
    # Deleted since it was decided: the lamp and the throw are both unknown.
    assert nothing_left(decision(), {"rug": product("rug")})
    assert not nothing_left(decision(content={}), sold_out)


def test_a_shop_without_a_catalog_sends_its_mails_without_products() -> None:
    assert not nothing_left(decision(), {})
    assert variables(decision(), [])["products"] == []


def test_a_mail_shows_a_handful_of_products() -> None:
    ids = [f"p{number}" for number in range(20)]
    found = variables(decision(content={"products": ",".join(ids)}), [product(i) for i in ids])
    assert len(found["products"]) == MAX_PRODUCTS


def test_links_are_signed_and_lead_to_the_shop_where_the_catalog_has_no_web_url() -> None:
    bad = product("lamp", url="javascript:alert(1)", image_url="javascript:alert(2)")
    [found] = variables(decision(content={"products": "lamp"}), [bad])["products"]
    target = LINKS.open(found.url.rpartition("/")[2])
    assert target == Click("ann", "d1", "https://shop.example.com/", "lamp")
    assert found.image_url == ""


def test_every_variable_has_a_safe_default() -> None:
    made = decision(content={})
    found = variables(made, [], contact(attributes={}))
    assert found["first_name"] == ""
    assert found["products"] == []
    assert found["category"] == ""
    assert found["discount_percent"] == ""


def test_a_discount_is_shown_only_with_an_offer_and_as_a_number() -> None:
    content = {"discount_percent": "5.0"}
    assert variables(decision(content=content), [])["discount_percent"] == ""
    small = decision(content=content, offer="small")
    assert variables(small, [])["discount_percent"] == "5"
    odd = decision(content={"discount_percent": "lots"}, offer="small")
    assert variables(odd, [])["discount_percent"] == ""


def test_a_code_and_the_ends_of_code_and_offer_are_shown() -> None:
    content = {"code": "GIFT-7K2M", "code_expires": "2026-12-24", "offer_ends": "2026-12-31"}
    found = variables(decision(content=content, offer="gift"), [], contact(locale="de-DE"))
    assert found["code"] == "GIFT-7K2M"
    assert found["code_expires"] == "24. Dezember 2026"
    assert found["offer_ends"] == "31. Dezember 2026"
    nothing = variables(decision(), [])
    assert (nothing["code"], nothing["code_expires"], nothing["offer_ends"]) == ("", "", "")


def test_a_slot_that_the_decision_does_not_have_is_empty() -> None:
    found = variables(decision(content={"subject": "question"}), [])
    assert found["slots"]["subject"] == found["subject_variant"] == "question"
    assert found["slots"]["intro"] == ""
    assert variables(decision(content={}), [])["subject_variant"] == ""


def test_segments_and_attributes_are_as_the_decision_saw_them() -> None:
    found = variables(decision(segments=["vip"], attributes={"plan": "pro\n"}), [])
    assert found["segments"] == ["vip"]
    assert found["attributes"]["plan"] == "pro"
    assert found["attributes"]["unknown"] == ""


def test_prices_carry_their_currency() -> None:
    assert price_text(9.5, "USD") == "$9.50"
    assert price_text(9.5, "CHF") == "CHF\u00a09.50"


def test_the_prior_price_is_told_with_the_products_currency() -> None:
    told = {"about": "lamp", "price": "80.0", "price_lowest_30d": "1099.5"}
    found = variables(decision(content=told), [product("lamp", currency="GBP", price=80.0)])
    assert found["lowest_price"] == "£1,099.50"
    fallen = variables(decision(content=told), [product("lamp", price=79.0)])
    assert fallen["lowest_price"] == "€80.00", "what it cost when it was decided came before"
    assert variables(decision(content=told), [])["lowest_price"] == ""
    assert variables(decision(), [product("lamp")])["lowest_price"] == ""


def test_a_price_that_is_no_number_tells_nothing() -> None:
    told = {"about": "lamp", "price": "cheap", "price_lowest_30d": "nan"}
    made = decision(content=told)
    assert variables(made, [product("lamp")])["lowest_price"] == ""
    assert untrue(made, {"lamp": product("lamp")}) == ""


def test_a_mail_that_tells_of_one_product_is_true_only_while_that_can_be_had() -> None:
    made = decision(content={"products": "lamp", "about": "lamp"})
    assert untrue(made, {"lamp": product("lamp")}) == ""
    assert untrue(made, {"lamp": product("lamp", stock=0)}) == "sold_out"
    assert untrue(made, {"throw": product("throw")}) == "sold_out"
    assert untrue(decision(), {"lamp": product("lamp", stock=0)}) == "gone"
    assert untrue(decision(), {}) == ""


def test_a_price_is_true_while_it_is_not_higher() -> None:
    made = decision(content={"about": "lamp", "price": "80.0", "price_lowest_30d": "99.0"})
    said = [untrue(made, {"lamp": product("lamp", price=p)}) for p in (80.0, 79.0, 80.01)]
    assert said == ["", "", "price_changed"]
