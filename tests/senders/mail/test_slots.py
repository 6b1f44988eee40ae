"""What fills a mail, as templates see it."""

from dataclasses import replace
from email import message_from_bytes
from types import SimpleNamespace
from typing import Any

from runtime.metrics import Metrics
from runtime.settings import BUNDLED_PROGRAMME, load_settings
from senders.links.tokens import Click
from senders.mail.composer import open_composer, open_links
from senders.mail.content import template_variables
from senders.mail.rendering import Templates
from tests.senders.builders import IDENTITY, LINKS, article, contact, decision, product, review

SHOP = "https://shop.example.com/"


def variables(content: dict[str, str], *records: dict[str, Any], **who: Any) -> dict[str, Any]:
    catalog = {record["product_id"]: record for record in records}
    return template_variables(decision(content=content), contact(**who), catalog, IDENTITY, LINKS)


def target(url: str) -> Click:
    found = LINKS.open(url.rpartition("/")[2])
    assert isinstance(found, Click)
    return found


def test_the_hero_stands_before_the_others() -> None:
    content = {"hero": "throw", "products": "lamp,throw"}
    found = variables(content, product("lamp"), product("throw"))
    assert found["hero"].id == "throw"
    assert [each.id for each in found["others"]] == ["lamp"]
    assert [each.id for each in found["products"]] == ["throw", "lamp"]
    assert variables({"products": "lamp"}, product("lamp"))["hero"] is None
    assert variables({"hero": "lamp"}, product("throw"))["hero"] is None


def test_an_article_is_linked_like_a_product() -> None:
    found = variables({"article": "how-to"}, article(text="One.\nTwo."))["article"]
    assert (found.title, found.text) == ("Light for late readers", "One. Two.")
    assert target(found.url) == Click("ann", "d1", f"{SHOP}p/how-to", "how-to")


def test_an_article_that_was_deleted_or_leads_nowhere_is_left_out() -> None:
    assert variables({"article": "how-to"})["article"] is None
    assert variables({"article": "how-to"}, article(url="javascript:x"))["article"] is None
    assert variables({}, article())["article"] is None


def test_a_review_names_its_product_and_leads_there() -> None:
    found = variables({"review": "praise"}, product("lamp"), review())["review"]
    assert (found.text, found.rating, found.about) == (
        "It lights the whole room.",
        "5",
        "The lamp",
    )
    assert target(found.url) == Click("ann", "d1", f"{SHOP}p/lamp", "lamp")
    own = review(url=f"{SHOP}r/1")
    found = variables({"review": "praise"}, product("lamp"), own)["review"]
    assert target(found.url) == Click("ann", "d1", f"{SHOP}r/1", "praise")
    bare = variables({"review": "praise"}, product("lamp", url=None), review())["review"]
    assert target(bare.url) == Click("ann", "d1", SHOP, "lamp")


def test_a_review_of_several_products_is_about_the_one_that_the_mail_shows() -> None:
    both = review(about=("lamp", "throw"))
    content = {"review": "praise", "products": "throw"}
    found = variables(content, product("lamp"), product("throw"), both)
    assert found["review"].about == "The throw"


def test_a_review_without_its_product_is_left_out() -> None:
    assert variables({"review": "praise"}, review())["review"] is None
    sold_out = product("lamp", stock=0)
    assert variables({"review": "praise"}, sold_out, review())["review"] is None


def test_to_learn_leads_to_the_article_and_everything_else_to_the_shop() -> None:
    learn = variables({"article": "how-to", "action": "learn"}, article())
    assert (learn["action"].kind, learn["action"].url) == ("learn", learn["article"].url)
    for kind, content in (
        ("shop", {"action": "shop"}),
        ("finish", {"action": "finish"}),
        ("shop", {"action": "learn"}),
        ("", {}),
    ):
        action = variables(dict(content))["action"]
        assert (action.kind, target(action.url).url) == (kind, SHOP)


def test_to_finish_an_order_leads_to_the_cart_where_the_shop_says_which_page_that_is() -> None:
    identity = replace(IDENTITY, cart_url="https://shop.example.com/cart")
    for kind, url in (("finish", identity.cart_url), ("shop", SHOP), ("", SHOP)):
        made = decision(content={"action": kind} if kind else {})
        action = template_variables(made, contact(), {}, identity, LINKS)["action"]
        assert (action.kind, target(action.url).url) == (kind, url)


def test_the_cart_s_page_is_a_setting() -> None:
    catalog: Any = SimpleNamespace(products={}, shop_url=SHOP)
    sender = {
        "from_address": "shop@example.com",
        "postal_address": "1 Main Street",
        "public_url": "https://mail.example.com",
        "link_secret": "sixteen characters and more",
    }
    for cart_url, leads_to in (("", SHOP), (f"{SHOP}cart", f"{SHOP}cart")):
        settings = load_settings(sender={**sender, "cart_url": cart_url})
        composer = open_composer(
            settings, Templates(BUNDLED_PROGRAMME / "templates"), catalog, Metrics()
        )
        made = decision(message="cart_reminder", content={"action": "finish"})
        mail = message_from_bytes(composer.compose(made, contact(), "ann@x.example", 0).data)
        text = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
        shown = text.get_payload(decode=True)
        assert isinstance(shown, bytes)
        line = next(each for each in shown.decode().splitlines() if "Finish your order" in each)
        opened = open_links(settings).open(line.rpartition("/")[2].strip())
        assert isinstance(opened, Click)
        assert opened.url.partition("?")[0] == leads_to
        assert "utm_campaign=cart_abandonment" in opened.url


def test_how_many_are_left_is_told_only_where_they_are_few() -> None:
    few = {"hero": "lamp", "low_stock": "5"}
    assert variables(few, product("lamp", stock=2))["stock_left"] == "2"
    assert variables({"hero": "lamp"}, product("lamp", stock=2))["stock_left"] == ""
    assert variables(few)["stock_left"] == ""


def test_a_day_is_written_in_the_persons_language() -> None:
    assert variables({"ends_on": "2026-12-24"}, locale="de")["ends_on"] == "24. Dezember 2026"
    assert variables({})["ends_on"] == ""
