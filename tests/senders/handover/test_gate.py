from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senders.handover.gate import UNTRUE, Go, Refused, Wait, check
from senders.recipients.address import AllowList
from senders.recipients.suppression import (
    PAUSED_UNTIL,
    PERMANENT_FAILURE,
    UNSUBSCRIBED,
    Suppression,
)
from tests.senders.builders import HOUR_MS, NOW_MS, contact, decision

EVERYBODY = AllowList(("*",))
NONE: frozenset[str] = frozenset()


def look(
    who: dict[str, Any] | None = None,
    *,
    suppressions: tuple[Suppression, ...] = (),
    pauses: frozenset[str] = NONE,
    allowed: AllowList = EVERYBODY,
    now_ms: int = NOW_MS,
    untrue: str = "",
    made: dict[str, Any] | None = None,
) -> Go | Refused | Wait:
    who, made = who or contact(), made or decision()
    return check(who, made, suppressions, pauses, allowed, now_ms, untrue=untrue)


def status(verdict: Go | Refused | Wait) -> str:
    assert isinstance(verdict, Refused), verdict
    return verdict.status


def test_nothing_against_it_lets_it_go_to_the_address() -> None:
    verdict = look()
    assert isinstance(verdict, Go)
    assert verdict.address.mailbox == "ann@inbox.example"


def test_it_may_leave_until_the_moment_it_expires() -> None:
    assert isinstance(look(now_ms=NOW_MS + HOUR_MS - 1), Go)
    assert status(look(now_ms=NOW_MS + HOUR_MS)) == "expired"


@pytest.mark.parametrize("who", [contact(address=None), contact(address="nonsense")])
def test_without_a_usable_address_there_is_no_contact(who: dict[str, Any]) -> None:
    assert status(look(who)) == "no_contact"


def test_an_unknown_person_is_no_contact() -> None:
    verdict = check(None, decision(), (), NONE, EVERYBODY, NOW_MS, untrue="")
    assert status(verdict) == "no_contact"


@pytest.mark.parametrize(
    "consent",
    [{}, {"marketing": {"granted": False, "at": 0}}, {"news": {"granted": True, "at": 0}}],
)
def test_only_standing_consent_to_marketing_counts(consent: dict[str, Any]) -> None:
    assert status(look(contact(consent=consent))) == "no_consent"


@pytest.mark.parametrize(
    ("reason", "at_ms", "stands"),
    [
        (UNSUBSCRIBED, NOW_MS - 2 * HOUR_MS, False),
        (UNSUBSCRIBED, NOW_MS - HOUR_MS, True),
        (UNSUBSCRIBED, NOW_MS, True),
        (PERMANENT_FAILURE, NOW_MS - 2 * HOUR_MS, True),
    ],
)
def test_a_later_opt_in_overcomes_a_withdrawal_and_nothing_else(
    reason: str, at_ms: int, *, stands: bool
) -> None:
    verdict = look(suppressions=(Suppression(reason, at_ms),))
    assert isinstance(verdict, Refused) is stands
    assert not stands or status(verdict) == "suppressed"


@pytest.mark.parametrize("pause", ["all", "flow:cart_abandonment", "stream:marketing"])
def test_what_is_paused_waits_and_ends_as_paused(pause: str) -> None:
    pauses = frozenset({pause, "flow:other"})
    assert isinstance(look(pauses=pauses), Wait)
    assert status(look(pauses=pauses, now_ms=NOW_MS + HOUR_MS)) == "paused"
    assert isinstance(look(pauses=frozenset({"flow:other"})), Go)


def test_who_may_never_get_it_does_not_wait_for_a_pause_to_end() -> None:
    verdict = look(contact(consent={}), pauses=frozenset({"all"}))
    assert status(verdict) == "no_consent"


def test_who_is_not_on_the_allow_list_gets_nothing() -> None:
    assert status(look(allowed=AllowList(("other.example",)))) == "not_allowed"


@pytest.mark.parametrize("untrue", sorted(UNTRUE))
def test_a_mail_of_what_is_true_no_more_does_not_leave(untrue: str) -> None:
    assert status(look(untrue=untrue)) == untrue
    assert status(look(contact(consent={}), untrue=untrue)) == "no_consent"
    assert status(look(untrue=untrue, pauses=frozenset({"all"}))) == untrue


def test_no_detail_holds_the_address() -> None:
    for verdict in (
        look(contact(address="ann@nowhere")),
        look(contact(consent={})),
        look(allowed=AllowList(())),
        look(suppressions=(Suppression(PERMANENT_FAILURE, 0),)),
    ):
        assert isinstance(verdict, Refused)
        assert "@" not in verdict.detail


def test_a_stopped_stream_holds_its_own_mail_and_no_other() -> None:
    assert isinstance(look(pauses=frozenset({"stream:marketing"})), Wait)
    assert isinstance(look(pauses=frozenset({"stream:win_back"})), Go)


TRANSACTIONAL = decision(kind="transactional", stream="transactional")


def test_what_is_owed_needs_no_consent_and_minds_nothing_said_to_promotions() -> None:
    wishes = {"pause_until": "2999-01-01", "topics_off": "sale"}
    unwilling = contact(consent={}, preferences=wishes)
    said = (Suppression(UNSUBSCRIBED, NOW_MS), Suppression("complaint", NOW_MS))
    owed = {**TRANSACTIONAL, "topic": "sale"}
    assert isinstance(look(unwilling, suppressions=said, made=owed), Go)


def test_what_is_owed_does_not_go_to_a_dead_mailbox() -> None:
    dead = (Suppression(PERMANENT_FAILURE, 0),)
    assert status(look(contact(consent={}), suppressions=dead, made=TRANSACTIONAL)) == "suppressed"


