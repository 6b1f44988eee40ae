"""What the pages tell of the programme, and what they leave out."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from senders.web.confirm import content_of, often
from senders.web.topics import Told, Topic, read_told, told_by

BUNDLED = Path(__file__).parents[3] / "programme"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


def test_topics_come_with_their_words() -> None:
    text = """
settings: {caps: {day: 1, week: 3}}
topics:
  news: {title: "New <b>arrivals</b>", description: "Twice a month\\nat most"}
  price_drops: {}
  tips: Tips and tricks
  "bad name!": {title: Never}
  5: {title: Never}
"""
    told = told_by(yaml.safe_load(text))
    assert told.topics == (
        Topic("news", "New <b>arrivals</b>", "Twice a month at most"),
        Topic("price_drops", "Price drops"),
        Topic("tips", "Tips and tricks"),
    )
    assert often(told) == "at most 1 a day and 3 a week"
    assert content_of(told)[0] == "New <b>arrivals</b>: Twice a month at most"


def test_what_is_promised_is_told_as_it_is_written() -> None:
    settings = {"caps": {"week": 3}, "promise": {"content": "Tents", "frequency": "on Fridays"}}
    told = told_by({"settings": settings, "topics": {"news": {}}})
    assert (content_of(told), often(told)) == (["Tents"], "on Fridays")


@given(st.fixed_dictionaries({"topics": JSON, "settings": JSON}) | JSON)
def test_whatever_the_file_holds_something_can_be_told(found: Any) -> None:
    told = told_by(found)
    assert content_of(told)
    assert often(told)


@pytest.mark.parametrize("text", ["{", "- a", "", "\x00"])
def test_a_file_that_is_none_tells_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "flows.yaml").write_text(text)
    assert read_told(tmp_path) == Told()
    assert read_told(tmp_path / "nowhere") == Told()


def test_the_bundled_programme_tells_how_often() -> None:
    told = read_told(BUNDLED)
    assert (told.day, told.week) == (1, 3)
