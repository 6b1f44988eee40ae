"""YAML as plain data: all that is refused is listed, and the rest is read."""

from typing import Any

import pytest

from models.programme.yaml_text import LEFT_OUT, plain_yaml


def test_every_repeated_key_is_named_and_blocks_are_put_together() -> None:
    value, problems = plain_yaml("a: 1\na: 2\nb: {c: 1, c: 2}\nb: {d: 3}\nyes: 1\ntrue: 2\n")
    assert value == {"a": 1, "b": {"c": 1, "d": 3}, True: 1}
    assert problems == (
        "line 2: the key 'a' stands twice (first in line 1)",
        "line 3: the key 'c' stands twice (first in line 3)",
        "line 4: the key 'b' stands twice (first in line 3)",
        "line 6: the key 'true' stands twice (first in line 5)",
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!!int 1", 1),
        ("!!str 1", 1),
        ("! x", "x"),
        ("!!float '1'", "1"),
        ("!own {a: [1]}", {"a": [1]}),
        ("!!set {a, b}", {"a": None, "b": None}),
        ("!!python/name:os.system ''", ""),
        ("!!binary aGk=", "aGk="),
    ],
)
def test_a_tag_is_refused_and_its_value_read_without_it(text: str, value: Any) -> None:
    found, problems = plain_yaml(text)
    assert found == value
    assert len(problems) == 1
    assert "tags (!" in problems[0]


def test_what_cannot_be_made_is_left_out() -> None:
    value, problems = plain_yaml("a: &x [*x]\nb: *x\nc: 2026-02-30\n? [1]\n: 3\nd: =\n<<: {e: 1}")
    assert value == {"a": [LEFT_OUT], "b": LEFT_OUT, "c": LEFT_OUT, "d": LEFT_OUT}
    assert [problem.partition(":")[0] for problem in problems] == [
        *("line 1", "line 2", "line 3", "line 4", "line 6", "line 7")
    ]
