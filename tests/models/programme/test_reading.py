from collections.abc import Callable
from typing import Any

import pytest
import yaml

from models.errors import ProgrammeError
from models.programme.flow_events import Cancel, Trigger
from models.programme.reading import parse_programme
from tests.models.life import BUNDLED

Change = Callable[[dict[str, Any]], None]

TEXT = BUNDLED.read_text(encoding="utf-8")


CART = "flows.cart_abandonment"
SLOTS = f"{CART}.messages.0.slots"

MINIMAL = """
version: 1
flows:
  cart_abandonment:
    goal: buy
    trigger: cart
    delay: 1h
    window: 1d
    expires: 4h
    again_after: 2d
    cancel: [purchase, cart_emptied, opt_out]
    messages:
      - {type: reminder, template: cart_reminder, clicks: 0.05}
"""


def _problems(text: str) -> str:
    with pytest.raises(ProgrammeError) as caught:
        parse_programme(text)
    assert caught.value.problems
    return "\n".join(caught.value.problems)


def _changed(change: Change) -> str:
    plain = yaml.safe_load(TEXT)
    change(plain)
    return yaml.safe_dump(plain, sort_keys=False)


def test_the_programme_that_ships_is_one() -> None:
    programme = parse_programme(TEXT)
    assert sorted(programme.flows) == [
        "back_in_stock",
        "browse_abandonment",
        "cart_abandonment",
        "click_follow_up",
        "confirm_opt_in",
        "new_arrival",
        "post_purchase_cross_sell",
        "price_drop",
        "renewal",
        "replenishment",
        "setup_unfinished",
        "trial_ends",
        "welcome",
        "win_back",
    ]
    assert [flow.name for flow in programme.started_by[Trigger.CART]] == ["cart_abandonment"]
    assert {flow.name for flow in programme.ended_by[Cancel.PURCHASE]} == {
        "browse_abandonment",
        "cart_abandonment",
        "click_follow_up",
    }
    assert programme.flows["welcome"].quiet is None
    assert programme.flows["win_back"].quiet is not None


def test_what_is_assumed_is_as_told_or_else_modest() -> None:
    flow = parse_programme(MINIMAL).flows["cart_abandonment"]
    (message,) = flow.messages
    assert (message.clicks, message.orders, message.leaves) == (0.05, 0.02, 0.002)
    assert flow.unasked == 0.01
    shipped = parse_programme(TEXT).flows["cart_abandonment"]
    assert shipped.unasked == 0.1
    assert shipped.messages[0].orders == 0.04


def test_slots_are_in_order_of_name_and_their_variants_as_they_stand() -> None:
    slots = {"subject": ["plain", "question"], "intro": ["long", "short", "none"]}
    programme = parse_programme(_changed(_set(SLOTS, slots)))
    (message,) = programme.flows["cart_abandonment"].messages
    assert [(slot.name, slot.variants) for slot in message.slots] == [
        ("intro", ("long", "short", "none")),
        ("subject", ("plain", "question")),
    ]
    turned = {"intro": ["short", "long", "none"], "subject": ["plain", "question"]}
    assert parse_programme(_changed(_set(SLOTS, turned))).version != programme.version
    assert parse_programme(MINIMAL).flows["cart_abandonment"].messages[0].slots == ()


@pytest.mark.parametrize(
    "name",
    ["products", "product_sources", "product_ids", "category", "discount_percent", "items", "get"],
)
def test_a_slot_may_not_hide_what_templates_find_by_that_name(name: str) -> None:
    problems = _problems(_changed(_set(SLOTS, {name: ["plain", "question"]})))
    assert f"{name!r} has a meaning of its own" in problems


