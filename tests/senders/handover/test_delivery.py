from schemas.codec import Codec
from schemas.registry import BundledRegistry
from senders.handover.delivery import Ended, delivery_event
from senders.handover.states import Entry
from tests.senders.builders import NOW_MS, decision


def test_a_repeat_is_the_same_event() -> None:
    first = delivery_event(decision(), Ended(Entry("accepted", "w1", NOW_MS, 250), "", "default"))
    again = delivery_event(decision(), Ended(Entry.decode(b"accepted w1 1700000000000 250")))
    assert first["event_id"] == again["event_id"] == "d1:accepted"
    assert first["occurred_at"] == again["occurred_at"]
    assert first["smtp_code"] == 250


def test_other_endings_are_other_events() -> None:
    ended = delivery_event(decision(), Ended(Entry("unknown", "w1", NOW_MS)))
    assert ended["event_id"] == "d1:unknown"
    assert ended["smtp_code"] is None


def test_it_fits_its_schema() -> None:
    codec = Codec(BundledRegistry())
    for subscriber, expected in (("ann", ("ann", None)), ("anon:c1", (None, "c1"))):
        event = delivery_event(
            decision(subscriber_id=subscriber), Ended(Entry("expired", "-", NOW_MS), "too late")
        )
        name, read = codec.decode(codec.encode("delivery", event))
        assert name == "delivery"
        assert (read["subscriber_id"], read["anonymous_id"]) == expected


def test_it_says_what_was_worded_otherwise() -> None:
    ended = Ended(Entry("accepted", "w1", NOW_MS), instead={"subject": "plain"})
    assert delivery_event(decision(), ended)["instead"] == {"subject": "plain"}
    assert delivery_event(decision(), Ended(Entry("expired", "-", NOW_MS)))["instead"] == {}


def test_it_says_its_code_and_whether_a_server_may_have_seen_it() -> None:
    made = decision(content={"code": "GIFT-7K2M"})
    for entry, claimed in (
        (Entry("expired", "-", NOW_MS), False),
        (Entry("expired", "w1", NOW_MS), True),
        (Entry("accepted", "w1", NOW_MS, 250), True),
    ):
        event = delivery_event(made, Ended(entry))
        assert (event["code"], event["claimed"]) == ("GIFT-7K2M", claimed)
    assert delivery_event(decision(), Ended(Entry("unknown", "w1", NOW_MS)))["code"] is None


def test_a_dead_mailbox_is_told_as_a_hard_bounce_by_whoever_reports_it() -> None:
    entry = Entry("rejected", "-", NOW_MS, 550, "5.1.1", "hard")
    for known in (entry, Entry.decode(entry.encode().encode())):
        event = delivery_event(decision(stream="win_back"), Ended(known))
        told = ("bounce", "enhanced", "source", "stream", "message")
        assert [event[name] for name in told] == [
            "hard",
            "5.1.1",
            "smtp",
            "win_back",
            "cart_reminder",
        ]


def test_what_the_sender_says_by_itself_has_no_source_and_is_no_bounce() -> None:
    event = delivery_event(decision(), Ended(Entry("expired", "-", NOW_MS)))
    assert (event["source"], event["bounce"], event["enhanced"]) == (None, None, None)
