"""Tests of attributes and tags in segments, by the type that each is declared with.

| type | tests |
|---|---|
| any | `exists: true`, `exists: false` |
| text, choice | a value, or a list of which it is one |
| number | an amount, or `at_least`, `at_most`, `below` |
| boolean | `true`, `false` |
| date | `ago:` or `ahead:` with a length of time or bounds of it |
| tags | a tag, or a list of which there is one |
"""

from collections.abc import Callable, Mapping
from math import inf, isfinite, nextafter
from typing import Any

from models.audience import attributes, limits
from models.audience.attributes import Attribute, Declared
from models.audience.kinds import between, names_of
from models.audience.limits import LENGTHS, Limits, Scale, Told
from models.audience.parts import NOTHING, By, Part, either, joined, settled
from models.audience.verdict import FOREVER, Ask, Test, all_of
from models.person.profile import Profile
from models.programme.yaml_text import LEFT_OUT

_TOLD = By(frozenset({"profile"}))


def part(spec: Any, declared: Declared, place: str, tell: Told) -> Part:
    """The test of `attribute:`, a mapping of names to what each is held against; all must hold."""
    if not isinstance(spec, Mapping) or not spec:
        tell(place, "names an attribute and what it must be, like {plan: pro}")
        return NOTHING
    found = []
    for name, wanted in spec.items():
        attribute = declared.get(name)
        if attribute is None:
            tell(place, f"there is no attribute {name!r}; declare it under `attributes`")
        else:
            found.append(either(_test(attribute, wanted, f"{place}.{name}", tell), _TOLD))
    return joined(found, all_of)


def tagged(spec: Any, declared: Declared, place: str, tell: Told) -> Part:
    """The test of `tag:`: whether any attribute of tags holds it, or one of a list."""
    holders = [each.name for each in declared.values() if each.kind == attributes.TAGS]
    if not holders:
        tell(place, "no attribute of type `tags` is declared")
    wanted = names_of(spec, place, tell)

    def holds(profile: Profile) -> bool:
        return any(_has(profile.attributes.get(name), wanted) for name in holders)

    return either(settled(holds), _TOLD)


def _has(value: Any, wanted: frozenset[str]) -> bool:
    return isinstance(value, list) and not wanted.isdisjoint(value)


def _test(attribute: Attribute, wanted: Any, place: str, tell: Told) -> Test:
    if wanted is LEFT_OUT:
        return NOTHING.test
    if isinstance(wanted, Mapping) and "exists" in wanted:
        return _exists(attribute, wanted, place, tell)
    return _BY_TYPE[attribute.kind](attribute, wanted, place, tell)


def _exists(attribute: Attribute, wanted: Mapping[str, Any], place: str, tell: Told) -> Test:
    if len(wanted) > 1 or not isinstance(wanted["exists"], bool):
        tell(place, "`exists` stands alone, and is true or false")
    name, expected = attribute.name, wanted["exists"]

    def holds(profile: Profile) -> bool:
        value = profile.attributes.get(name)
        return (value is not None and attribute.fits(value)) is expected

    return settled(holds)


def _text(attribute: Attribute, wanted: Any, place: str, tell: Told) -> Test:
    name, names = attribute.name, names_of(wanted, place, tell)
    if attribute.choices:
        for unknown in sorted(names.difference(attribute.choices)):
            tell(place, f"is never {unknown!r}; it is one of {', '.join(attribute.choices)}")

    def holds(profile: Profile) -> bool:
        value = profile.attributes.get(name)
        return isinstance(value, str) and value in names

    return settled(holds)


def _any_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return float(value)


_NUMBERS = Scale(_any_number, lambda amount: nextafter(amount, inf))


def _number(attribute: Attribute, wanted: Any, place: str, tell: Told) -> Test:
    found, name = limits.read(wanted, _NUMBERS, place, tell, lowest=-inf), attribute.name

    def holds(profile: Profile) -> bool:
        value = profile.attributes.get(name)
        return isinstance(value, float) and found.low <= value < found.high

    return settled(holds)


def _boolean(attribute: Attribute, wanted: Any, place: str, tell: Told) -> Test:
    if not isinstance(wanted, bool):
        tell(place, f"{wanted!r} is neither true nor false")
    name = attribute.name
    return settled(lambda profile: profile.attributes.get(name) is wanted)


def _date(attribute: Attribute, wanted: Any, place: str, tell: Told) -> Test:
    if not isinstance(wanted, Mapping) or len(wanted) != 1 or not {*wanted} <= {"ago", "ahead"}:
        tell(place, "a date is held against `ago:` or `ahead:`, like {ago: {at_least: 30d}}")
        return NOTHING.test
    ((way, spec),) = wanted.items()
    found = limits.read(spec, LENGTHS, f"{place}.{way}", tell)
    check = _ago if way == "ago" else _ahead
    return _dated(attribute.name, lambda then_ms, now_ms: check(then_ms, found, now_ms))


def _ago(then_ms: int, found: Limits, now_ms: int) -> int:
    if now_ms < then_ms:
        return -then_ms
    return between(then_ms, found.low, found.high, now_ms)


def _ahead(then_ms: int, found: Limits, now_ms: int) -> int:
    """Whether it is to come, at least `low` and less than `high` ahead."""
    begins_ms = 0 if found.high == inf else then_ms - int(found.high) + 1
    if now_ms < begins_ms:
        return -begins_ms
    ends_ms = then_ms - int(found.low) + 1
    return ends_ms if now_ms < ends_ms else -FOREVER


def _dated(name: str, check: Callable[[int, int], int]) -> Test:
    def test(profile: Profile, now_ms: int, _ask: Ask) -> int:
        value = profile.attributes.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            return -FOREVER
        return check(value, now_ms)

    return test


def _tags(attribute: Attribute, wanted: Any, place: str, tell: Told) -> Test:
    name, names = attribute.name, names_of(wanted, place, tell)
    return settled(lambda profile: _has(profile.attributes.get(name), names))


_BY_TYPE: dict[str, Callable[[Attribute, Any, str, Told], Test]] = {
    attributes.TEXT: _text,
    attributes.CHOICE: _text,
    attributes.NUMBER: _number,
    attributes.BOOLEAN: _boolean,
    attributes.DATE: _date,
    attributes.TAGS: _tags,
}
