"""A text part from HTML keeps what the HTML says, and its order and rows."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from senders.mail.html_tree import parse
from senders.mail.plain_text import to_text
from senders.mail.rendering import Templates


def test_headings_paragraphs_and_breaks_stand_apart() -> None:
    html = "<style>p{}</style><h1>Hello</h1><p>One\n two <b>three</b>.<br>Four</p><p>Five</p>"
    assert to_text(html) == "Hello\n=====\n\nOne two three.\nFour\n\nFive\n"


def test_a_row_is_a_line_and_its_link_stands_below() -> None:
    row = (
        '<table><tr><td><a href="https://a.example/l"><img src="x" alt="Lamp"></a></td>'
        '<td><a href="https://a.example/l">Lamp</a></td><td>€9.50</td></tr></table>'
    )
    assert to_text(row) == "Lamp - €9.50\nhttps://a.example/l\n"


def test_a_link_is_its_words_and_address() -> None:
    assert to_text('<p><a href="https://a.example/">Have a look</a></p>') == (
        "Have a look: https://a.example/\n"
    )
    assert to_text('<p>Or <a href="https://a.example/">look</a>.</p>') == (
        "Or look.\nhttps://a.example/\n"
    )


def test_lists_and_pictures_alone_are_told() -> None:
    assert to_text("<ul><li>One</li><li>Two</li></ul>") == "* One\n* Two\n"
    assert to_text('<p><img src="x" alt="A lamp"></p>') == "A lamp\n"


def test_what_is_hidden_is_not_told() -> None:
    html = '<div style="display:none">No</div><p style="font-size:0">No</p><p>Yes</p>'
    assert to_text(html) == "Yes\n"


@given(st.text(st.sampled_from("<>/=\"' abtdrpi&;!-\n"), max_size=300))
def test_any_markup_gives_a_text(html: str) -> None:
    assert isinstance(to_text(html), str)


def test_markup_of_any_depth_is_read() -> None:
    assert to_text("<div>" * 5_000 + "deep" + "</div>" * 5_000) == "deep\n"
    assert sum(1 for _ in parse("<b>" * 5_000).walk()) == 5_001


def test_a_text_template_without_a_body_gets_the_html_s(tmp_path: Path) -> None:
    (tmp_path / "_l.txt.j2").write_text("{% block body %}{% endblock %}")
    (tmp_path / "a.txt.j2").write_text(
        '{% extends "_l.txt.j2" %}{% block subject %}Hi{% endblock %}'
        "{% block preheader %}{% endblock %}"
    )
    (tmp_path / "a.html.j2").write_text("<p>{{ name }} &amp; more</p>")
    assert Templates(tmp_path).render("a", {"name": "<Ann>"}).text == "<Ann> & more\n"
