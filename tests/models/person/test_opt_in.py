"""Where the programme asks for it, an opt-in counts once it is confirmed, and then at once."""

from typing import Any

import pytest

from models.decision.triggers import reachable
from models.errors import ProgrammeError
from models.person import contact
from models.step import Record
from models.world import World
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, MINUTE_MS, NOON_MS, Life
from tests.models.programmes import plain_of, programme_of_plain

FORM = {"source": "form", "text_version": "1"}


def world(opt_in: str | None) -> World:
    plain = plain_of(BUNDLED.read_text(encoding="utf-8"))
    if opt_in is None:
        del plain["settings"]["opt_in"]
    else:
        plain["settings"]["opt_in"] = opt_in
    return World(programme_of_plain(plain).at_once())


def someone(opt_in: str | None = "confirmed") -> Life:
    life = Life(world(opt_in))
    life.happens("profile", NOON_MS - HOUR_MS, address="a@example.org")
    return life


def opts_in(life: Life, at_ms: int, confirmed_ms: int | None, **more: Any) -> None:
    life.happens("consent", at_ms, proof={**FORM, "confirmed_at": confirmed_ms}, **more)


def test_the_welcome_comes_at_the_confirmation_and_not_before() -> None:
    life = Life(world("confirmed"))
    life.happens("profile", NOON_MS - HOUR_MS, address="a@example.org")
    opts_in(life, NOON_MS, None)
    assert ([d["flow"] for d in life.decisions], life.profile.consent) == (["confirm_opt_in"], {})
    assert life.contact is not None
    assert life.contact["consent"] == {}, "the sender sees no consent either"
    assert life.noticed == [(contact.UNCONFIRMED, "marketing", "")]
    opts_in(life, NOON_MS + HOUR_MS, NOON_MS + HOUR_MS)
    (_, decision) = life.decisions
    assert (decision["flow"], decision["decided_at"]) == ("welcome", NOON_MS + HOUR_MS)
    assert life.contact["consent"]["marketing"]["at"] == NOON_MS + HOUR_MS


def test_a_confirmation_that_comes_late_with_the_time_of_the_form_is_not_too_late() -> None:
    life = someone()
    opts_in(life, NOON_MS, NOON_MS + 3 * DAY_MS, now_ms=NOON_MS + 3 * DAY_MS + 100)
    (decision,) = life.decisions
    assert decision["reasons"] == ["chosen"]
    assert decision["trigger"]["at"] == NOON_MS + 3 * DAY_MS
    assert life.profile.consent["marketing"].at_ms == NOON_MS + 3 * DAY_MS


def test_consent_confirmed_by_a_clock_that_runs_ahead_counts_from_now() -> None:
    life = someone()
    opts_in(life, NOON_MS, NOON_MS + HOUR_MS)
    assert life.profile.consent["marketing"].at_ms == NOON_MS
    life.happens("consent", NOON_MS + 1, action="opt_out", proof=None)
    assert not reachable(life.profile, life.world)


MICROSECONDS = 1000


def test_a_time_of_confirmation_that_is_none_makes_an_old_opt_in_no_newer() -> None:
    life = someone("single")
    life.happens("consent", NOON_MS + 1, action="opt_out", proof=None)
    opts_in(life, NOON_MS, NOON_MS * MICROSECONDS, now_ms=NOON_MS + HOUR_MS)
    assert not reachable(life.profile, life.world)
    assert life.decisions == []


@pytest.mark.parametrize("ahead_ms", [HOUR_MS, NOON_MS * MICROSECONDS])
def test_what_waits_for_consent_starts_now_whatever_the_time_of_confirmation(ahead_ms: int) -> None:
    life = someone()
    opts_in(life, NOON_MS, NOON_MS + ahead_ms)
    (decision,) = life.decisions
    assert decision["trigger"]["at"] == NOON_MS
    assert life.profile.flows == {"welcome": NOON_MS}


def test_an_opt_in_that_is_not_confirmed_overcomes_no_withdrawal_and_ends_no_consent() -> None:
    life = someone()
    opts_in(life, NOON_MS, NOON_MS)
    opts_in(life, NOON_MS + 1, None)
    assert reachable(life.profile, life.world)
    life.happens("consent", NOON_MS + 2, action="opt_out", proof=None)
    opts_in(life, NOON_MS + 3, None)
    assert not reachable(life.profile, life.world)


@pytest.mark.parametrize("opt_in", ["single", None])
def test_where_it_is_not_asked_for_consent_counts_as_it_is_given(opt_in: str | None) -> None:
    life = someone(opt_in)
    opts_in(life, NOON_MS, None)
    assert [d["flow"] for d in life.decisions] == ["welcome"]


