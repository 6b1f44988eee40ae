"""Where the programme asks for it, an opt-in counts once it is confirmed, and then at once."""

from typing import Any

import pytest
import yaml

from models.decision.triggers import reachable
from models.errors import ProgrammeError
from models.person import contact
from models.programme.reading import parse_programme
from models.world import World
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, NOON_MS, Life

FORM = {"source": "form", "text_version": "1"}


def world(opt_in: str | None) -> World:
    plain = yaml.safe_load(BUNDLED.read_text(encoding="utf-8"))
    if opt_in is None:
        del plain["settings"]["opt_in"]
    else:
        plain["settings"]["opt_in"] = opt_in
    return World(parse_programme(yaml.safe_dump(plain)).at_once())


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
    assert (life.decisions, life.profile.consent) == ([], {})
    assert life.contact is not None
    assert life.contact["consent"] == {}, "the sender sees no consent either"
    assert life.noticed == [(contact.UNCONFIRMED, "marketing", "")]
    opts_in(life, NOON_MS + HOUR_MS, NOON_MS + HOUR_MS)
    (decision,) = life.decisions
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