def test_everything_wrong_with_slots_is_listed() -> None:
    def change(plain: dict[str, Any]) -> None:
        messages = {flow: plain["flows"][flow]["messages"][0] for flow in plain["flows"]}
        messages["cart_abandonment"]["slots"] = {
            "subject": ["plain"],
            "intro": ["short", "short", "long"],
            "Loud": ["plain", "Very loud"],
        }
        messages["win_back"]["slots"] = {f"slot_{n}": ["a", "b"] for n in range(4)}
        messages["welcome"]["slots"] = {"subject": "plain", "intro": [f"v{n}" for n in range(7)]}

    told = _problems(_changed(change)).split("\n")
    cart, welcome = "flows.cart_abandonment.messages.0", "flows.welcome.messages.0"
    assert sorted(problem.partition(": ")[0] for problem in told) == [
        f"{cart}.slots.Loud.1",
        f"{cart}.slots.Loud.[key]",
        f"{cart}.slots.intro",
        f"{cart}.slots.subject",
        f"{welcome}.slots.intro",
        f"{welcome}.slots.subject",
        "flows.win_back.messages.0.slots",
    ]
    assert f"{cart}.slots.intro: the same variant twice: short" in told
    assert f"{cart}.slots.subject: needs 2 to 6 variants, not 1" in told


def test_a_type_with_slots_has_one_template() -> None:
    def change(plain: dict[str, Any]) -> None:
        messages = plain["flows"]["cart_abandonment"]["messages"]
        messages[0] |= {"offers": ["none"], "slots": {"subject": ["plain", "question"]}}
        other = {"offers": ["small"], "template": "welcome", "slots": {}, "shows": ["products"]}
        messages.append({**messages[0], **other})

    told = "flows.cart_abandonment.messages: reminder has slots and more than one template"
    assert _problems(_changed(change)) == told


def test_every_message_has_its_templates() -> None:
    folder = BUNDLED.parent / "templates"
    for flow in parse_programme(TEXT).flows.values():
        for message in flow.messages:
            assert (folder / f"{message.template}.html.j2").is_file(), message.template


def test_the_version_follows_the_meaning_not_the_layout() -> None:
    version = parse_programme(TEXT).version
    assert parse_programme("# another comment\n" + TEXT).version == version
    assert parse_programme(_changed(_set("version", 1))).version == version
    slower = _changed(lambda plain: plain["flows"]["cart_abandonment"].update(delay="2h"))
    assert parse_programme(slower).version != version


def test_the_version_is_the_same_in_every_process() -> None:
    # Sets are ordered by hashes that differ between processes; this one was computed in another.
    assert parse_programme(MINIMAL).version == "e83c9b92"


