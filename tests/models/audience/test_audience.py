"""Flows and messages for some only: the fence, the record, and the decision made again."""

from typing import Any

import pytest

from models.decision.replay import replay
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.audience.people import PLAIN, life_with
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life

CODEC = Codec(BundledRegistry())
SEGMENTS: dict[str, Any] = {
    "buyers": {"orders": {"at_least": 1}},
    "others": {"not": {"in": "buyers"}},
}


def _cart(messages: list[dict[str, Any]] | None = None, **fields: Any) -> dict[str, Any]:
    flow = {**PLAIN["flows"]["cart_abandonment"], **fields}
    return {"cart_abandonment": {**flow, "messages": messages} if messages else flow}


def _decided(life: Life) -> dict[str, Any]:
    life.reachable()
    life.happens("cart", NOON_MS - HOUR_MS, product_id="tent-1", price=80.0)
    life.pass_time(NOON_MS)
    return life.decisions[-1]


@pytest.mark.parametrize(
    ("whom", "reasons"),
    [
        ({"only": ["others"]}, ["chosen"]),
        ({"only": ["buyers", "others"]}, ["chosen"]),
        ({"only": ["buyers"]}, ["segment"]),
        ({"except": ["buyers"]}, ["chosen"]),
        ({"except": ["others"]}, ["segment"]),
        ({"only": ["others"], "except": ["others"]}, ["segment"]),
    ],
)
def test_a_flow_for_some_only(whom: dict[str, Any], reasons: list[str]) -> None:
    decision = _decided(life_with(SEGMENTS, flows=_cart(**whom)))
    assert decision["reasons"] == reasons
    assert decision["segments"] == ["others"]
    if reasons == ["segment"]:
        assert decision["action"] == "hold"
        assert {c["fence"] for c in decision["candidates"][1:]} == {"segment"}


PLAIN_MAIL = {"type": "reminder", "template": "cart_reminder"}


def test_a_message_for_some_only_is_ruled_out_while_others_are_not() -> None:
    messages = [
        {**PLAIN_MAIL, "only": ["buyers"], "offers": ["small"]},
        {**PLAIN_MAIL, "except": ["buyers"]},
    ]
    decision = _decided(life_with(SEGMENTS, flows=_cart(messages)))
    fences = {c["arm"]: (c["fence"], c["propensity"]) for c in decision["candidates"]}
    assert fences["reminder/small"] == ("segment", 0.0)
    assert fences["reminder/none"][0] is None
    assert decision["reasons"] == ["chosen"]


def test_where_no_message_is_left_that_is_the_reason() -> None:
    flows = _cart([{**PLAIN_MAIL, "only": ["buyers"]}], wait="12h")
    decision = _decided(life_with(SEGMENTS, flows=flows))
    assert (decision["action"], decision["reasons"]) == ("hold", ["segment"])


@pytest.mark.parametrize("whom", [{"only": ["buyers"]}, {"except": ["buyers"]}])
def test_it_is_made_again_to_the_byte_from_its_record(whom: dict[str, Any]) -> None:
    for flows in (_cart(**whom), _cart([{**PLAIN_MAIL, **whom}])):
        data = CODEC.encode("decision", _decided(life_with(SEGMENTS, flows=flows)))
        name, read = CODEC.decode(data)
        assert CODEC.encode(name, replay(read)) == data


def test_the_outcome_tells_the_segments_of_then() -> None:
    life = life_with(SEGMENTS)
    decision = _decided(life)
    life.happens("purchase", NOON_MS + HOUR_MS, total=10.0)
    life.pass_time(NOON_MS + 8 * DAY_MS)
    (outcome,) = [o for o in life.outcomes if o["decision_id"] == decision["decision_id"]]
    assert outcome["segments"] == ["others"]
    assert life.profile.segments.keys() == {"buyers"}


def test_a_mail_pushed_out_of_those_kept_changes_what_is_said_of_them() -> None:
    life = life_with({"clicker": {"clicked_mails": {"at_least": 1}}}, flows=_cart(capped=False))
    life.deliver = False
    sent = _decided(life)
    life.happens("delivery", NOON_MS + 1, decision_id=sent["decision_id"])
    life.happens("click", NOON_MS + HOUR_MS, decision_id=sent["decision_id"])
    assert "clicker" in life.profile.segments
    for number in range(1, 400):
        at_ms = NOON_MS + number * 3 * DAY_MS
        life.happens("cart", at_ms - HOUR_MS, product_id="tent-1", price=80.0)
        life.pass_time(at_ms)
        clicked = any(message.clicks for message in life.profile.messages)
        assert ("clicker" in life.profile.segments) is clicked
        if not clicked:
            return
    pytest.fail("it was never pushed out")
