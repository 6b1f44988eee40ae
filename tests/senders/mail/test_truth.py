"""What has changed between decision and sending is not claimed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.mail.truth import Told, told
from tests.senders.builders import HOUR_MS, NOW_MS, article, contact, decision, product, review

ENDS_MS = NOW_MS + 40 * HOUR_MS
CONTENT = {
    "products": "lamp,throw",
    "hero": "lamp",
    "category": "lighting",
    "article": "how-to",
    "review": "praise",
    "action": "learn",
    "low_stock": "5",
    "ends_at": str(ENDS_MS),
    "ends_on": "2023-11-16",
}
NEEDS = ["name", "category", "hero", "article", "review", "low_stock", "ends_soon"]


def worded(*needs: str) -> dict[str, Any]:
    """A decision whose subject needs what is named."""
    slot = {"slot": "subject", "variant": "special", "needs": list(needs), "first": "plain"}
    return decision(content={**CONTENT, "subject": "special"}, slots=[slot])


def shop(*changed: dict[str, Any] | str) -> dict[str, dict[str, Any]]:
    """The catalog as it was when the mail was decided, but for records changed or deleted."""
    records = [product("lamp", ends_at=ENDS_MS), product("throw"), article(), review()]
    catalog = {record["product_id"]: record for record in records}
    for change in changed:
        if isinstance(change, str):
            del catalog[change]
        else:
            catalog[change["product_id"]] = change
    return catalog


def tell(
    made: dict[str, Any], catalog: dict[str, dict[str, Any]], now_ms: int = NOW_MS, **who: Any
) -> Told:
    return told(made, contact(**who), catalog, now_ms)


def test_what_is_still_true_is_told_as_it_was_decided() -> None:
    made = worded(*NEEDS)
    assert tell(made, shop()) == Told(made["content"], {})


@pytest.mark.parametrize(
    ("need", "change"),
    [
        ("low_stock", product("lamp", stock=6, ends_at=ENDS_MS)),
        ("low_stock", product("lamp", stock=0, ends_at=ENDS_MS)),
        ("low_stock", "lamp"),
        ("ends_soon", product("lamp", ends_at=None)),
        ("ends_soon", product("lamp", ends_at=ENDS_MS + 1)),
        ("ends_soon", "lamp"),
        ("article", "how-to"),
        ("article", article(url=None)),
        ("article", product("how-to")),
        ("review", "praise"),
        ("review", review(text=" ")),
        ("review", product("lamp", stock=0)),
        ("review", product("praise")),
    ],
)
def test_a_wording_that_is_true_no_more_gives_way_to_the_first(
    need: str, change: dict[str, Any] | str
) -> None:
    found = tell(worded(need), shop(change))
    assert found.instead == {"subject": "plain"}
    assert found.content["subject"] == "plain"
    hidden = {"ends_soon": "ends_at"}.get(need, need)
    assert hidden not in found.content


def test_an_end_that_has_come_is_none_to_hurry_for() -> None:
    assert tell(worded("ends_soon"), shop(), now_ms=ENDS_MS - 1).instead == {}
    assert tell(worded("ends_soon"), shop(), now_ms=ENDS_MS).instead == {"subject": "plain"}


def test_an_offers_end_is_the_decisions_own() -> None:
    made = worded("ends_soon")
    made["content"] |= {"ends_at": "", "offer_ends_at": str(ENDS_MS)}
    assert tell(made, shop("lamp")).instead == {}


def test_a_name_taken_back_is_not_called() -> None:
    assert tell(worded("name"), shop()).instead == {}
    assert tell(worded("name"), shop(), attributes={"first_name": " \n"}).instead == {
        "subject": "plain"
    }


def test_a_need_that_this_release_does_not_know_is_not_met() -> None:
    assert tell(worded("full_moon"), shop()).instead == {"subject": "plain"}


@pytest.mark.parametrize("gone", ["lamp", product("lamp", stock=0)])
def test_where_the_hero_is_gone_the_next_product_is_it_without_any_hurry(
    gone: dict[str, Any] | str,
) -> None:
    found = tell(worded("hero"), shop(gone, product("throw", stock=1, ends_at=ENDS_MS)))
    assert found.content["hero"] == "throw"
    assert {"low_stock", "ends_at", "ends_on"}.isdisjoint(found.content)
    assert found.instead == {}, "there is a hero"


def test_with_no_product_left_there_is_no_hero() -> None:
    found = tell(worded("hero"), shop("lamp", "throw"))
    assert found.content["hero"] == ""
    assert found.instead == {"subject": "plain"}


def test_without_its_article_a_mail_calls_to_shop() -> None:
    assert tell(worded(), shop()).content["action"] == "learn"
    assert tell(worded(), shop("how-to")).content["action"] == "shop"


def test_other_slots_stay_as_they_are() -> None:
    made = worded("low_stock")
    made["slots"].append({"slot": "intro", "variant": "short", "needs": [], "first": ""})
    made["content"]["intro"] = "short"
    found = tell(made, shop(product("lamp", stock=60)))
    assert found.instead == {"subject": "plain"}
    assert found.content["intro"] == "short"


@given(
    st.lists(st.sampled_from(NEEDS), max_size=7, unique=True),
    st.integers(0, 12),
    st.sampled_from([None, ENDS_MS, ENDS_MS + HOUR_MS]),
    st.sampled_from([NOW_MS, ENDS_MS - 1, ENDS_MS, ENDS_MS + HOUR_MS]),
    st.sets(st.sampled_from(["lamp", "throw", "how-to", "praise"])),
)
def test_no_mail_ever_claims_what_is_not_true(
    needs: list[str], stock: int, ends_ms: int | None, now_ms: int, deleted: set[str]
) -> None:
    catalog = shop(product("lamp", stock=stock, ends_at=ends_ms))
    for gone in deleted:
        del catalog[gone]
    found = tell(worded(*needs), catalog, now_ms)
    lamp = catalog.get("lamp")
    true = {
        "name": True,
        "category": True,
        "hero": (lamp is not None and stock > 0) or "throw" in catalog,
        "article": "how-to" in catalog,
        "review": "praise" in catalog and lamp is not None and stock > 0,
        "low_stock": lamp is not None and 0 < stock <= 5,
        "ends_soon": lamp is not None and stock > 0 and ends_ms == ENDS_MS and now_ms < ENDS_MS,
    }
    claims = found.content["subject"] == "special"
    assert claims is all(true[need] for need in needs)
    assert ("low_stock" in found.content) is true["low_stock"]
    assert ("ends_on" in found.content) is true["ends_soon"]