def _set(path: str, value: Any) -> Change:
    *outer, last = path.split(".")

    def change(plain: dict[str, Any]) -> None:
        for name in outer:
            plain = plain[int(name) if name.isdigit() else name]  # type: ignore[index]
        plain[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("surprise", 1, "surprise: Extra inputs"),
        ("settings.surprise", 1, "settings.surprise: Extra inputs"),
        (f"{CART}.cancels", ["purchase"], "cancels: Extra inputs"),
        ("version", 2, "version: Input should be 1"),
        ("version", True, "version: True is no number"),
        ("flows", {}, "at least 1"),
        ("flows", None, "valid dictionary"),
        (f"{CART}.delay", "soon", "'soon' is no duration"),
        (f"{CART}.delay", -5, "-5 is no duration"),
        (f"{CART}.delay", True, "True is no duration"),
        (f"{CART}.delay", "999999w", "between 0 and"),
        (f"{CART}.window", "1s", "between 60"),
        (f"{CART}.trigger", "earthquake", "trigger"),
        (f"{CART}.exploration", 0, "greater than or equal to 0.01"),
        (f"{CART}.exploration", float("nan"), "exploration"),
        (f"{CART}.unasked", 1.0, "less than 1"),
        (f"{CART}.unasked", 0, "greater than 0"),
        (f"{CART}.unasked", True, "True is no number"),
        (f"{CART}.hold_prior", 0.1, "hold_prior: Extra inputs"),
        (f"{CART}.messages.0.clicks", 1.0, "messages.0.clicks: Input should be less than 1"),
        (f"{CART}.messages.0.orders", 0, "messages.0.orders: Input should be greater than 0"),
        (f"{CART}.messages.0.leaves", float("nan"), "messages.0.leaves: Input should be"),
        (f"{CART}.messages.0.prior", 0.1, "messages.0.prior: Extra inputs"),
        (f"{CART}.messages", [], "at least 1"),
        (f"{CART}.after", "nowhere", "there is no flow 'nowhere'"),
        ("flows.win_back.needs_cart", True, "only a flow triggered by cart"),
        ("settings.caps", {"day": 5, "week": 2}, "below the day's"),
        ("settings.caps", {"day": 5, "week": 2, "month": 9}, "below the day's"),
        ("settings.caps", {"day": True, "week": 2}, "True is no number"),
        ("settings.caps", {"day": "1", "week": 2}, "'1' is no number"),
        ("settings.caps", {"day": 0, "week": 2}, "greater than or equal to 1"),
        ("settings.caps", {"day": 1, "week": 1000}, "less than or equal to"),
        ("settings.time_zone", "Mars/Olympus", "no IANA time zone"),
        ("settings.time_zone", "../../etc/passwd", "no IANA time zone"),
        ("settings.quiet_hours", {"from": "25:00", "to": "08:00"}, "no time of day"),
        ("settings.quiet_hours", {"from": 1260, "to": 480}, "no time of day"),
        ("settings.quiet_hours", {"from": "08:00", "to": "08:00"}, "the same"),
        (f"{CART}.cancel", ["opt_out", "cart"], "cart is what starts the flow"),
        ("flows.post_purchase_cross_sell.cancel", ["purchase"], "purchase is what starts the flow"),
        ("offers.small", {"discount_percent": True}, "True is no number"),
        ("offers.small", {"discount_percent": 0}, "greater than 0"),
        ("offers.small", {"discount_percent": 100}, "less than or equal to 90"),
        ("offers.none", {"discount_percent": 5}, "choose another name"),
        ("offers.Loud Name!", {"discount_percent": 5}, "should match pattern"),
    ],
)
def test_what_cannot_be_is_refused(path: str, value: Any, said: str) -> None:
    assert said in _problems(_changed(_set(path, value)))


def test_unknown_offers_and_the_same_choice_twice_are_refused() -> None:
    message = {"type": "reminder", "template": "cart_reminder", "clicks": 0.1}

    def change(plain: dict[str, Any]) -> None:
        plain["flows"]["cart_abandonment"]["messages"] = [
            {**message, "offers": ["none", "huge"]},
            message,
        ]

    problems = _problems(_changed(change))
    assert "there is no offer 'huge'" in problems
    assert "the same choice twice: reminder/none" in problems


def test_flows_that_wait_for_each_other_are_refused_once_with_the_circle() -> None:
    def change(plain: dict[str, Any]) -> None:
        plain["flows"]["welcome"]["after"] = "win_back"
        plain["flows"]["win_back"]["after"] = "cart_abandonment"
        plain["flows"]["cart_abandonment"]["after"] = "welcome"
        plain["flows"]["browse_abandonment"]["after"] = "welcome"

    problems = _problems(_changed(change))
    assert problems.count("wait for each other") == 1
    assert "cart_abandonment -> welcome -> win_back -> cart_abandonment" in problems


def test_a_flow_that_waits_for_itself_is_refused() -> None:
    assert "welcome -> welcome" in _problems(_changed(_set("flows.welcome.after", "welcome")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the whole text"),
        ("- a\n- b", "the whole text"),
        ("just words", "the whole text"),
        ("{", "not readable as YAML"),
        ("a: &a [*a]", "aliases"),
        ("a: &a {b: *a}", "aliases"),
        ("a: &x 1\nb: *x", "aliases"),
        ("version: 1\nversion: 1", "the key 'version' stands twice"),
        ("a: !!python/object/apply:os.system [ls]", "tags (!!python/object/apply:os.system)"),
        ("a: \x00", "not readable as YAML"),
        ("[" * 5_000, "not readable as YAML"),
        ("? {a: 1}\n: 2", "not readable as YAML"),
        ("a: 2026-13-45", "not readable as YAML"),
        ("a: !!int abc", "tags (!!int)"),
        ("<<: {version: 1}", "merging"),
        ("a: " + "9" * 5_000, "not readable as YAML"),
    ],
)
def test_a_text_that_is_no_programme_is_refused(text: str, said: str) -> None:
    assert said in _problems(text)


