"""A programme with codes, journal records about them, and a processor that gives one per browse."""

from dataclasses import replace
from typing import Any

from models.person.profile import Profile
from models.programme.flow_parts import Offer
from models.step import Record, Step
from models.world import World
from streams.registry import Registry
from tests.streams.records import CODEC, NOW_MS, FakeRecord, world

GIFT = Offer("gift", 10.0, codes=True, code_life_ms=1_000)


def coded_world() -> World:
    """The shipped programme with an offer that gives codes."""
    surroundings = world()
    offers = {**surroundings.programme.offers, "gift": GIFT}
    surroundings.programme = replace(surroundings.programme, offers=offers)
    return surroundings


def loaded(offset: int, *codes: str, offer: str = "gift", expires_at: int = 0) -> FakeRecord:
    """A record of codes, as `nextbest offers load` writes it."""
    record = {"offer": offer, "codes": [{"code": c, "expires_at": expires_at} for c in codes]}
    return FakeRecord(offset, CODEC.encode("codes", record), None)


def giving(*, emits: bool = False) -> Registry:
    """Browses that take a code each, note it in the profile, and may fail.

    Args:
        emits: Whether a record leaves that names the code, as a decision would.
    """

    def gives(event: Record, profile: Profile, step: Step, world: World) -> None:
        assert step.codes is not None
        answer = step.codes.ask(world.programme.offers["gift"], step.now_ms)
        if answer.code:
            place = (answer.expires_ms, answer.code)
            step.codes.reserve("gift", place, event["event_id"], step.now_ms)
            if emits:
                step.emit("redemption", {"offer": "gift", "code": answer.code, "at": 0})
        profile.categories[answer.code or answer.fence] = 1.0
        if event["category"] == "breaks":
            raise ValueError

    return Registry({"browse": [gives]}, {}, frozenset(), ("gives",))


def delivery(number: int, code: str, decision: str, **fields: Any) -> Record:
    """A delivery event about ann's mail with a code."""
    return {
        "event_id": f"delivery-{number}",
        "occurred_at": NOW_MS,
        "subscriber_id": "ann",
        "anonymous_id": None,
        "decision_id": decision,
        "status": "expired",
        "smtp_code": None,
        "detail": None,
        "provider": None,
        "code": code,
        "claimed": False,
        **fields,
    }
