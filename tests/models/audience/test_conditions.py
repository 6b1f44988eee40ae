"""The language of segments: what may be written, and that everything wrong with it is told."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from models import bounds
from models.audience.conditions import read_segments
from models.audience.facts import FACTS
from models.errors import ProgrammeError
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.programme.reading import parse_programme
from tests.models.audience.people import ATTRIBUTES, PLAIN, members_of, programme
from tests.models.life import BUNDLED, NOON_MS


def _problems(segments: Any, **more: Any) -> list[str]:
    with pytest.raises(ProgrammeError) as caught:
        programme(segments, **more)
    return list(caught.value.problems)


def test_the_segments_that_ship() -> None:
    shipped = parse_programme(BUNDLED.read_text(encoding="utf-8")).segments
    assert [name for name, _ in shipped.tests] == [
        "active",
        "at_risk",
        "browsed_no_cart",
        "dormant",
        "likely_to_reorder",
        "new",
        "reads_not_offers",
        "renewal_due",
        "vip",
        "waits_for_sales",
    ]
    assert members_of(shipped, Profile(), NOON_MS) == []


def test_a_browse_looks_only_at_what_it_may_change() -> None:
    shipped = parse_programme(BUNDLED.read_text(encoding="utf-8")).segments
    browse, refund = shipped.watching["browse"], shipped.watching["refund"]
    assert [name for name, _ in browse.entering] == ["active", "browsed_no_cart"]
    assert list(browse.leaving) == ["at_risk", "dormant"]
    assert [name for name, _ in refund.entering] == [*refund.leaving]
    assert list(refund.leaving) == ["vip", "waits_for_sales"]
    decision = shipped.watching["decision"]
    assert [name for name, _ in decision.entering] == [*decision.leaving]
    assert "likely_to_reorder" in decision.leaving  # it asks what the person is likely to do
    assert shipped.watching["merge"] == shipped.all


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"browsed": 2}, "it.browsed: there is no fact 'browsed'; did you mean browses?"),
        ({"orders": {"at_leats": 2}}, "it.orders: there is no bound 'at_leats'"),
        ({"orders": {}}, "it.orders: needs a bound"),
        ({"orders": 1.5}, "it.orders: 1.5 is no count"),
        ({"orders": True}, "it.orders: True is no count"),
        ({"orders": {"at_least": 3, "below": 3}}, "so this is never true"),
        ({"revenue": {"at_least": -1}}, "it.revenue.at_least: -1 is below 0"),
        ({"revenue": "much"}, "it.revenue: 'much' is no number"),
        ({"offer_clicks": {"at_least": 2}}, "never above 1, so this is never true"),
        ({"browses": {"within": "7d", "at_least": 7}}, "at most 6 are told apart"),
        ({"browses": {"within": "7d", "at_most": 6}}, "at most 6 are told apart"),
        ({"browses": {"within": "week"}}, "it.browses.within: 'week' is no duration"),
        ({"browses": {"within": 0}}, "a window of no length"),
        ({"since_seen": {"at_least": 60}}, "it.since_seen.at_least: 60 is no duration"),
        ({"lifecycle": "asleep"}, "there is no 'asleep'; it is one of unseen, new"),
        ({"favourite_category": 7}, "it.favourite_category: 7 is no name"),
        ({"checkout_started": "yes"}, "'yes' is neither true nor false"),
        ({"in": "other"}, "it.in: there is no segment 'other'"),
        ({"in": "it"}, "the segments refer to each other: it -> it"),
        ({"all": {"orders": 1}}, "it.all: must be a list of conditions"),
        ({"any": []}, "it.any: must be a list of conditions"),
        ({"not": 1}, "it.not: must be a condition"),
        ({}, "it: must be a condition"),
        ("vip", "it: must be a condition"),
        ({"attribute": {"colour": "red"}}, "there is no attribute 'colour'"),
        ({"attribute": {"plan": "gold"}}, "is never 'gold'; it is one of free, pro"),
        ({"attribute": {"seats": "five"}}, "it.attribute.seats: 'five' is no number"),
        ({"attribute": {"beta": "on"}}, "'on' is neither true nor false"),
        ({"attribute": {"trial_ends": "7d"}}, "a date is held against `ago:` or `ahead:`"),
        ({"attribute": {"plan": {"exists": 1}}}, "`exists` stands alone"),
        ({"attribute": []}, "names an attribute and what it must be"),
        ({"tag": 3}, "it.tag: 3 is no name"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(condition: Any, told: str) -> None:
    (problem,) = _problems({"it": condition}, attributes=ATTRIBUTES)
    assert problem.startswith("segments.it")
    assert told in problem


def test_a_tag_needs_an_attribute_of_tags() -> None:
    (problem,) = _problems({"it": {"tag": "outdoor"}})
    assert problem == "segments.it.tag: no attribute of type `tags` is declared"


def test_every_problem_is_listed_at_once() -> None:
    text = """
