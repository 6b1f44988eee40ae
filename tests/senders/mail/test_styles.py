"""Styles put onto sources once are those that an inliner puts onto the finished mail."""

from pathlib import Path

import pytest

from runtime.settings import BUNDLED_PROGRAMME
from senders.mail import rendering
from senders.mail.html_tree import Element, parse
from senders.mail.message_kinds import fitting, message_of, read_flows
from senders.mail.rendering import Templates
from senders.mail.samples import BARE, CODED, FULL, LONG, variables_of
from senders.mail.styles import inlined

FOLDER = BUNDLED_PROGRAMME / "templates"
SHEET = "<style>.a { color: red; margin: 0 } p { color: blue; padding: 1px }</style>"


def described(root: Element) -> list[tuple[object, ...]]:
    """Tags, attributes and styles of everything in the body."""
    body = next(element for element in root.walk() if element.tag == "body")
    kept = [element for element in body.walk() if element.tag != "tbody"]
    return [
        (
            each.tag,
            {n: v for n, v in each.attributes.items() if n not in {"style", "class"}},
            {name: "".join(value.split()).rstrip(";") for name, value in each.style().items()},
        )
        for each in kept
    ]


@pytest.fixture(scope="module")
def both() -> tuple[Templates, Templates]:
    fast = Templates(FOLDER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "inlined", lambda _sources: None)
        slow = Templates(FOLDER)
    assert fast.inlined_at_start
    assert not slow.inlined_at_start
    return fast, slow


@pytest.mark.parametrize("name", Templates(FOLDER).names)
def test_every_message_that_ships_looks_the_same_both_ways(
    both: tuple[Templates, Templates], name: str
) -> None:
    message = message_of(name, FOLDER, read_flows(BUNDLED_PROGRAMME / "flows.yaml"))
    for sample in (FULL, CODED, LONG, BARE):
        given = variables_of(fitting(sample, message), name, message.kind)
        fast, slow = (described(parse(each.render(name, given).html)) for each in both)
        assert fast == slow


def test_the_cascade_is_kept() -> None:
    body = '<p class="a b" style="margin: 2px" id="x">{{ name }}</p>'
    found = inlined({"_l": SHEET + body})
    assert found is not None
    assert found["_l"] == ('<p style="padding: 1px;color: red;margin: 2px" id="x">{{ name }}</p>')


def test_what_small_screens_ask_for_stays_and_keeps_its_classes() -> None:
    kept = '<style data-css-inline="keep">@media x { .a { color: green } }</style>'
    found = inlined({"_l": SHEET + kept, "m": '<br class="a c"/><i CLASS=\'c\'>{{ "<" }}</i>'})
    assert found is not None
    assert found["_l"].strip() == "<style>@media x{.a{color: green}}</style>"
    assert found["m"] == '<br class="a" style="color: red;margin: 0"/><i>{{ "<" }}</i>'


@pytest.mark.parametrize(
    "source",
    [
        "<style>.a p { color: red }</style>",
        "<style>.a > p { color: red }</style>",
        "<style>#a { color: red }</style>",
        "<style>a:hover { color: red }</style>",
        "<style>* { color: red }</style>",
        "<style>p { color: red !important }</style>",
        "<style>p { color: {{ colour }} }</style>",
        '<style>p { font-family: "A" }</style>',
        "<style>@media x { p { color: red } }</style>",
        SHEET + SHEET,
        SHEET + '<p class="{{ name }}">x</p>',
        SHEET + '<p {% if x %}class="a"{% endif %}>x</p>',
        SHEET + '{{ "<p class=a>" }}',
        SHEET + "{{ name|safe }}",
        "<p>no style at all</p>",
    ],
)
def test_what_sources_don_t_tell_is_left_to_each_mail(source: str) -> None:
    assert inlined({"_l": source}) is None


def test_comments_and_expressions_are_no_tags() -> None:
    body = '<!--[if mso]><p class="a"><![endif]-->{# <p class="a"> #}{% if a < b %}x{% endif %}'
    found = inlined({"_l": SHEET + body})
    assert found is not None
    assert found["_l"] == body


def test_a_folder_with_odd_styles_has_them_in_each_mail(tmp_path: Path) -> None:
    subject = "{% block subject %}x{% endblock %}{% block preheader %}{% endblock %}"
    (tmp_path / "a.txt.j2").write_text(subject)
    (tmp_path / "a.html.j2").write_text("<style>div p { color: red }</style><div><p>x</p></div>")
    templates = Templates(tmp_path)
    assert not templates.inlined_at_start
    assert '<p style="color: red;">' in templates.render("a", {}).html.replace('red"', 'red;"')
