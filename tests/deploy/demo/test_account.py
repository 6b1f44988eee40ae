"""The account from both ends: what is planted is found, each kind by its name."""

from collections import Counter
from collections.abc import Callable

import pytest

from deploy.demo.account import (
    Found,
    FoundPerson,
    Received,
    account_for_events,
    count_duplicates,
    percentiles,
    without_consent,
)
from deploy.demo.actions import Emit, Record
from deploy.demo.ledger import ConsentChange, Ledger, Person

AT_MS = 1_767_571_200_000


def said(
    name: str, number: int, *, known: bool = True, repeat: bool = False, **more: object
) -> Emit:
    record: Record = {
        "event_id": f"e{number}",
        "occurred_at": AT_MS + number,
        "subscriber_id": "ann" if known else None,
        "anonymous_id": None if known else "cookie",
        **more,
    }
    return Emit(AT_MS + number, 0, name, record, repeat)


def books() -> Ledger:
    """Ann browses namelessly, is identified, signs up, buys and clicks; one record is bad."""
    ledger = Ledger()
    for event in (
        said("browse", 1, known=False),
        said("identify", 2, anonymous_id="cookie"),
        said("profile", 3, address="ann@shoppers.example"),
        said("consent", 4, action="opt_in", proof={"confirmed_at": 4}),
        said("browse", 5),
        said("browse", 5, repeat=True),
        said("purchase", 6, total=20.0),
        said("wish", 7, action="add"),
    ):
        ledger.emitted(event, AT_MS)
    ledger.clicked("ann", "d1")
    ledger.bad["events.browse", 0, 7] = "empty"
    return ledger


def sound() -> Found:
    """What is found when nothing went wrong."""
    return Found(
        journaled=Counter(["e1", "e2", "e3", "e4", "e5", "e5", "e6", "e7"]),
        dead={("events.browse", 0, 7): "empty"},
        people={
            "ann": FoundPerson(
                Counter(browse=2, purchase=1, click=1),
                consent=(True, AT_MS + 4),
                told_ms=AT_MS + 3,
                address="ann@shoppers.example",
                wished_ms=AT_MS + 7,
            ),
            "anon:cookie": FoundPerson(identified_as="ann"),
        },
    )


def test_a_sound_run_is_accounted_for_to_the_last_event() -> None:
    ledger, events = books(), account_for_events(books(), sound())
    assert events.unaccounted == 0
    assert events.applied == 8  # seven of the ledger's ids, and the click, whose id the web made
    assert events.dead_lettered == 1
    assert ledger.total == events.applied + events.dead_lettered + ledger.repeats


def lose_journal_record(found: Found) -> None:
    del found.journaled["e5"]


def lose_effect(found: Found) -> None:
    found.people["ann"].counts["browse"] -= 1


def double_effect(found: Found) -> None:
    found.people["ann"].counts["purchase"] += 1


def lose_person(found: Found) -> None:
    del found.people["ann"]


def lose_dead_letter(found: Found) -> None:
    found.dead.clear()


def mistake_reason(found: Found) -> None:
    found.dead["events.browse", 0, 7] = "truncated"


def refuse_good_event(found: Found) -> None:
    found.dead["events.cart", 1, 3] = "step_failed"


def forget_identity(found: Found) -> None:
    found.people["anon:cookie"].identified_as = ""


def keep_old_address(found: Found) -> None:
    found.people["ann"].address = "old@shoppers.example"


def forget_consent(found: Found) -> None:
    found.people["ann"].consent = None


def forget_wish(found: Found) -> None:
    found.people["ann"].wished_ms = 0


def invent_person(found: Found) -> None:
    found.people["nobody"] = FoundPerson(Counter(browse=1))


