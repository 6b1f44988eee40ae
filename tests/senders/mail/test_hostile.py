"""Whatever people and catalogs say is text in a mail: no tag, attribute, header or link of it."""

from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.settings import BUNDLED_PROGRAMME
from senders.mail.content import template_variables
from senders.mail.html_tree import Element, parse
from senders.mail.message import From, Purpose, build
from senders.mail.rendering import Rendered, Templates
from tests.senders.builders import (
    IDENTITY,
    LINKS,
    NOW_MS,
    article,
    contact,
    decision,
    product,
    review,
)

TEMPLATES = Templates(BUNDLED_PROGRAMME / "templates")
CONTENT = {
    "products": "lamp,throw",
    "hero": "lamp",
    "article": "how-to",
    "review": "praise",
    "category": "lighting",
    "order_id": "1",
    "order_items": "lamp:1",
}
NASTY = [
    "{{ 7 * 7 }}",
    "{% raw %}",
    "{{ ''.__class__ }}",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</td></tr></table><table>",
    "<!--",
    "]]>",
    "&lt;b&gt;",
    "javascript:alert(1)",
    "a\r\nBcc: eve@evil.example\r\n\r\n<p>",
    "\u202egnp.exe",
    "a\u200bb\ufeffc\u2066d",
    "\ud800",
    "x" * 1_000_000,
    "\x00\x1b[31m",
    "=?utf-8?q?x?=",
    "\U000e0041\u061c",
]
ANYTHING = st.one_of(st.sampled_from(NASTY), st.text(max_size=60))


def rendered(name: str, word: str) -> Rendered:
    records = [
        product("lamp", name=word or "x", category=word, url=word, image_url=word),
        product("throw", image_url="https://shop.example.com/t.png"),
        article(name=word or "x", text=word, image_url=word),
        review(text=word or "x", url=word),
    ]
    catalog = {record["product_id"]: record for record in records}
    told = {**CONTENT, "category": word, "code": word, "order_id": word, "promise_content": word}
    made = decision(
        message=name,
        content=told,
        offer=word or "small",
        segments=["renewal_due"],
        attributes={"renews_at": word, word: word},
    )
    who = contact(attributes={"first_name": word}, locale=word, time_zone=word)
    return TEMPLATES.render(name, template_variables(made, who, catalog, IDENTITY, LINKS))


def markup(root: Element) -> tuple[set[str], set[str]]:
    """Tags, and names of attributes."""
    found = list(root.walk())
    return {each.tag for each in found}, {name for each in found for name in each.attributes}


PLAIN: dict[str, Any] = {
    name: markup(parse(rendered(name, "word").html)) for name in TEMPLATES.names
}


@pytest.mark.parametrize("name", TEMPLATES.names)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(word=ANYTHING)
def test_nothing_that_was_told_becomes_markup_or_a_header(name: str, word: str) -> None:
    mail = rendered(name, word)
    tags, attributes = markup(parse(mail.html))
    assert tags <= PLAIN[name][0] | {"a", "img"}
    assert attributes <= PLAIN[name][1] | {"src", "alt", "width", "height", "href"}
    for element in parse(mail.html).walk():
        for link in (element.attributes.get("href"), element.attributes.get("src")):
            assert link is None or link.startswith(("https://", "http://"))
    assert len(mail.html) < 100_000
    data = build(
        mail,
        From("a@b.example", "X"),
        "ann@x.example",
        "d1",
        Purpose("c:s:k:sender", "https://u.example/"),
        NOW_MS,
    )
    headers = message_from_bytes(data, policy=default)
    assert set(headers.keys()) == {
        "From",
        "To",
        "Feedback-ID",
        "Subject",
        "Date",
        "Message-ID",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "X-Nextbest-Decision",
        "MIME-Version",
        "Content-Type",
    }


@pytest.mark.parametrize("word", NASTY)
def test_each_nasty_word_is_shown_harmless_or_left_out(word: str) -> None:
    for name in TEMPLATES.names:
        mail = rendered(name, word)
        shown = mail.subject + mail.html + mail.text + mail.preheader
        assert "49" not in mail.subject
        assert "<script" not in mail.html
        assert "\u202e" not in shown
        assert "\ud800" not in shown
        assert "\x00" not in shown
        assert "\r" not in mail.subject + mail.preheader
        assert "onerror=alert" not in mail.html.replace("&gt;&lt;img src=x onerror=alert", "")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/",
        "https://",
        "https://good.example\\@evil.example/",
        "https://a.example/\u2028",
        "https://a.example/\ud800",
        "https://a.example/" + "x" * 3_000,
        " https://a.example/",
        "vbscript:x",
        "https://a.example/\r\nx",
    ],
)
def test_a_link_that_is_none_leads_to_the_shop(url: str) -> None:
    catalog = {"lamp": product("lamp", url=url, image_url=url)}
    made = decision(content={"products": "lamp"})
    [found] = template_variables(made, contact(), catalog, IDENTITY, LINKS)["products"]
    assert found.image_url == ""
    target = LINKS.open(found.url.rpartition("/")[2])
    assert target.url == IDENTITY.shop_url  # type: ignore[union-attr]