version: 1
attributes: {plan: colour, first_seen: date, items: text, sizes: [S]}
segments:
  a: {in: b}
  b: {any: [{in: c}, {orders: {at_least: -1}}]}
  c: {in: a, browses: &twice 2}
  d: {browses: *twice, spend: 5}
flows:
  hello:
    goal: welcome
    trigger: segment
    delay: 0
    window: 1d
    expires: 6h
    again_after: 52w
    only: [nobody, a]
    messages: [{type: hello, template: hello, except: [vip]}]
  late:
    goal: welcome
    trigger: browse
    segment: lost
    delay: 0
    window: 1d
    expires: 6h
    again_after: 52w
    messages: [{type: hello, template: hello, only: []}]
"""
    with pytest.raises(ProgrammeError) as caught:
        parse_programme(text)
    places = sorted(problem.partition(": ")[0] for problem in caught.value.problems)
    assert places == [
        "attributes.first_seen.[key]",
        "attributes.items.[key]",
        "attributes.plan",
        "attributes.sizes",
        "flows.hello.messages.0.except",
        "flows.hello.only",
        "flows.hello.segment",
        "flows.late.messages.0.only",
        "flows.late.segment",
        "flows.late.segment",
        "line 8",
        "segments.a",
        "segments.b.any.1.orders.at_least",
        "segments.d.spend",
    ]


def test_too_many_too_large_and_too_deep() -> None:
    many = {f"s_{number}": {"orders": 1} for number in range(bounds.SEGMENTS + 1)}
    assert "segments" in _problems(many)[0]
    large = {"it": {"any": [{"orders": {"at_least": number}} for number in range(1, 26)]}}
    assert _problems(large) == ["segments.it: has 25 tests, more than 24"]
    deep: dict[str, Any] = {"orders": 1}
    for _ in range(8):
        deep = {"not": deep}
    (problem,) = _problems({"it": deep})
    assert "nested more than 6 deep" in problem


def test_segments_refer_to_others_in_whatever_order_they_stand() -> None:
    found = programme(
        {
            "a": {"not": {"in": "b"}},
            "b": {"in": ["c", "d"]},
            "c": {"orders": {"at_least": 1}},
            "d": {"searches": {"at_least": 1}},
        }
    ).segments
    assert members_of(found, Profile(), NOON_MS) == ["a"]
    assert members_of(found, Profile(searches=1), NOON_MS) == ["b", "d"]
    assert [name for name, _ in found.watching["search"].entering] == ["b", "d"]
    assert list(found.watching["search"].leaving) == ["a"]


def test_other_definitions_have_another_fingerprint_and_the_same_the_same() -> None:
    one = {"it": {"orders": 1}}
    prints = {
        programme(one).segments.fingerprint,
        programme({"it": {"orders": 2}}).segments.fingerprint,
        programme({"at": {"orders": 1}}).segments.fingerprint,
        programme(one, {"plan": "text"}).segments.fingerprint,
    }
    assert len(prints) == 4
    assert programme(one).segments == programme(one).segments
    assert programme(one).version != programme({"it": {"orders": 2}}).version


def test_a_flow_started_by_a_segment() -> None:
    flow = {**PLAIN["flows"]["win_back"], "trigger": "segment", "segment": "gone"}
    found = programme({"gone": {"lifecycle": "dormant"}}, flows={"win_back": flow})
    assert found.flows["win_back"].trigger is Trigger.SEGMENT
    assert [flow.name for flow in found.started_by["segment:gone"]] == ["win_back"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.sampled_from(["7d", "new"]),
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*FACTS, "all", "any", "not", "in", "at_least", "below", "within", "tag"]
            ),
            parts,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["a", "b"]), JSON, max_size=2))
def test_whatever_is_written_is_read_or_told_of_and_never_breaks(written: Any) -> None:
    segments, problems = read_segments(written, {})
    if not problems:
        members_of(segments, Profile(), NOON_MS)
        yaml.safe_dump(written)
