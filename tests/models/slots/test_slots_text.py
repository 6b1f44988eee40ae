"""Slots and what a message shows, as the programme may say them."""

from typing import Any

import pytest
import yaml

from models.errors import ProgrammeError
from models.programme.flow_parts import MessageChoice, SlotChoice
from models.programme.reading import parse_programme
from models.slots.needs import SHOWS, Need, Show
from tests.models.life import BUNDLED

FLOW = "browse_abandonment"
PLACE = f"flows.{FLOW}.messages.0"


def text(message: dict[str, Any], **flow: Any) -> str:
    """The programme that ships, with another browse reminder."""
    plain = yaml.safe_load(BUNDLED.read_text(encoding="utf-8"))
    plain["flows"][FLOW] |= flow
    given = {"type": "reminder", "template": "browse_reminder", **message}
    plain["flows"][FLOW]["messages"] = [given]
    dumped: str = yaml.safe_dump(plain, sort_keys=False)
    return dumped


def message(**fields: Any) -> MessageChoice:
    return parse_programme(text(fields)).flows[FLOW].messages[0]


def problems(fields: dict[str, Any], **flow: Any) -> list[str]:
    with pytest.raises(ProgrammeError) as caught:
        parse_programme(text(fields, **flow))
    return list(caught.value.problems)


def subject(**variants: Any) -> dict[str, Any]:
    return {"slots": {"subject": variants}}


def test_variants_may_be_listed_or_say_what_they_need() -> None:
    listed = message(slots={"subject": ["plain", "question"]})
    assert listed.slots == (SlotChoice("subject", ("plain", "question")),)
    named = message(
        **subject(plain={}, named={"needs": "name"}, both={"needs": ["name", "category"]})
    )
    assert named.slots == (
        SlotChoice(
            "subject",
            ("plain", "named", "both"),
            ((), (Need.NAME,), (Need.NAME, Need.CATEGORY)),
        ),
    )


def test_what_needs_nothing_comes_first_and_may_be_left_empty() -> None:
    (slot,) = message(**subject(named={"needs": "name"}, plain=None, question={})).slots
    assert slot.variants == ("plain", "question", "named")
    assert slot.needs == ((), (), (Need.NAME,))


def test_a_variant_is_allowed_where_all_that_it_needs_is_true() -> None:
    slot = SlotChoice("subject", ("a", "b", "c"), ((), (Need.NAME,), (Need.NAME, Need.HERO)))
    assert [name for name, _ in slot.allowed(frozenset())] == ["a"]
    assert [name for name, _ in slot.allowed(frozenset({Need.HERO}))] == ["a"]
    assert [name for name, _ in slot.allowed(frozenset({Need.HERO, Need.NAME}))] == ["a", "b", "c"]
    assert list(SlotChoice("subject", ("a", "b")).allowed(frozenset())) == [("a", ()), ("b", ())]


def test_the_version_follows_the_order_of_variants_and_what_they_need() -> None:
    told: list[dict[str, Any]] = [
        {"a": {}, "b": {}},
        {"b": {}, "a": {}},
        {"a": {}, "b": {"needs": "name"}},
        {"a": {}, "b": {"needs": "category"}},
    ]
    versions = {parse_programme(text(subject(**variants))).version for variants in told}
    assert len(versions) == len(told)


def test_a_message_shows_what_it_says_in_that_order() -> None:
    assert message().shows == SHOWS
    assert message(shows=[]).shows == ()
    assert message(shows=["article", "hero"]).shows == (Show.ARTICLE, Show.HERO)


def test_settings_say_what_is_few_and_what_is_soon() -> None:
    plain = yaml.safe_load(BUNDLED.read_text(encoding="utf-8"))
    plain["settings"] |= {"low_stock": 3, "ends_soon": "1d"}
    programme = parse_programme(yaml.safe_dump(plain))
    assert (programme.low_stock, programme.ends_soon_ms) == (3, 86_400_000)
    plain["settings"] |= {"low_stock": 0, "ends_soon": "1s"}
    with pytest.raises(ProgrammeError) as caught:
        parse_programme(yaml.safe_dump(plain))
    assert [told.split(":")[0] for told in caught.value.problems] == [
        "settings.low_stock",
        "settings.ends_soon",
    ]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (subject(plain={}), "slots.subject: needs 2 to 6 variants, not 1"),
        (subject(**{f"v{n}": {} for n in range(7)}), "needs 2 to 6 variants, not 7"),
        (
            subject(a={"needs": "name"}, b={"needs": "category"}),
            "slots.subject: one variant must need nothing",
        ),
        (subject(a={}, b={"needs": "luck"}), "slots.subject.b.needs.0: Input should be 'name'"),
        (subject(a={}, b={"needs": ["name", "name"]}), "b.needs: the same twice: name"),
        (subject(a={}, b={"wants": "name"}), "slots.subject.b.wants: Extra inputs"),
        (subject(a={}, B={}), "slots.subject.B.[key]: String should match"),
        (
            subject(a={}, b={"needs": "low_stock"}),
            f"{PLACE}.slots.subject.b: low_stock is never met",
        ),
        ({"shows": ["hero", "hero"]}, "shows: the same twice: hero"),
        ({"shows": ["pictures"]}, "shows.0: Input should be 'hero'"),
        ({"slots": {"article": ["a", "b"]}}, "'article' has a meaning of its own"),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, Any], told: str) -> None:
    (problem,) = problems(fields)
    assert told in problem


def test_the_end_of_an_offer_needs_no_hero() -> None:
    plain = yaml.safe_load(text(subject(a={}, b={"needs": "ends_soon"})))
    for ends, fine in ((None, False), ("2026-12-24", True)):
        plain["offers"] = {"small": {"discount_percent": 5, **({"ends": ends} if ends else {})}}
        plain["flows"][FLOW]["messages"][0]["offers"] = ["none", "small"]
        if fine:
            assert parse_programme(yaml.safe_dump(plain)).offers["small"].ends_ms
        else:
            with pytest.raises(ProgrammeError, match="ends_soon is never met"):
                parse_programme(yaml.safe_dump(plain))


def test_every_need_that_can_never_be_met_is_told_with_what_is_wrong_elsewhere() -> None:
    fields = {
        "shows": ["hero"],
        "clicks": 7,
        **subject(
            a={}, b={"needs": ["review", "hero"]}, c={"needs": "article"}, d={"needs": 3}, e="?"
        ),
    }
    told = problems(fields, content="none")
    assert f"{PLACE}.shows: hero needs products, and the flow's `content` is none" in told
    never = [problem for problem in told if "is never met" in problem]
    assert [problem.split(" is never")[0] for problem in never] == [
        f"{PLACE}.slots.subject.b: review",
        f"{PLACE}.slots.subject.c: article",
    ]
    assert any("messages.0.clicks" in problem for problem in told)
