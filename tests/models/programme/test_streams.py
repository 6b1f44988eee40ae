"""Kinds, streams and topics in the programme: what is owed carries no promotion."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from models.errors import ProgrammeError
from models.programme.flows import Programme
from models.programme.reading import parse_programme
from models.programme.streams import Kind, Promise, Unengaged
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS

TEXT = BUNDLED.read_text(encoding="utf-8")
OWED: dict[str, Any] = {
    "kind": "transactional",
    "goal": "inform",
    "trigger": "purchase",
    "delay": 0,
    "window": "1d",
    "expires": "1d",
    "again_after": 0,
    "messages": [{"type": "confirmation", "template": "order_confirmation"}],
}


def _programme(change: Callable[[dict[str, Any]], None]) -> Programme:
    plain = yaml.safe_load(TEXT)
    plain["flows"]["order"] = {**OWED, "messages": [dict(OWED["messages"][0])]}
    change(plain)
    return parse_programme(yaml.safe_dump(plain, sort_keys=False))


def _problems(change: Callable[[dict[str, Any]], None]) -> list[str]:
    with pytest.raises(ProgrammeError) as caught:
        _programme(change)
    return list(caught.value.problems)


def _set(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda plain: plain["flows"]["order"].update(changes)


def _message(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda plain: plain["flows"]["order"]["messages"][0].update(changes)


def test_what_ships_tells_kinds_streams_and_topics() -> None:
    programme = parse_programme(TEXT)
    flows = programme.flows
    assert {name for name, flow in flows.items() if flow.owed} == {"confirm_opt_in"}
    assert flows["confirm_opt_in"].stream == "transactional"
    assert (flows["win_back"].stream, flows["win_back"].at_most is not None) == ("win_back", True)
    assert flows["cart_abandonment"].stream == "marketing"
    assert flows["cart_abandonment"].topic == "reminders"
    assert {flow.topic for flow in flows.values()} - {""} == set(programme.topics)
    assert programme.confirmed
    assert programme.unengaged == Unengaged(20, 180 * DAY_MS)
    assert programme.promise.frequency == "at most 3 mails a week", "as the caps have it"


def test_the_example_of_an_order_confirmation_that_ships_is_a_valid_one() -> None:
    lines = TEXT.splitlines()
    start = lines.index("  # order_confirmation:")
    shown = [line.replace("  # ", "  ", 1) for line in lines[start : start + 10]]
    (flow,) = yaml.safe_load("\n".join(shown)).values()
    programme = _programme(lambda plain: plain["flows"].update(order=flow))
    found = programme.flows["order"]
    assert (found.kind, found.again_after_ms, found.quiet) == (Kind.TRANSACTIONAL, 0, None)
    assert not found.capped


def test_without_any_of_it_a_flow_is_marketing() -> None:
    flow = parse_programme(TEXT).flows["welcome"]
    assert (flow.kind, flow.stream, flow.topic, flow.resend_unknown) == (
        Kind.MARKETING,
        "marketing",
        "",
        False,
    )


def test_a_promise_is_made_of_topics_and_caps_where_none_is_written() -> None:
    def change(plain: dict[str, Any]) -> None:
        del plain["settings"]["promise"]
        plain["settings"]["caps"] = {"day": 1, "week": 1}

    promised = _programme(change).promise
    titles = "Reminders, What you wait for, Recommendations, Setup and renewal"
    assert promised == Promise(titles, "at most one mail a week")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_set(trigger="cart"), "flows.order.trigger: cart owes nobody a mail"),
        (_set(goal="buy"), "flows.order.goal: a transactional flow's goal is `inform`"),
        (_set(content="recommended"), "flows.order.content: transactional mail carries no promo"),
        (_message(offers=["none", "small"]), "messages.0.offers: transactional mail carries no"),
        (_message(shows=["article"]), "messages.0.shows: transactional mail carries no promotion"),
        (_message(slots={"subject": ["a", "b"]}), "messages.0.slots: a transactional message"),
        (_message(only=["vip"]), "messages.0: what is owed is owed to everybody"),
        (_set(**{"except": ["vip"]}), "flows.order.except: not in a transactional flow"),
        (_set(topic="wanted"), "flows.order.topic: not in a transactional flow: what is owed"),
        (_set(wait="1h"), "flows.order.wait: not in a transactional flow"),
        (_set(capped=True), "flows.order.capped: not in a transactional flow"),
        (_set(stream="marketing"), "the stream 'marketing' has marketing mail; transactional"),
        (_set(messages=OWED["messages"] * 2), "flows.order.messages: a transactional flow has one"),
    ],
)
def test_a_transactional_flow_has_nothing_of_marketing(
    change: Callable[[dict[str, Any]], None], said: str
) -> None:
    assert said in "\n".join(_problems(change))


def test_everything_wrong_is_listed_at_once() -> None:
    def change(plain: dict[str, Any]) -> None:
        cart = plain["flows"]["cart_abandonment"]
        cart |= {"topic": "surprises", "resend_unknown": True, "again_after": 0, "goal": "inform"}
        plain["flows"]["welcome"]["trigger"] = "opt_in"
        plain["flows"]["order"] |= {"content": "cart", "trigger": "browse"}
        plain["campaigns"] = {
            "sale": {
                "audience": "all",
                "starts": "2026-07-01 09:00",
                "ends": "2026-07-02 09:00",
                "goal": "buy",
                "expires": "6h",
                "topic": "sales",
                "stream": "transactional",
                "messages": [{"type": "sale", "template": "sale"}],
            }
        }

    places = [problem.partition(": ")[0] for problem in _problems(change)]
    assert sorted(places) == [
        "campaigns.sale.topic",
        "flows.cart_abandonment.again_after",
        "flows.cart_abandonment.goal",
        "flows.cart_abandonment.resend_unknown",
        "flows.cart_abandonment.topic",
        "flows.confirm_opt_in.stream",
        "flows.order.content",
        "flows.order.stream",
        "flows.order.trigger",
        "flows.welcome.trigger",
    ]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("kind", "spam", "flows.order.kind: Input should be 'marketing' or 'transactional'"),
        ("stream", "Loud Stream", "flows.order.stream: String should match"),
        ("resend_unknown", "yes please", "neither true nor false"),
    ],
)
def test_values_that_cannot_be_are_refused(path: str, value: Any, said: str) -> None:
    assert said in "\n".join(_problems(_set(**{path: value})))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("unengaged", {"mails": 4, "for": "180d"}, "unengaged.mails: Input should be greater"),
        ("unengaged", {"mails": 20}, "settings.unengaged.for: Field required"),
        ("promise", {"content": "two\nlines"}, "promise.content: must be one line"),
        ("promise", {"content": ""}, "promise.content: String should have at least 1"),
    ],
)
def test_settings_that_cannot_be_are_refused(path: str, value: Any, said: str) -> None:
    def change(plain: dict[str, Any]) -> None:
        plain["settings"][path] = value

    assert said in "\n".join(_problems(change))


def test_a_topic_says_something_to_people() -> None:
    def change(plain: dict[str, Any]) -> None:
        plain["topics"]["news"] = {"title": "News"}

    assert _problems(change) == ["topics.news.description: Field required"]


def test_campaigns_have_a_stream_and_a_topic_too() -> None:
    def change(plain: dict[str, Any]) -> None:
        plain["campaigns"] = {
            "sale": {
                "audience": "all",
                "starts": "2026-07-01 09:00",
                "ends": "2026-07-02 09:00",
                "goal": "buy",
                "expires": "6h",
                "topic": "wanted",
                "stream": "campaigns",
                "messages": [{"type": "sale", "template": "sale"}],
            }
        }

    flow = _programme(change).flows["sale"]
    assert (flow.topic, flow.stream, flow.expires_ms) == ("wanted", "campaigns", 6 * HOUR_MS)
