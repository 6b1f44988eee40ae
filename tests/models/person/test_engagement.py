"""Who engages goes first; who was mailed a lot and did nothing for long gets no marketing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.person import engagement
from models.person.past import Consent
from models.person.profile import Profile
from models.programme.streams import Unengaged
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life

LIMITS = Unengaged(5, 100 * DAY_MS)


def ignored(mails: int, days: int) -> Life:
    """Somebody who last did something `days` ago and got so many mails since."""
    life = Life().reachable(NOON_MS - 500 * DAY_MS)
    life.world.programme = replace(life.world.programme, unengaged=LIMITS)
    life.happens("browse", NOON_MS - days * DAY_MS, category="tents")
    for number in range(mails):
        engagement.mailed(life.profile, NOON_MS - days * DAY_MS + (number + 1) * HOUR_MS)
    return life


def welcome_again(life: Life, flow: str) -> list[str]:
    """Why a flow holds or sends now."""
    from models.decision.due import decide_now
    from models.decision.moment import TriggerSeen
    from models.step import Step

    step = Step("sub-1", NOON_MS)
    seen = TriggerSeen("event", "event-x", NOON_MS)
    decide_now(life.world.programme.flows[flow], seen, NOON_MS, life.profile, step, life.world)
    (decision,) = [record for name, record in step.emitted if name == "decision"]
    reasons: list[str] = decision["reasons"]
    return reasons


def test_mailed_a_lot_and_nothing_for_long_ends_marketing_but_winning_back() -> None:
    assert welcome_again(ignored(5, 100), "welcome") == ["unengaged"]
    assert welcome_again(ignored(5, 100), "win_back") == ["chosen"]


@pytest.mark.parametrize(("mails", "days"), [(4, 400), (40, 99)])
def test_few_mails_or_a_short_time_do_not(mails: int, days: int) -> None:
    assert welcome_again(ignored(mails, days), "welcome") == ["chosen"]


@pytest.mark.parametrize("what", ["browse", "purchase", "click", "consent"])
def test_whoever_engages_is_mailed_again(what: str) -> None:
    life = ignored(9, 200)
    if what == "consent":
        proof = {"source": "form", "text_version": "1", "confirmed_at": NOON_MS - DAY_MS}
        life.happens("consent", NOON_MS - DAY_MS, proof=proof)
    else:
        life.happens(what, NOON_MS - DAY_MS)
    assert welcome_again(life, "welcome") == ["chosen"]


def test_a_machines_click_is_no_engagement() -> None:
    life = ignored(9, 200)
    life.happens("click", NOON_MS - DAY_MS, machine="prefetch")
    assert welcome_again(life, "welcome") == ["unengaged"]


def test_who_is_not_to_be_tracked_may_read_unseen() -> None:
    life = ignored(9, 200)
    life.happens(
        "consent", NOON_MS - 1, action="preferences", proof=None, preferences={"track": "no"}
    )
    assert welcome_again(life, "welcome") == ["chosen"]


def test_only_accepted_marketing_mails_since_the_last_sign_count() -> None:
    life = Life(deliver=False).reachable()
    sent = 0
    for number in range(6):
        life.profile.flows.clear()
        at_ms = NOON_MS + number * 8 * DAY_MS
        life.happens("cart", at_ms, product_id="tent-1")
        life.pass_time(at_ms + HOUR_MS)
        decision = life.decisions[-1]
        if decision["action"] == "send":
            sent = 1
            told = {"decision_id": decision["decision_id"]}
            life.happens("delivery", at_ms + 2 * HOUR_MS, **told)
            life.happens("delivery", at_ms + 2 * HOUR_MS, **told)
        assert engagement.unanswered(life.profile) <= 1, "each cart is a sign of life"
    assert sent
    assert engagement.unanswered(life.profile) == int(life.sent[-1] is life.decisions[-1])


def test_a_mail_that_came_back_was_not_ignored() -> None:
    life = Life(deliver=False).reachable()
    while not life.sent:
        life.profile.flows.clear()
        life.happens("cart", life.now_ms + HOUR_MS, product_id="tent-1")
        life.pass_time(life.now_ms + HOUR_MS)
    told = {"decision_id": life.sent[0]["decision_id"]}
    life.happens("delivery", life.now_ms + 1, **told)
    assert (life.profile.accepted, engagement.unanswered(life.profile)) == (1, 1)
    life.happens("delivery", life.now_ms + 2, status="bounced", bounce="soft", **told)
    assert (life.profile.accepted, engagement.unanswered(life.profile)) == (0, 0)


PEOPLE = st.builds(
    Profile, last_ms=st.integers(0, NOON_MS + DAY_MS), activity=st.floats(-40.0, NOON_MS / 6e8)
)


@given(PEOPLE, st.one_of(st.none(), st.integers(0, NOON_MS)))
def test_it_is_a_share_in_thousandths(profile: Profile, opted_in_ms: int | None) -> None:
    if opted_in_ms is not None:
        profile.consent["marketing"] = Consent(granted=True, at_ms=opted_in_ms)
    found = engagement.score(profile, "marketing", NOON_MS)
    assert 0.0 <= found <= 1.0
    assert found == round(found, 3)


def test_lately_and_often_is_more_and_a_new_opt_in_is_engaged() -> None:
    def score(days: int, visits: int) -> float:
        life = Life().reachable(NOON_MS - 300 * DAY_MS)
        for number in range(visits):
            life.happens("browse", NOON_MS - days * DAY_MS - number)
        return engagement.score(life.profile, "marketing", NOON_MS)

    assert score(0, 9) > score(0, 1) > score(10, 1) > score(60, 1) > score(200, 1) > 0.0
    new = Profile()
    new.consent["marketing"] = Consent(granted=True, at_ms=NOON_MS - HOUR_MS)
    assert engagement.score(new, "marketing", NOON_MS) == pytest.approx(0.7, abs=0.01)
    assert engagement.score(Profile(), "marketing", NOON_MS) == 0.0


def test_a_decision_says_how_engaged_they_are() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.pass_time(NOON_MS + HOUR_MS)
    assert life.decisions[-1]["engagement"] > 0.7
