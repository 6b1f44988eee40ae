"""Every other rule, with a message that breaks it and one that doesn't."""

from pathlib import Path
from typing import Any

import pytest

from runtime.settings import BUNDLED_PROGRAMME
from senders.linting.lint import RULES, lint
from senders.mail.message_kinds import read_flows
from senders.mail.rendering import Templates
from tests.senders.linting.messages import ADDRESS, PLAIN, REASON, WAY_OUT, codes, findings

OWED = {"flows": {"a": {"messages": [{"template": "news", "kind": "transactional"}]}}}
SHOP = "https://www.shop.example/"


def test_every_message_that_ships_passes_every_rule() -> None:
    folder = BUNDLED_PROGRAMME / "templates"
    flows = read_flows(BUNDLED_PROGRAMME / "flows.yaml")
    assert lint(Templates(folder), folder, flows) == []


def test_a_whole_message_passes(tmp_path: Path) -> None:
    assert codes(tmp_path, body="Something new.") == set()


def test_every_rule_has_a_code_of_its_own_and_says_what_to_do() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert all(rule.why.endswith((".", ";", "}")) for rule in RULES)


def test_the_templates_page_tells_of_every_rule() -> None:
    page = (BUNDLED_PROGRAMME / "templates" / "README.md").read_text(encoding="utf-8")
    assert [rule.code for rule in RULES if f"`{rule.code}`" not in page] == []


PICTURE = f'<img src="{SHOP}a.png" width="90"'
BREAKS: list[tuple[str, dict[str, Any]]] = [
    ("unsubscribe", {"way_out": ""}),
    ("unsubscribe", {"way_out": '<p><a href="https://www.shop.example/bye">Unsubscribe</a></p>'}),
    ("unsubscribe", {"way_out": f'<div style="display:none">{WAY_OUT}</div>'}),
    ("unsubscribe", {"way_out": WAY_OUT.replace("<a ", '<a style="font-size:1px" ')}),
    ("unsubscribe", {"way_out": '<a href="{{ unsubscribe_url }}"> </a>'}),
    ("unsubscribe", {"way_out": f"{{% if products %}}{WAY_OUT}{{% endif %}}"}),
    ("postal-address", {"html": f"<html lang=en><p>{PLAIN} {REASON}</p>{WAY_OUT}</html>"}),
    ("alt-text", {"body": f"{PICTURE}>", "text": "x"}),
    ("alt-text", {"body": f'{PICTURE} alt="hero.jpg">', "text": "x"}),
    ("alt-text", {"body": f'<a href="{SHOP}">{PICTURE} alt=""></a>', "text": "x"}),
    ("picture-width", {"body": f'<img src="{SHOP}a.png" alt="A lamp">', "text": "x"}),
    ("lang", {"html": f"<html><p>{PLAIN} {REASON}</p>{WAY_OUT}{ADDRESS}</html>"}),
    ("text-part", {"body": f"<p>{PLAIN * 8}</p>", "text": "x"}),
    ("text-part", {"text": "<p>Hello</p>"}),
    (
        "text-differs",
        {"body": "{% if code %}{{ code }} just for you{% endif %}", "text": "x"},
    ),
    ("reason", {"html": f'<html lang="en"><p>{PLAIN}</p>{WAY_OUT}{ADDRESS}</html>'}),
    ("unrenderable", {"subject": "{% if products %}Hello{% endif %}"}),
    ("unrenderable", {"body": "{{ prodcuts }}"}),
    (
        "subject-long",
        {
            "subject": "A subject that goes on for so long that no mail reader "
            "anywhere will ever show all of it"
        },
    ),
    ("subject-cut", {"subject": "A subject that is just a little longer than phones show"}),
    ("subject-deceptive", {"subject": "RE: your lamp"}),
    ("subject-deceptive", {"subject": "Fwd: lamps"}),
    ("subject-deceptive", {"subject": "AW: Ihre Lampe"}),
    ("subject-deceptive", {"subject": "You've won a lamp"}),
    ("subject-shouting", {"subject": "LAMPS ARE HERE"}),
    ("subject-shouting", {"subject": "Lamps!!!"}),
    ("subject-shouting", {"subject": "Lamps ?!"}),
    ("subject-emoji", {"subject": "Lamps 🔥🔥"}),
    ("preheader", {"preheader": ""}),
    ("preheader", {"subject": "Lamps", "preheader": "Lamps."}),
    ("broken-link", {"body": '<a href="">Lamps</a>'}),
    ("broken-link", {"body": '<a href="#">Lamps</a>'}),
    ("broken-link", {"body": "<a>Lamps</a>"}),
    ("broken-link", {"body": '<a href="http://www.shop.example/">Lamps</a>'}),
    ("broken-link", {"body": '<a href="javascript:alert(1)">Lamps</a>'}),
    ("broken-link", {"body": '<a href=" JaVaScript:alert(1)">Lamps</a>'}),
    ("broken-link", {"body": '<a href="data:text/html,x">Lamps</a>'}),
    ("broken-link", {"body": '<a href="/lamps">Lamps</a>'}),
    ("broken-link", {"body": '<a href="https://">Lamps</a>'}),
    ("broken-link", {"body": '<a href="https://shop">Lamps</a>'}),
    ("broken-link", {"body": '<a href="https://www.shop.example/a b">Lamps</a>'}),
    ("broken-link", {"body": "<a href=\"https://www.shop.example/{{ '{{' }}id}}\">Lamps</a>"}),
    ("broken-link", {"body": '<a href="https://[::1">Lamps</a>'}),
    ("broken-link", {"body": '<a href="mailto:">Lamps</a>'}),
    ("broken-link", {"body": '<img src="" width="9" alt="A lamp">', "text": "x"}),
    ("broken-link", {"body": "x", "text": "Lamps: http://www.shop.example/"}),
    ("link-text", {"body": f'<a href="{SHOP}">click here</a>'}),
    ("active-content", {"body": "<script>alert(1)</script>", "text": "x"}),
    ("active-content", {"body": "<form></form>", "text": "x"}),
    ("active-content", {"body": '<p onclick="x()">x</p>', "text": "x"}),
    ("third-party", {"body": '<img src="https://t.example/o.gif" width="1" alt="">', "text": "x"}),
    (
        "third-party",
        {"body": '<img src="https://t.example/o" style="display:none" width="9" alt="">'},
    ),
    ("third-party", {"body": "<style>@import url(https://f.example/a.css);</style>"}),
    ("too-big", {"body": "{{ 'x' * 101000 }}", "text": "x"}),
    ("nearly-too-big", {"body": "<!--{{ 'x' * 80000 }}-->", "text": "x"}),
    ("unfilled", {"body": "Hello {{ hero.missing|default(none) }}, hello"}),
    ("unfilled", {"body": "Hello [First Name]"}),
    ("unfilled", {"body": "Lorem ipsum"}),
    ("promotion", {"flows": OWED, "way_out": "", "body": "You may also like this lamp."}),
    ("promotion", {"flows": OWED}),
]