def test_other_purposes_than_that_of_mail_need_no_confirmation() -> None:
    life = someone()
    opts_in(life, NOON_MS, None, purpose="surveys")
    assert life.profile.consent["surveys"].granted


def test_another_kind_of_opt_in_is_refused_with_the_kinds_there_are() -> None:
    with pytest.raises(ProgrammeError) as caught:
        world("double")
    assert "settings.opt_in: Input should be 'single' or 'confirmed'" in str(caught.value)


def asked(life: Life) -> list[Record]:
    """The mails that ask for a confirmation."""
    return [d for d in life.sent if d["flow"] == "confirm_opt_in"]


def test_who_opts_in_is_asked_at_once_whether_they_mean_it() -> None:
    life = someone()
    night_ms = NOON_MS + 11 * HOUR_MS
    opts_in(life, night_ms, None)
    (decision,) = asked(life)
    assert (decision["decided_at"], decision["expires_at"]) == (night_ms, night_ms + DAY_MS)
    assert (decision["message"], decision["kind"]) == ("confirm_opt_in", "transactional")
    assert decision["stream"] == "transactional"
    assert decision["resend_unknown"]
    assert decision["content"] == {
        "purpose": "marketing",
        "text_version": "1",
        "promise_content": life.world.programme.promise.content,
        "promise_frequency": "at most 3 mails a week",
    }


def test_a_form_told_before_the_address_is_asked_about_once_that_is_told() -> None:
    life = Life(world("confirmed"))
    opts_in(life, NOON_MS, None)
    life.happens("profile", NOON_MS + MINUTE_MS, address="a@example.org")
    life.pass_time(NOON_MS + MINUTE_MS)
    assert [d["decided_at"] for d in asked(life)] == [NOON_MS + MINUTE_MS]


def test_nobody_is_bombed_with_mails_that_others_ask_for() -> None:
    life = someone()
    for minute in range(0, 60 * 24 * 10, 7):  # for ten days a form every seven minutes
        opts_in(life, NOON_MS + minute * MINUTE_MS, None)
    times = [d["decided_at"] for d in asked(life)]
    assert len(times) == 3
    assert times[1] - times[0] >= 10 * MINUTE_MS, "a form sent twice is one"
    opts_in(life, NOON_MS + 31 * DAY_MS, None)
    assert len(asked(life)) == 4


def test_who_has_consented_complained_or_withdrawn_since_is_not_asked() -> None:
    life = someone()
    opts_in(life, NOON_MS, NOON_MS)
    opts_in(life, NOON_MS + 1, None)
    assert asked(life) == [], "consent stands"
    life = someone()
    life.happens("delivery", NOON_MS, decision_id="x", status="complained")
    opts_in(life, NOON_MS + 1, None)
    assert asked(life) == [], "they would get nothing by it either"
    life = someone()
    life.happens("consent", NOON_MS + 1, action="opt_out", proof=None)
    opts_in(life, NOON_MS, None, now_ms=NOON_MS + 2)
    assert asked(life) == [], "they took it back"
    opts_in(life, NOON_MS + 3, None)
    assert len(asked(life)) == 1, "and meant it again"


@pytest.mark.parametrize("ends", ["opt_in", "opt_out"])
def test_what_waits_for_an_address_ends_when_it_is_settled(ends: str) -> None:
    life = Life(world("confirmed"))
    opts_in(life, NOON_MS, None)
    assert "confirm_opt_in" in life.profile.armed
    proof = {**FORM, "confirmed_at": NOON_MS + 1} if ends == "opt_in" else None
    life.happens("consent", NOON_MS + 1, action=ends, proof=proof)
    life.happens("profile", NOON_MS + 2, address="a@example.org")
    life.pass_time(NOON_MS + 2 * DAY_MS)
    assert asked(life) == []


def test_what_somebody_unknown_filled_in_asks_nobody_they_turn_out_to_be() -> None:
    guest = Life(world("confirmed"), subscriber="anon:cookie-1")
    who: dict[str, Any] = {"subscriber_id": None, "anonymous_id": "cookie-1"}
    guest.happens("browse", NOON_MS, **who)
    opts_in(guest, NOON_MS, None, **who)
    guest.happens("identify", NOON_MS + 1, subscriber_id="sub-1", anonymous_id="cookie-1")
    (merge,) = [record for name, record in guest.emitted if name == "merge"]
    known = someone()
    known.apply("merge", merge, NOON_MS + 2)
    known.pass_time(NOON_MS + 2 * DAY_MS)
    assert asked(known) == []


def test_a_replay_of_old_forms_asks_nobody() -> None:
    life = someone()
    opts_in(life, NOON_MS, None, now_ms=NOON_MS + 3 * DAY_MS)
    (decision,) = life.decisions
    assert (decision["action"], decision["reasons"]) == ("hold", ["too_late"])