@pytest.mark.parametrize(
    ("spoil", "kind", "count"),
    [
        (lose_journal_record, "not_journaled", 1),
        (lose_effect, "lost", 1),
        (double_effect, "doubled", 1),
        (lose_person, "lost", 4),
        (lose_dead_letter, "wrong_dead_letter", 1),
        (mistake_reason, "wrong_dead_letter", 1),
        (refuse_good_event, "unexpected_dead_letter", 1),
        (forget_identity, "identify_not_applied", 1),
        (keep_old_address, "profile_not_applied", 1),
        (forget_consent, "consent_not_applied", 1),
        (forget_wish, "wish_not_applied", 1),
        (invent_person, "unknown_profile", 1),
    ],
)
def test_what_is_planted_is_found(spoil: Callable[[Found], None], kind: str, count: int) -> None:
    found = sound()
    spoil(found)
    events = account_for_events(books(), found)
    assert events.problems[kind] == count
    assert events.unaccounted >= count
    assert any(example.startswith(kind) for example in events.examples)


def test_the_last_consent_must_stand() -> None:
    ledger, found = books(), sound()
    ledger.unsubscribe_acknowledged("ann", "d1", AT_MS + 9)
    assert account_for_events(ledger, found).problems["consent_not_applied"] == 2
    found.people["ann"].consent = (False, AT_MS + 12_345)  # the web role's clock, not ours
    assert account_for_events(ledger, found).unaccounted == 0


def mail(decision: str, message: str = "", *, accepted: int = 1_000, step: int = 900) -> Received:
    return Received(decision, message or f"<{decision}@shop>", "ann@x", accepted, step)


def test_duplicates_are_counted_by_decision_by_message_and_without_either() -> None:
    assert count_duplicates([mail("d1"), mail("d2")]) == 0
    assert count_duplicates([mail("d1"), mail("d1"), mail("d1"), mail("d2")]) == 2
    assert count_duplicates([mail("d1", "<same@shop>"), mail("d2", "<same@shop>")]) == 1
    assert count_duplicates([mail("d1"), mail("", "<x@shop>")]) == 1


def person(*changes: tuple[bool, int]) -> dict[str, Person]:
    return {"ann@x": Person(consent=[ConsentChange(g, 0, since) for g, since in changes])}


def test_mail_without_or_before_consent_is_found() -> None:
    assert without_consent([mail("d1")], {}) == [mail("d1")]
    assert without_consent([mail("d1")], person()) == [mail("d1")]
    assert without_consent([mail("d1")], person((True, 1_001))) == [mail("d1")]
    assert without_consent([mail("d1")], person((True, 1_000))) == []


@pytest.mark.parametrize(
    ("withdrawn_ms", "wrong"),
    [(899, 1), (900, 0), (950, 0), (2_000, 0)],
)
def test_a_withdrawal_counts_once_acknowledged_before_the_clock_step(
    withdrawn_ms: int, wrong: int
) -> None:
    found = without_consent([mail("d1")], person((True, 100), (False, withdrawn_ms)))
    assert len(found) == wrong


def test_consent_given_again_stands() -> None:
    assert without_consent([mail("d1")], person((True, 1), (False, 2), (True, 3))) == []


def test_percentiles_are_values_that_occurred() -> None:
    assert percentiles([]) == {"p50": 0.0, "p99": 0.0}
    assert percentiles([7]) == {"p50": 7, "p99": 7}
    assert percentiles(list(range(1, 101))) == {"p50": 50, "p99": 99}
    assert percentiles([3, 1, 2]) == {"p50": 2, "p99": 3}


def test_a_mail_that_asks_to_confirm_goes_to_who_asked_and_is_no_consent() -> None:
    ledger = Ledger()
    asked = said("consent", 4, action="opt_in", proof={"confirmed_at": None})
    ledger.emitted(asked, AT_MS)
    ann = ledger.people["ann"]
    by_address = {"ann@shoppers.example": ann}

    def mail(accepted_ms: int, *, owed: bool) -> Received:
        return Received("d1", "<d1>", "ann@shoppers.example", accepted_ms, accepted_ms, owed)

    assert without_consent([mail(AT_MS, owed=True)], by_address) == []
    assert without_consent([mail(AT_MS - 1, owed=True)], by_address), "before anybody asked"
    assert without_consent([mail(AT_MS, owed=False)], by_address), "asked is not agreed"
    ledger.confirmation_acknowledged("ann", "d1", AT_MS + 5)
    assert without_consent([mail(AT_MS + 5, owed=False)], by_address) == []
    assert ledger.by_web == 1
