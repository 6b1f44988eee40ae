"""Records over profiles: repeats, dead letters, half-applied records, forwarding, timers."""

from hashlib import sha256
from typing import Any

import pytest
import yaml

import streams.processors
from models.person.profile import Profile
from models.programme.reading import parse_programme
from models.step import Record, Step
from models.world import World
from schemas.errors import StopError
from streams import stepper
from streams.commit import Leaving
from streams.pending import Pending
from streams.registry import Registry, discover
from streams.stepper import DAY_MS, Limits, driven_now_ms
from tests.models.programme.test_streams import OWED
from tests.streams.records import (
    CODEC,
    NOW_MS,
    PROGRAMME,
    Desk,
    FakeRecord,
    browse,
    journaled,
    world,
)

SHIPPED = discover(streams.processors)
ANONYMOUS = {"subscriber_id": None, "anonymous_id": "c1"}


def letter(leaving: bytes) -> Record:
    return CODEC.decode(leaving)[1]


def test_a_record_changes_its_profile_and_notes_its_source() -> None:
    desk = Desk(SHIPPED)
    pending = desk.step([journaled(5, browse(1))])
    assert pending.tally.applied["browse"] == 1
    assert pending.touched["ann"].profile.browses == 1
    assert pending.next_offset == 6
    assert list(pending.sources.values()) == [5]


def test_a_source_offset_seen_before_changes_nothing() -> None:
    desk = Desk(SHIPPED)
    desk.step([journaled(5, browse(1), source_offset=9)])
    pending = desk.step([journaled(6, browse(2), source_offset=9)])
    assert pending.tally.repeated["source"] == 1
    assert not pending.touched
    assert pending.next_offset == 7


def test_an_event_id_seen_before_changes_nothing() -> None:
    desk = Desk(SHIPPED)
    pending = desk.step([journaled(5, browse(1)), journaled(6, browse(1))])
    assert pending.tally.applied["browse"] == 1
    assert pending.tally.repeated["event_id"] == 1
    assert pending.touched["ann"].profile.browses == 1


def test_a_topic_made_anew_is_another_stream() -> None:
    desk = Desk(SHIPPED)
    desk.step([journaled(5, browse(1), source_offset=900)])
    again = journaled(6, browse(2), source_offset=0)
    name, header = again.headers[0]
    again.headers = [(name, header.replace(b"topic-id", b"other-id"))]
    assert desk.step([again]).tally.applied["browse"] == 1


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"{}", "wrong_magic"),
        (b"\0\0", "truncated"),
        (b"\0\0\xff\xff\xff123", "unknown_schema"),
        (CODEC.encode("browse", browse(1))[:-4], "truncated"),
    ],
)
def test_what_cannot_be_decoded_leaves_as_a_dead_letter(value: bytes | None, reason: str) -> None:
    desk = Desk(SHIPPED)
    record = journaled(5, browse(1), source_offset=77)
    record.value = value
    pending = desk.step([record])
    dead = letter(pending.leaving[0].value)
    assert dead["reason"] == reason
    assert dead["dead_letter_id"] == "events.browse/0/77"
    assert dead["value"] == (value or b"")
    assert pending.next_offset == 6


def test_a_record_without_a_source_is_a_dead_letter_of_the_journal() -> None:
    pending = Desk(SHIPPED).step([FakeRecord(5, CODEC.encode("browse", browse(1)))])
    dead = letter(pending.leaving[0].value)
    assert (dead["reason"], dead["dead_letter_id"]) == ("bad_source", "journal/0/5")


PROFILE: Record = {
    "event_id": "p1",
    "occurred_at": NOW_MS,
    "subscriber_id": "ann",
    "address": "ann@shop.example",
}


def personal(topic: str) -> FakeRecord:
    """A profile event, journaled from some topic."""
    record = journaled(5, PROFILE, "profile", source_offset=77)
    name, header = record.headers[0]
    record.headers = [(name, header.replace(b"events.profile", topic.encode()))]
    return record


