from typing import Any

from senders.links.tokens import Click, Confirm, Pixel, Preferences, Target, Unsubscribe
from senders.mail.content import Identity, template_variables
from senders.recipients.suppression import digest_of
from tests.senders.builders import IDENTITY, LINKS, contact, decision, product

HASH = digest_of("ann@inbox.example")
TAGGING = Identity(IDENTITY.name, IDENTITY.postal_address, IDENTITY.shop_url, "", "shop")


def opened(url: str) -> Target:
    return LINKS.open(url.rpartition("/")[2].removesuffix(".gif"))


def variables(who: dict[str, Any], **changes: Any) -> dict[str, Any]:
    made = decision(**{"content": {"products": "lamp"}, **changes})
    return template_variables(made, who, {"lamp": product()}, TAGGING, LINKS)


def test_links_to_the_shop_are_tagged_inside_what_is_signed() -> None:
    found = variables(contact(), arm="reminder:none")
    target = opened(found["shop_url"])
    assert isinstance(target, Click)
    assert target.url == (
        "https://shop.example.com/?utm_source=shop&utm_medium=email"
        "&utm_campaign=cart_abandonment&utm_content=cart_reminder%2Freminder%3Anone"
    )


def test_who_does_not_want_to_be_followed_gets_plain_links_and_no_tags() -> None:
    found = variables(contact(preferences={"track": "no", "open_pixel": "yes"}))
    [lamp] = found["products"]
    assert lamp.url == "https://shop.example.com/p/lamp"
    assert found["shop_url"] == "https://shop.example.com/"
    assert found["pixel_url"] == ""
    assert isinstance(opened(found["unsubscribe_url"]), Unsubscribe)
    assert isinstance(opened(found["preferences_url"]), Preferences)


def test_a_picture_to_count_opens_needs_a_yes_of_its_own() -> None:
    assert variables(contact())["pixel_url"] == ""
    assert variables(contact(preferences={"open_pixel": "no"}))["pixel_url"] == ""
    url = str(variables(contact(preferences={"open_pixel": "yes"}))["pixel_url"])
    assert opened(url) == Pixel("ann", "d1")


def test_a_confirmation_names_the_words_agreed_to() -> None:
    who = contact(consent={"news": {"granted": False, "at": 1, "text_version": "2026-10"}})
    found = variables(who, content={"purpose": "news"})
    assert opened(found["confirm_url"]) == Confirm("ann", "d1", HASH, "news", "2026-10")
    told = variables(contact(), content={"text_version": "3"})
    assert opened(told["confirm_url"]) == Confirm("ann", "d1", HASH, "marketing", "3")


def test_all_that_ends_or_changes_mails_is_about_the_address_they_went_to() -> None:
    found = variables(contact())
    assert opened(found["unsubscribe_url"]) == Unsubscribe("ann", "d1", HASH)
    assert opened(found["preferences_url"]) == Preferences("ann", "d1", HASH)
