from senders.mail.html_tree import parse
from senders.mail.sources import plain_styles, short_lines

LINK = """<a class="b" href="{{ url }}" title='say "a" now' style="color: red">x</a>"""


def test_long_lines_are_broken_between_attributes_and_nowhere_else() -> None:
    source = f'<p>{LINK * 4}</p>{{% if a == "b" and c %}}\n{LINK}'
    broken = short_lines(source)
    assert broken.replace("\n", " ") == source.replace("\n", " ")
    assert broken.endswith("\n" + LINK), "a short line stays"
    assert broken.count("""<a class="b"\nhref="{{ url }}"\ntitle='say "a" now'\nstyle="col""") == 4
    before, after = (list(parse(each).walk()) for each in (source, broken))
    assert [each.attributes for each in before] == [each.attributes for each in after]


def test_long_sheets_are_broken_behind_rules_and_never_in_a_text_or_an_expression() -> None:
    sheet = '<style>a{content: "}"}b{color: {{ {"a": "b"}.a }}}' + "c{margin: 0}" * 30 + "</style>"
    broken = short_lines(sheet)
    assert broken.replace("\n", "") == sheet
    assert broken.startswith('<style>a{content: "}"}\nb{color: {{ {"a": "b"}.a }}}\nc{margin: 0}\n')
    assert short_lines("<style>a{}b{}</style>") == "<style>a{}b{}</style>"


def test_styles_are_plain_without_values_and_foreign_letters() -> None:
    assert plain_styles(["<style>a{}</style>{{ x }}", "é"])
    assert not plain_styles(["<style>a{}</style><STYLE>a{content:'é'}</STYLE>"])
    assert not plain_styles(["<style>a{color: {{ x }}}</style>"])