@pytest.mark.parametrize(
    ("record", "place", "reason"),
    [
        (personal("events.profile"), "events.profile/0/77", "step_failed"),
        (personal("events.browse"), "events.browse/0/77", "step_failed"),
        (FakeRecord(5, CODEC.encode("profile", PROFILE)), "journal/0/5", "bad_source"),
    ],
)
def test_of_a_personal_record_only_hash_size_and_place_are_kept(
    record: FakeRecord, place: str, reason: str
) -> None:
    def throws(event: Record, profile: Profile, step: Step, world: World) -> None:
        raise ValueError(event["address"])

    desk = Desk(Registry({"profile": [throws]}, {}, frozenset(), ("throws",)))
    (leaving,) = desk.step([record]).leaving
    dead = letter(leaving.value)
    assert (dead["dead_letter_id"], dead["reason"]) == (place, reason)
    assert (dead["value"], dead["key"], dead["truncated"]) == (b"", None, True)
    assert dead["sha256"] == sha256(record.value or b"").hexdigest()
    assert b"@" not in leaving.value


def throwing_on(bad_id: str) -> Registry:
    def half(event: Record, profile: Profile, step: Step, world: World) -> None:
        profile.browses += 1
        step.set_timer("flow:half", event["occurred_at"])
        if event["event_id"] == bad_id:
            raise ValueError("the secret of ann@shop.example")

    return Registry({"browse": [half]}, {}, frozenset(), ("half",))


def test_a_throwing_processor_leaves_no_half_applied_record() -> None:
    desk = Desk(throwing_on("e2"))
    pending = desk.step([journaled(n, browse(n)) for n in (1, 2, 3)])
    assert pending.touched["ann"].profile.browses == 2
    assert pending.tally.applied["browse"] == 2
    assert pending.timers == {"flow:half\x1fann": NOW_MS + 3}
    dead = letter(pending.leaving[0].value)
    assert dead["reason"] == "step_failed"
    assert "secret" not in dead["detail"]
    assert "ValueError" in dead["detail"]


def test_a_failed_record_takes_nothing_from_others_of_the_batch() -> None:
    desk = Desk(throwing_on("e3"))
    others = journaled(2, {**browse(2), "subscriber_id": "bob"}, key=b"bob")
    pending = desk.step([journaled(1, browse(1)), others, journaled(3, browse(3))])
    assert pending.touched["ann"].profile.browses == 1
    assert pending.touched["bob"].profile.browses == 1


def test_the_failed_record_restores_what_was_stored_before() -> None:
    desk = Desk(throwing_on("e2"))
    first = desk.step([journaled(1, browse(1))])
    first.to_commit("{p0}", 0)
    pending = desk.step([journaled(2, browse(2))])
    assert pending.touched["ann"].profile.browses == 1
    # Its id was not remembered: mended, the record can be replayed.
    again = desk.step([journaled(3, browse(2, event_id="e2b"))])
    assert again.tally.applied["browse"] == 1


def test_an_error_that_must_stop_the_process_is_not_made_a_dead_letter() -> None:
    def stops(event: Record, profile: Profile, step: Step, world: World) -> None:
        raise StopError("newer state")

    desk = Desk(Registry({"browse": [stops]}, {}, frozenset(), ("stops",)))
    with pytest.raises(StopError, match="newer state"):
        desk.step([journaled(1, browse(1))])


def identified(desk: Desk, *after: FakeRecord) -> Pending:
    """Step a browse (e1) of the anonymous c1, who then turns out to be ann, and what follows."""
    identify = {
        "event_id": "i1",
        "occurred_at": NOW_MS,
        "subscriber_id": "ann",
        "anonymous_id": "c1",
    }
    first = journaled(1, browse(1, **ANONYMOUS), key=b"anon:c1")
    second = journaled(2, identify, "identify", key=b"anon:c1")
    return desk.step([first, second, *after])


def test_events_of_someone_identified_are_forwarded_to_who_they_are() -> None:
    pending = identified(Desk(SHIPPED), journaled(3, browse(3, **ANONYMOUS), key=b"anon:c1"))
    names = [CODEC.decode(leaving.value)[0] for leaving in pending.leaving]
    assert names == ["merge", "browse"]
    assert all(leaving.key == b"ann" and leaving.topic == "journal" for leaving in pending.leaving)
    assert pending.leaving[0].source != pending.leaving[1].source