@pytest.mark.parametrize(("code", "message"), BREAKS)
def test_a_message_that_breaks_a_rule_is_found(
    tmp_path: Path, code: str, message: dict[str, Any]
) -> None:
    assert code in codes(tmp_path, **message)


FINE: list[dict[str, Any]] = [
    {"body": f'{PICTURE} alt="A lamp">', "text": "A lamp"},
    {"body": f'{PICTURE} alt="">', "text": "x"},
    {"body": f'<a href="{SHOP}">{PICTURE} alt="A lamp"></a>', "text": "x"},
    {"body": '<a href="mailto:help@shop.example">Write to us</a>'},
    {"body": '<a href="tel:+49301234567">Call us</a>'},
    {"body": '<a href="{{ shop_url }}">Our shop</a>'},
    {"subject": "Grüße aus Zürich: neue Lampen 🎁"},
    {"subject": "A new IKEA lamp and more"},
    {"subject": "Report: what is new"},
    {"subject": "Three lamps for €99?"},
    {"body": "None of them is dear."},
    {"flows": OWED, "way_out": "", "body": "Your order is complete."},
    {"body": '{% if pixel_url %}<img src="{{ pixel_url }}" width="1" alt="">{% endif %}'},
]


@pytest.mark.parametrize("message", FINE)
def test_a_message_that_breaks_no_rule_passes(tmp_path: Path, message: dict[str, Any]) -> None:
    assert codes(tmp_path, **message) == set()


def test_a_finding_reads_like_help(tmp_path: Path) -> None:
    found, *_rest = findings(tmp_path, way_out=WAY_OUT.replace("Unsubscribe", ""))
    assert found.line().startswith("news: error unsubscribe: the HTML shows no link")
    assert "9 px" in found.line()


def test_what_the_law_wants_has_no_exceptions(tmp_path: Path) -> None:
    asked = "{# lint: allow unsubscribe: we have our reasons #}"
    assert "unsubscribe" in codes(tmp_path, body=asked, way_out="")


def test_a_message_can_be_transactional_in_one_flow_only_if_in_all(tmp_path: Path) -> None:
    both = {"flows": {**OWED["flows"], "b": {"messages": [{"template": "news"}]}}}
    assert "unsubscribe" in codes(tmp_path, both, way_out="")