@pytest.mark.parametrize("pause", ["all", "flow:cart_abandonment", "stream:transactional"])
def test_what_is_owed_waits_while_it_is_paused(pause: str) -> None:
    assert isinstance(look(pauses=frozenset({pause}), made=TRANSACTIONAL), Wait)
    assert isinstance(look(pauses=frozenset({"stream:marketing"}), made=TRANSACTIONAL), Go)


@pytest.mark.parametrize("promotion", [{"offer": "small"}, {"content": {"code": "GIFT-1"}}])
def test_what_carries_an_offer_is_marketing_whatever_it_says(promotion: dict[str, Any]) -> None:
    made = {**TRANSACTIONAL, **promotion}
    assert status(look(contact(consent={}), made=made)) == "no_consent"
    assert isinstance(look(made=made), Go)


def test_what_the_person_ended_since_does_not_leave() -> None:
    bought = contact(cancelled={"cart_abandonment": NOW_MS, "other": NOW_MS + HOUR_MS})
    assert status(look(bought)) == "superseded"
    assert status(look(bought, pauses=frozenset({"all"}))) == "superseded"
    assert status(look(bought, made=TRANSACTIONAL)) == "superseded"
    later = decision(decided_at=NOW_MS + 1)
    assert isinstance(look(bought, made=later), Go)


def test_an_offer_that_has_ended_is_not_told_of() -> None:
    made = decision(content={"offer_ends_at": str(NOW_MS + 5)})
    assert isinstance(look(made=made, now_ms=NOW_MS + 4), Go)
    assert status(look(made=made, now_ms=NOW_MS + 5)) == "superseded"
    assert isinstance(look(made=decision(content={"offer_ends_at": ""})), Go)


def test_a_person_who_pauses_gets_nothing_until_then() -> None:
    ends = NOW_MS + 10
    stored = (Suppression(PAUSED_UNTIL, ends),)
    told = contact(preferences={"pause_until": str(ends)})
    for verdict in (look(suppressions=stored), look(told)):
        assert status(verdict) == "paused", "and not suppressed, which models take for ever"
        assert isinstance(verdict, Refused)
        assert verdict.detail == "the person has paused mail"
    assert isinstance(look(told, suppressions=stored, now_ms=ends), Go)


def test_a_topic_turned_off_is_no_consent_to_its_mail() -> None:
    made = decision(topic="sale")
    assert status(look(made=made, suppressions=(Suppression("topic:sale", 0),))) == "no_consent"
    off = contact(preferences={"topics_off": "new_in,sale"})
    assert status(look(off, made=made)) == "no_consent"
    assert isinstance(look(off, made=decision(topic="other")), Go)
    assert isinstance(look(off), Go)


REASONS = [UNSUBSCRIBED, PERMANENT_FAILURE, PAUSED_UNTIL, "complaint", "inactive", "topic:sale"]


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """The usual more often: where everything stands against a mail, nothing is learned."""
    return st.sampled_from([usual, usual, usual, *others])


around = st.integers(NOW_MS - 5, NOW_MS + 5)
consents = st.dictionaries(
    st.sampled_from(["marketing", "news"]),
    st.fixed_dictionaries({"granted": st.booleans(), "at": around}),
)
contacts = st.builds(
    contact,
    consent=consents,
    address=mostly("ann@inbox.example", None, "nonsense"),
    preferences=mostly({}, {"pause_until": str(NOW_MS)}, {"topics_off": "sale"}),
    cancelled=mostly({}, {"cart_abandonment": NOW_MS}),
)
decisions = st.builds(
    decision,
    kind=st.sampled_from(["marketing", "transactional", "", "other"]),
    stream=st.sampled_from(["marketing", "win_back"]),
    topic=st.sampled_from([None, "sale"]),
    offer=st.sampled_from(["none", "small"]),
    content=mostly({}, {"code": "GIFT-1"}, {"offer_ends_at": str(NOW_MS)}),
    decided_at=around,
    expires_at=mostly(NOW_MS + HOUR_MS, NOW_MS),
)
on_record = st.lists(st.builds(Suppression, st.sampled_from(REASONS), around), max_size=2)


@given(
    contacts,
    decisions,
    on_record,
    mostly(NONE, frozenset({"all"}), frozenset({"stream:win_back"})),
    around,
    mostly("", *UNTRUE),
)
@settings(max_examples=600)
def test_no_way_leads_to_a_promotion_without_consent_nor_to_who_must_not_be_mailed(
    who: dict[str, Any],
    made: dict[str, Any],
    suppressions: list[Suppression],
    pauses: frozenset[str],
    now_ms: int,
    untrue: str,
) -> None:
    verdict = check(who, made, suppressions, pauses, EVERYBODY, now_ms, untrue=untrue)
    if not isinstance(verdict, Go):
        return
    reasons = {each.reason for each in suppressions}
    assert not untrue
    assert now_ms < made["expires_at"]
    assert made["decided_at"] > who["cancelled"].get("cart_abandonment", 0)
    assert PERMANENT_FAILURE not in reasons
    promotes = made["offer"] != "none" or "code" in made["content"]
    if made["kind"] == "transactional" and not promotes:
        return
    consent = who["consent"].get("marketing")
    assert consent is not None
    assert consent["granted"]
    assert not reasons & {"complaint", "inactive"}
    assert all(s.at_ms < consent["at"] for s in suppressions if s.reason == UNSUBSCRIBED)
    assert all(s.at_ms <= now_ms for s in suppressions if s.reason == PAUSED_UNTIL)
    assert made["topic"] is None or "topic:sale" not in reasons