def test_what_was_applied_before_the_hand_over_is_not_forwarded_again() -> None:
    desk = Desk(SHIPPED)
    pending = identified(desk, journaled(3, browse(1, **ANONYMOUS), key=b"anon:c1"))
    assert [CODEC.decode(leaving.value)[0] for leaving in pending.leaving] == ["merge"]
    assert pending.tally.repeated["event_id"] == 1
    assert pending.next_offset == 4
    # Asking did not teach the old profile anything: what is new is forwarded as often as it comes,
    # and the subscriber's own window tells the repeat.
    window = pending.touched["anon:c1"].profile.dedupe
    later = desk.step([journaled(4, browse(4, **ANONYMOUS), key=b"anon:c1")])
    assert len(later.leaving) == 1
    assert desk.stepper.cache.get("anon:c1").profile.dedupe == window


@pytest.mark.parametrize("key", [b"ann", b"anon:c1"])
def test_a_record_that_is_no_event_is_put_aside(key: bytes) -> None:
    desk = Desk(SHIPPED)
    identified(desk)
    product = {
        "product_id": "p1",
        "name": "Shoes",
        "category": "shoes",
        "price": 10.0,
        "stock": 1,
        "updated_at": NOW_MS,
    }
    pending = desk.step([journaled(5, product, "catalog", key=key)])
    assert letter(pending.leaving[0].value)["reason"] == "no_event"
    assert not pending.touched
    assert pending.next_offset == 6


def fired(registry: Registry, member: str) -> tuple[Desk, object]:
    desk = Desk(registry)
    desk.stepper.put_loaded("ann", None)
    pending = desk.stepper.begin(9)
    desk.stepper.fire(member, NOW_MS, pending, NOW_MS, world())
    return desk, pending


