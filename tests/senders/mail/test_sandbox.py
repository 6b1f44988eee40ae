"""The short ways of the sandbox lead where its own, long ones do."""

from typing import Any

import pytest
from jinja2 import DictLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from senders.mail.orders import Line, Order
from senders.mail.sandbox import HTML, Sandbox
from senders.mail.slots import Action, Article

NASTY = """<b a='1'>"&amp;" Größe</b>"""
NAMES: dict[str, Any] = {
    "action": Action(NASTY, "https://shop.example/?a=1&b=2"),
    "article": Article("a", NASTY, "", "https://shop.example/", ""),
    "order": Order("1", [Line(NASTY, "1", "")], "€ 1"),
    "text": NASTY,
    "texts": {"a": NASTY, "get": 1},
    "number": 5,
    "nothing": None,
}
PARTS = (
    "{% macro shout(x, y='<') %}{{ x }}{{ y }}{% if caller is defined %}{{ caller() }}{% endif %}"
    "{% endmacro %}"
    "{% macro twice(x) %}{{ shout(x) }}{{ shout(x, y=x)|upper }}{% endmacro %}"
)
SAME = [
    "{{ action.kind }} {{ action.url }} {{ article.title[:3] }} {{ article.text }}",
    "{{ action['kind'] }} {{ texts.a }} {{ texts['a'] }} {{ number }} {{ nothing }}",
    "{% for line in order.lines %}{{ line.name }} {{ loop.index }}{% endfor %}{{ order.total }}",
    "{{ order.lines[0].name }} {{ (article or 1).id }} {{ [action]|map(attribute='url')|list }}",
    "{{ text|safe }} {{ text|e }} {{ text|upper }} {{ text ~ '<' }} {{ '<' }}",
    "{{ twice(text) }} {{ shout(text)|length }} {% call shout(1) %}{{ text }}{% endcall %}",
    "{% set kept %}{{ text }}{% endset %}{{ kept|upper }} {{ kept == text }} {{ kept|length }}",
    "{% filter upper %}{{ text }}{% endfilter %}{{ texts.get is callable }}",
    "{% autoescape false %}{{ text }}{% endautoescape %}{{ text.format(1) }}",
    "{{ action.nobody|default('none') }} {{ action.title is defined }} {{ text.kind is defined }}",
]
REFUSED = [
    "{{ action.nobody }}",
    "{{ action.__class__ }}",
    "{{ action.__struct_fields__ }}",
    "{{ action.title }}",
    "{{ nobody.kind }}",
    "{{ nobody }}",
    "{{ order.lines.append(1) }}",
    "{{ shout() }}",
    "{{ shout(1, 2, 3) }}",
    "{{ shout(1, z=2) }}",
    "{{ shout.__class__ }}",
    "{{ number() }}",
]


def sandbox(source: str) -> Sandbox:
    whole = f"{{% from 'parts{HTML}' import shout, twice %}}{source}"
    return Sandbox(DictLoader({f"a{HTML}": whole, f"parts{HTML}": PARTS, "a.txt.j2": source}))


def plain(found: Sandbox) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=found.loader,
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(HTML),
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def said(found: Sandbox, name: str) -> str:
    template = found.get_template(name)
    context = found.context(template, {**found.globals, **NAMES})
    return "".join(template.root_render_func(context))


@pytest.mark.parametrize("source", SAME)
def test_templates_say_what_the_plain_sandbox_says(source: str) -> None:
    found = sandbox(source)
    assert said(found, f"a{HTML}") == plain(found).get_template(f"a{HTML}").render(NAMES)
    if "shout" not in source:
        assert said(found, "a.txt.j2") == plain(found).get_template("a.txt.j2").render(NAMES)


@pytest.mark.parametrize("source", REFUSED)
def test_what_the_plain_sandbox_refuses_is_refused(source: str) -> None:
    found = sandbox(source)
    with pytest.raises((TemplateError, TypeError)) as long_way:
        plain(found).get_template(f"a{HTML}").render(NAMES)
    with pytest.raises(long_way.type):
        said(found, f"a{HTML}")


def test_a_template_is_loaded_once() -> None:
    found = sandbox("x")
    assert found.get_template(f"a{HTML}") is found.get_template(f"a{HTML}", "other")
