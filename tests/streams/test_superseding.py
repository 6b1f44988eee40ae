"""A lane loads the contact of whom a record may keep from a mail under way, and of nobody else."""

from typing import Any

import streams.processors
from models.person.encoding import encode
from models.person.past import Message
from models.person.profile import new_profile
from schemas.keys import contact_key, profile_key
from streams.inbox import Chunk
from streams.prepared import JournalRecord
from streams.registry import discover
from tests.models.life import event
from tests.sending import contact
from tests.streams.fakes import FakeState, lane, run_until
from tests.streams.records import CODEC, NOW_MS, journaled

CONTACT = contact_key("{p0}", "ann")
FLOW = "cart_abandonment"


def stored(status: str = "") -> dict[str, bytes]:
    """Ann, of whom a cart reminder was decided a second ago; what became of it."""
    profile = new_profile()
    profile.flows[FLOW] = NOW_MS - 3_600_000
    mail = Message("d1", "reminder/none", FLOW, NOW_MS - 1_000, NOW_MS + 60_000, status)
    profile.messages.append(mail)
    who = CODEC.encode("contact", contact("ann", "ann@inbox.example"))
    return {profile_key("{p0}", "ann"): encode(profile), CONTACT: who}


class Counting(FakeState):
    """Notes which contacts are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def load(self, keys: list[str]) -> list[bytes | None]:
        self.asked += [key for key in keys if ":c:" in key]
        return await super().load(keys)


async def apply(values: dict[str, bytes], *names: str) -> Counting:
    made, _ = lane(discover(streams.processors))
    state = Counting()
    made.state = state  # type: ignore[assignment]
    state.values |= values
    records: list[JournalRecord] = []
    for number, name in enumerate(names):
        told: dict[str, Any] = {"subscriber_id": "ann", "product_id": "tent-1"}
        if name == "purchase":
            told = {"subscriber_id": "ann", "total": 5.0}
        made_event = event(name, NOW_MS, f"e{number}", **told)
        records.append(journaled(number, made_event, name))
    await made.start()
    await made.put(Chunk(records, lambda: None))
    await run_until(made, lambda: state.commits)
    return state


async def test_an_order_that_ends_a_mail_under_way_is_in_the_contact_with_the_same_write() -> None:
    state = await apply(stored(), "purchase")
    [write] = state.commits
    _, who = CODEC.decode(write.values[CONTACT])
    assert who["cancelled"] == {FLOW: NOW_MS - 1_000}
    assert who["address"] == "ann@inbox.example"
    assert profile_key("{p0}", "ann") in write.values


async def test_the_contact_is_loaded_once_and_a_later_record_builds_on_it() -> None:
    state = await apply(stored(), "cart", "purchase", "purchase")
    assert state.asked == [CONTACT]


async def test_whoever_has_no_mail_under_way_has_no_contact_loaded_or_written() -> None:
    state = await apply(stored("accepted"), "purchase", "cart")
    assert state.asked == []
    assert CONTACT not in state.commits[0].values
