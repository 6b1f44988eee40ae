from typing import Any

import pytest

from senders.handover.gate import UNTRUE, Go, Refused, Wait, check
from senders.recipients.address import AllowList
from senders.recipients.suppression import PERMANENT_FAILURE, UNSUBSCRIBED, Suppression
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
) -> Go | Refused | Wait:
    return check(who or contact(), decision(), suppressions, pauses, allowed, now_ms, untrue=untrue)


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


@pytest.mark.parametrize("pause", ["all", "flow:cart_abandonment"])
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