def test_a_fired_timer_is_removed_unless_it_sets_itself_again() -> None:
    def once(name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
        profile.browses += 1

    def again(name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
        step.set_timer(name, due_ms + 5)

    for function, due in ((once, None), (again, NOW_MS + 5)):
        registry = Registry({}, {"flow": function}, frozenset(), ("f",))
        _, pending = fired(registry, "flow:x\x1fann")
        assert pending.timers == {"flow:x\x1fann": due}  # type: ignore[attr-defined]


def test_a_timer_nobody_fires_becomes_a_dead_letter_and_goes() -> None:
    _, pending = fired(Registry(), "ghost:x\x1fann")
    assert pending.timers == {"ghost:x\x1fann": None}  # type: ignore[attr-defined]
    assert letter(pending.leaving[0].value)["reason"] == "unknown_timer"  # type: ignore[attr-defined]


def test_a_timer_changed_within_the_batch_does_not_fire() -> None:
    def raising(name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
        raise AssertionError

    desk = Desk(Registry({}, {"flow": raising}, frozenset(), ("f",)))
    desk.stepper.put_loaded("ann", None)
    pending = desk.stepper.begin(9)
    pending.timers["flow:x\x1fann"] = None
    desk.stepper.fire("flow:x\x1fann", NOW_MS, pending, NOW_MS, world())
    assert not pending.leaving


def test_a_write_is_full_by_keys_or_by_bytes() -> None:
    desk = Desk(SHIPPED, limits=Limits(keys=3, size_bytes=10**9))
    records = [journaled(n, browse(n), key=f"s{n}".encode()) for n in range(2)]
    assert desk.stepper.full(desk.step(records))
    roomy = Desk(SHIPPED, limits=Limits(keys=100, size_bytes=10**9))
    assert not roomy.stepper.full(roomy.step(records))
    small = Desk(SHIPPED, limits=Limits(keys=100, size_bytes=100))
    assert small.stepper.full(small.step(records))


@pytest.mark.parametrize("what", ["set", "listed", "fired", "left", "codes"])
def test_a_write_is_full_by_arguments(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """A script takes some thousands; here six, of which each of these needs two or more."""

    def happens(event: Record, profile: Profile, step: Step, world: World) -> None:
        if what == "set":
            step.set_timer(f"flow:{event['event_id']}", NOW_MS + 1)
        elif what == "listed":
            step.list_wait(f"reach\x1f{event['event_id']}")

    def fires(name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None: ...

    monkeypatch.setattr(stepper, "MAX_SCRIPT_ARGUMENTS", 6)
    registry = Registry({"browse": [happens]}, {"flow": fires}, frozenset(), ("f",))
    desk = Desk(registry, limits=Limits(keys=100, size_bytes=10**9))
    pending = desk.step([journaled(0, browse(0))])
    found = []
    for number in range(1, 6):
        if what == "fired":
            desk.stepper.fire(f"flow:{number}\x1fann", NOW_MS, pending, NOW_MS, desk.world)
        elif what == "left":
            pending.leave(Leaving("decisions", b"ann", b"record"))
        elif what == "codes":
            pending.codes.codes[f"code-{number}"] = None
        else:
            (item,) = desk.stepper.prepare([journaled(number, browse(number))])
            desk.stepper.step(item, pending, NOW_MS, desk.world)
        found.append(desk.stepper.full(pending))
    more = 1 if what in ("set", "listed") else 0  # the first record's own
    needed = {"codes": 2}.get(what, 4 - more)
    assert found == [number >= needed for number in range(1, 6)]


def test_driven_time_follows_events_but_no_wrong_clock() -> None:
    assert driven_now_ms(0, {"occurred_at": 5}) == 5
    assert driven_now_ms(100, {"occurred_at": 50}) == 100
    assert driven_now_ms(100, {"occurred_at": 150}) == 150
    assert driven_now_ms(100, {"occurred_at": 10 * DAY_MS}) == 100 + DAY_MS


def test_consent_from_a_clock_that_runs_ahead_can_be_withdrawn() -> None:
    """Or a withdrawal would look older than the consent it withdraws."""
    hour_ms = 3_600_000
    head = {"subscriber_id": "ann", "purpose": "marketing"}
    given = {
        **head,
        "event_id": "c1",
        "occurred_at": NOW_MS + 3 * hour_ms,
        "action": "opt_in",
        "proof": {"source": "form", "text_version": "1", "confirmed_at": NOW_MS},
    }
    withdrawn = {
        **head,
        "event_id": "c2",
        "occurred_at": NOW_MS + hour_ms,
        "action": "opt_out",
        "proof": None,
    }
    desk = Desk(SHIPPED)
    first = desk.step([journaled(1, given, "consent")], NOW_MS)
    assert first.touched["ann"].profile.consent["marketing"].granted
    second = desk.step([journaled(2, withdrawn, "consent")], NOW_MS + hour_ms)
    assert not second.touched["ann"].profile.consent["marketing"].granted


def _confirming() -> World:
    """The shipped programme, and orders are confirmed."""
    plain = yaml.safe_load(PROGRAMME.read_text(encoding="utf-8"))
    plain["flows"]["order_confirmation"] = OWED
    return World(parse_programme(yaml.safe_dump(plain)))


def test_orders_and_opt_ins_are_confirmed_whatever_was_consented_to() -> None:
    head: dict[str, Any] = {"subscriber_id": "ann", "anonymous_id": None, "occurred_at": NOW_MS}
    known = {"event_id": "p1", "address": "a@example.org", "locale": None, "time_zone": None}
    item = {"product_id": "p1", "category": None, "price": 2.5, "quantity": 2}
    bought = {"event_id": "o1", "order_id": "o-1", "items": [item], "total": 5.0, "discount": 0.0}
    proof = {"source": "form", "text_version": "7", "confirmed_at": None}
    opted_in = {"event_id": "c1", "action": "opt_in", "purpose": "marketing", "proof": proof}
    more = {"offer": None, "session_id": None, "code": None}
    desk = Desk(SHIPPED, world=_confirming())
    pending = desk.step(
        [
            journaled(1, {**head, **known, "attributes": {}}, "profile"),
            journaled(2, {**head, **bought, **more}, "purchase"),
            journaled(3, {**head, **opted_in, "preferences": {}, "decision_id": None}, "consent"),
        ]
    )
    decided = [letter(left.value) for left in pending.leaving if left.topic == "decisions"]
    assert [(d["flow"], d["action"], d["kind"]) for d in decided] == [
        ("order_confirmation", "send", "transactional"),
        ("confirm_opt_in", "send", "transactional"),
    ]
    assert decided[0]["content"]["order_items"] == "p1:2:2.50"
    assert decided[1]["content"]["text_version"] == "7"
    assert pending.touched["ann"].profile.consent == {}
