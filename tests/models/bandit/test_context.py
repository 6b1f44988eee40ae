"""Contexts of any shape become flat fields, or are refused by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bandit.columns import WORDS, Columns
from models.bandit.context import LIMIT, flatten
from models.errors import BadRoundError

ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


def test_plain_nested_and_listed_values() -> None:
    assert flatten(
        {
            "age": 30,
            "new": True,
            "zip": "Rural",
            "spent": "142.44",
            "none": None,
            "last": {"days": 3, "shop": "web"},
            "likes": ["tents", "stoves", "tents"],
            "vector": [0.5, -1],
        }
    ) == {
        "age": 30.0,
        "last.days": 3.0,
        "last.shop": "web",
        "likes:stoves": "in",
        "likes:tents": "in",
        "new": 1.0,
        "spent": 142.44,
        "vector.0": 0.5,
        "vector.1": -1.0,
        "zip": "Rural",
    }


def test_words_that_only_look_like_numbers_stay_words() -> None:
    words = {"a": "007", "b": "1e5", "c": "nan", "d": "", "e": "-", "f": "12345678901234567890"}
    assert flatten(words) == words


def test_numbers_beyond_the_limit_are_held() -> None:
    assert flatten({"a": 1e300, "b": -(10**400)}) == {"a": LIMIT, "b": -LIMIT}


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        ({"a": float("nan")}, "non_finite"),
        ({"a": [1.0, float("inf")]}, "non_finite"),
        ({"a": b"bytes"}, "bad_context"),
        ({"a": object()}, "bad_context"),
        ({"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": 1}}}}}}}}}, "bad_context"),
        ({"a.b": 1, "a": {"b": 2}}, "bad_context"),
        ({str(at): at for at in range(1_025)}, "bad_context"),
    ],
)
def test_what_can_not_be_used_is_refused(context: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRoundError) as caught:
        flatten(context)
    assert caught.value.reason == reason


@given(st.dictionaries(st.text(max_size=4), ANY, max_size=4))
def test_anything_is_flat_and_finite_or_refused(context: dict[str, Any]) -> None:
    try:
        found = flatten(context)
    except BadRoundError:
        return
    assert list(found) == sorted(found)
    assert all(isinstance(v, str) or abs(v) <= LIMIT for v in found.values())


def test_columns_are_bounded_and_blind_to_order() -> None:
    one, two = Columns(20), Columns(20)
    for at in range(100):
        values = flatten({"word": f"w{at}", "number": at, "third": str(at % 3)})
        one.learn(values)
        two.learn(dict(reversed(list(values.items()))))
        assert one.state() == two.state()
    assert one.fields.count("word") == WORDS
    assert len(one) <= 20
    for at in range(100):
        one.learn({f"field{at}": float(at)})
    assert len(one) == 20
    assert abs(one.vector(flatten({"number": 1e300}))).max() <= 4.0


def test_a_number_gets_a_curve_with_its_third_value_and_a_constant_none() -> None:
    columns = Columns(20)
    for value in (0.0, 1.0, 0.0, 1.0):
        columns.learn({"flag": value, "same": 5.0})
    assert columns.fields == ["", "flag", "same"]
    columns.learn({"flag": 2.0, "same": 5.0})
    assert columns.fields == ["", "flag", "same", "flag"]
    assert columns.vector({"same": 5.0}).tolist() == [1.0, 0.0, 0.0, 0.0]


def test_what_is_only_sometimes_there_says_so_by_being_there() -> None:
    columns = Columns(20)
    for at in range(4):
        columns.learn(flatten({"tagged": 1, "likes": ["tents"]} if at % 2 else {}))
    assert columns.fields == ["", "likes:tents", "tagged"]
    assert columns.vector(flatten({"tagged": 1, "likes": ["tents", "x"]})).tolist() == [1, 1, 1]
    assert columns.vector({}).tolist() == [1, 0, 0]


def test_squares_leave_room_for_fields() -> None:
    columns = Columns(20)
    for at in range(4):
        columns.learn({f"n{number}": float(at) for number in range(30)})
    assert len(set(columns.fields)) == len(columns.fields) == 20