def test_every_problem_is_listed_at_once() -> None:
    def change(plain: dict[str, Any]) -> None:
        plain["surprise"] = 1
        plain["settings"]["time_zone"] = "Nowhere"
        plain["flows"]["welcome"]["delay"] = "later"
        plain["flows"]["win_back"]["messages"][0]["clicks"] = 7

    with pytest.raises(ProgrammeError) as caught:
        parse_programme(_changed(change))
    assert len(caught.value.problems) == 4
    assert "flows.win_back.messages.0.clicks" in str(caught.value)


def test_what_does_not_fit_together_is_told_with_what_is_wrong_elsewhere() -> None:
    def change(plain: dict[str, Any]) -> None:
        plain["offers"]["small"]["discount_percent"] = 200
        plain["flows"]["welcome"].update(delay="later", after="nowhere")
        plain["flows"]["win_back"].update(window="1s", after="browse_abandonment")
        plain["flows"]["browse_abandonment"].update(after="win_back", cancel=["browse"])
        message = {"type": "reminder", "template": "cart_reminder", "clicks": 7}
        plain["flows"]["cart_abandonment"]["messages"] = [
            {**message, "offers": ["none", "small", "huge"]},
            message,
        ]

    problems = _problems(_changed(change)).split("\n")
    assert sorted(problem.partition(": ")[0] for problem in problems) == [
        "flows.browse_abandonment.after",  # the circle
        "flows.browse_abandonment.cancel.0",
        "flows.cart_abandonment.messages",  # the choice that stands twice
        "flows.cart_abandonment.messages.0.clicks",
        "flows.cart_abandonment.messages.0.offers",  # no offer `huge`
        "flows.cart_abandonment.messages.1.clicks",
        "flows.welcome.after",
        "flows.welcome.delay",
        "flows.win_back.window",
        "offers.small.discount_percent",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"flows": "none"},
        {"flows": {"welcome": "hello"}},
        {"offers": "none"},
        {"settings": []},
        {"flows": {1: {"messages": [3, {"type": 4, "offers": 5}], "cancel": {}, "after": []}}},
    ],
)
def test_whatever_the_shape_it_is_refused_in_words(wrong: dict[str, Any]) -> None:
    assert _problems(_changed(lambda plain: plain.update(wrong)))


def test_offers_of_no_shape_are_not_said_to_be_missing() -> None:
    assert "there is no offer" not in _problems(_changed(_set("offers", "none")))


def test_quiet_hours_are_told_of_once() -> None:
    problems = _problems(_changed(_set("settings.quiet_hours", {"from": "21:00", "until": "x"})))
    assert problems.split("\n") == [
        "settings.quiet_hours.to: Field required",
        "settings.quiet_hours.until: Extra inputs are not permitted",
    ]


def test_what_reading_refused_is_told_with_all_the_rest() -> None:
    text = MINIMAL.replace("version: 1", "version: !!int 1\nversion: 1").replace(
        "again_after: 2d", "again_after: *two\n    goal: buy\n    after: nowhere"
    )
    assert _problems(text).split("\n") == [
        "line 2: tags (!!int) are not allowed: write the value alone",
        "line 3: the key 'version' stands twice (first in line 2)",
        "line 11: aliases (*two) are not allowed: write the value out",
        "line 12: the key 'goal' stands twice (first in line 6)",
        "flows.cart_abandonment.after: there is no flow 'nowhere'",
    ]
