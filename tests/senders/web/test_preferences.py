"""The preference centre's form, and its page."""

from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from senders.recipients.chosen import FREQUENCIES, Chosen
from senders.web.preference_page import preference_page
from senders.web.preferences import LONGEST_PAUSE_DAYS, read_choices
from senders.web.topics import Topic

TODAY = date(2026, 3, 1)
TOPICS = (Topic("news", "News"), Topic("sales", "Sales & <offers>", "Each “season”"))
NAMES = ("news", "sales")


class Form(HTMLParser):
    """What a browser would post of the first form of a page, and what it labels."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields = MultiDict[str]()
        self.inputs = 0
        self.labelled = 0
        self._forms = 0
        self._select = ""
        self._first: str | None = None
        self._in_label = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name, value = told.get("name") or "", told.get("value") or ""
        if tag == "form":
            self._forms += 1
        if tag == "label":
            self._in_label = True
        if tag == "input" and told.get("type") != "hidden":
            self.inputs += 1
            self.labelled += self._in_label
        if self._forms > 1:
            return
        if tag == "input" and (told.get("type") == "hidden" or "checked" in told):
            self.fields.add(name, value)
        if tag == "select":
            self._select, self._first = name, None
        if tag == "option" and (self._first is None or "selected" in told):
            self._first = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._in_label = False
        if tag == "select" and self._first is not None:
            self.fields.add(self._select, self._first)


@given(
    st.builds(
        Chosen,
        st.frozensets(st.sampled_from([*NAMES, "gone"])),
        st.sampled_from(FREQUENCIES),
        st.none() | st.dates(TODAY + timedelta(days=1), TODAY + timedelta(days=LONGEST_PAUSE_DAYS)),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    )
)
def test_saving_the_page_as_it_is_changes_nothing(now: Chosen) -> None:
    form = Form(preference_page("Fernweh & Co", now, TOPICS, TODAY))
    assert read_choices(form.fields, NAMES, now, TODAY) == now
    assert form.inputs == form.labelled == 8


def test_a_pause_that_is_over_is_none() -> None:
    over = Chosen(pause_until=TODAY)
    form = Form(preference_page("Fernweh & Co", over, TOPICS, TODAY))
    assert form.fields["pause_until"] == ""


def test_words_from_outside_are_only_words() -> None:
    page = preference_page("<b>Shop</b>", Chosen(), TOPICS, TODAY)
    assert "<b>Shop" not in page
    assert "Sales &amp; &lt;offers&gt;" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"frequency": "hourly"},
        {"frequency": b"all"},
        {"frequency": "all", "pause_until": "tomorrow"},
        {"frequency": "all", "pause_until": "2026-02-30"},
        {"frequency": "all", "pause_until": "9999-12-31"},
        {"frequency": "all", "pause_until": object()},
        {"List-Unsubscribe": "One-Click"},
    ],
)
def test_what_is_no_form_of_ours_changes_nothing(fields: dict[str, Any]) -> None:
    assert read_choices(MultiDict(fields), NAMES, Chosen(), TODAY) is None


def test_what_is_not_ticked_is_off_and_unknown_topics_are_nothing() -> None:
    fields = MultiDict({"frequency": "weekly", "topic": "news", "pause_until": ""})
    fields.add("topic", "../../evil")
    made = read_choices(fields, NAMES, Chosen(frozenset({"gone"})), TODAY)
    assert made == Chosen(frozenset({"sales", "gone"}), "weekly", track=False, personalise=False)


def test_who_is_unsubscribed_is_told_and_not_asked_again() -> None:
    page = preference_page("Shop", Chosen(), TOPICS, TODAY, unsubscribed=True)
    assert "You are unsubscribed" in page
    assert "Unsubscribe from everything" not in page
