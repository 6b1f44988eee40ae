"""What a person chose in the preference centre is honoured in every decision."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.decision import moment
from models.learning.population import Population
from models.person import choices
from models.person.profile import new_profile
from models.recommend.facts import told
from tests.models.life import DAY_MS, HOUR_MS, MINUTE_MS, NOON_MS, Life, product


def prefers(life: Life, at_ms: int, now_ms: int | None = None, /, **chosen: str) -> None:
    life.happens(
        "consent",
        at_ms,
        now_ms=now_ms,
        action="preferences",
        proof=None,
        preferences={**chosen},
    )


def cart(life: Life, at_ms: int = NOON_MS) -> dict[str, Any]:
    """A cart left alone, and what is decided an hour later."""
    life.profile.flows.clear()
    life.happens("cart", at_ms, product_id="tent-1", category="tents")
    life.pass_time(at_ms + HOUR_MS)
    (decision,) = [d for d in life.decisions if d["decided_at"] == at_ms + HOUR_MS]
    return decision


@pytest.mark.parametrize(
    ("key", "text", "read"),
    [
        ("topics_off", " reminders , WANTED,,reminders", "reminders,wanted"),
        ("topics_off", "", ""),
        ("topics_off", "x" * 25 + ",<script>,ok", "ok"),
        ("frequency", "Weekly", "weekly"),
        ("frequency", "daily", None),
        ("pause_until", "2026-05-01", "2026-05-01"),
        ("pause_until", "2026-02-30", None),
        ("pause_until", "tomorrow", None),
        ("pause_until", "20260501", None),
        ("pause_until", "0001-01-01", None),
        ("track", "no", "no"),
        ("track", "false", None),
        ("personalise", "NO", "no"),
        ("open_pixel", "maybe", None),
    ],
)
def test_what_can_be_read_is_kept(key: str, text: str, read: str | None) -> None:
    assert choices.read(key, text) == read


CHOSEN = st.dictionaries(
    st.sampled_from(choices.KEYS),
    st.sampled_from(["", "no", "yes", "weekly", "monthly", "2026-05-01", "a,b", "rubbish!"]),
)


@given(st.lists(st.tuples(st.integers(0, 5), CHOSEN), max_size=8), st.randoms())
def test_the_newest_of_each_wins_in_whatever_order_they_are_told(
    told: list[tuple[int, dict[str, str]]], rng: Any
) -> None:
    shuffled = list(told)
    rng.shuffle(shuffled)
    found = []
    for order in (told, shuffled):
        profile = new_profile()
        for at_ms, chosen in order:
            choices.tell(chosen, at_ms, profile)
        found.append((choices.shown(profile), profile.impersonal))
    assert found[0] == found[1]


def test_a_newer_event_about_something_else_takes_no_choice_away() -> None:
    life = Life().reachable()
    life.happens("profile", NOON_MS, attributes={"size": "m"})
    prefers(life, NOON_MS - HOUR_MS, NOON_MS + 1, frequency="weekly", theme="dark")
    prefers(life, NOON_MS - 2 * HOUR_MS, NOON_MS + 2, frequency="monthly", track="no")
    assert life.contact is not None
    assert life.contact["preferences"] == {"frequency": "weekly", "track": "no", "theme": "dark"}
    prefers(life, NOON_MS, NOON_MS + 3, track="", frequency="hourly")
    assert life.contact["preferences"] == {"frequency": "weekly", "theme": "dark"}


def test_choices_from_before_they_had_a_time_stay_until_they_are_made_anew() -> None:
    life = Life().reachable()
    assert life.contact is not None
    life.contact = {**life.contact, "preferences": {"frequency": "weekly", "track": "no"}}
    prefers(life, NOON_MS, track="yes")
    assert life.contact["preferences"] == {"frequency": "weekly", "track": "yes"}
    assert choices.every_ms(life.profile) == 7 * DAY_MS


def test_a_topic_that_is_off_is_off_and_no_other() -> None:
    life = Life().reachable()
    prefers(life, NOON_MS - 1, topics_off="reminders")
    decision = cart(life)
    assert (decision["reasons"], decision["topic"]) == (["topic_off"], "reminders")
    prefers(life, NOON_MS + 2 * HOUR_MS, topics_off="wanted")
    assert cart(life, NOON_MS + 3 * HOUR_MS)["reasons"] == ["chosen"]


@pytest.mark.parametrize(("chosen", "days"), [("weekly", 7), ("monthly", 30)])
def test_a_mail_a_week_or_a_month_is_the_most(chosen: str, days: int) -> None:
    life = Life().reachable()
    prefers(life, NOON_MS - 1, frequency=chosen)
    at_ms = NOON_MS
    while not life.sent:  # now and then it holds to explore
        cart(life, at_ms)
        at_ms += 2 * HOUR_MS
    sent_ms = life.sent[0]["decided_at"]
    assert "frequency" in cart(life, sent_ms + (days - 1) * DAY_MS)["reasons"]
    assert cart(life, sent_ms + days * DAY_MS)["reasons"] == ["chosen"]


def test_a_pause_ends_as_its_day_begins_where_the_person_is() -> None:
    profile = new_profile()
    choices.tell({"pause_until": "2023-11-16"}, NOON_MS, profile)
    # Noon in Berlin on 15 November is midnight of the 16th in Auckland (UTC+13).
    assert choices.paused(profile, NOON_MS, "Europe/Berlin")
    assert choices.paused(profile, NOON_MS - 1, "Pacific/Auckland")
    assert not choices.paused(profile, NOON_MS, "Pacific/Auckland")
    assert not choices.paused(profile, NOON_MS + 12 * HOUR_MS, "Europe/Berlin")


@pytest.mark.parametrize("zone", ["Not/AZone", "../../etc/passwd", "Europe", "\x00", "x" * 500])
def test_a_time_zone_that_does_not_exist_is_the_programmes(zone: str) -> None:
    life = Life().reachable()
    life.happens("profile", NOON_MS - 2, time_zone=zone)
    prefers(life, NOON_MS - 1, pause_until="2023-11-16")
    assert cart(life)["reasons"] == ["paused_by_person"]


def test_what_is_owed_heeds_no_choice() -> None:
    from tests.models.decision.test_owed import buys, orders, someone

    life = someone()
    prefers(life, NOON_MS - 1, pause_until="2099-01-01", frequency="monthly", personalise="no")
    buys(life, NOON_MS)
    buys(life, NOON_MS + 1, "o-2")
    assert [decision["action"] for decision in orders(life)] == ["send", "send"]


def shopper(**chosen: str) -> Life:
    """Somebody of many tents, and what everybody likes is a rope."""
    life = Life().reachable()
    life.world.catalog.put(product("tent-1"))
    life.world.catalog.put(product("tent-2"))
    life.world.catalog.put(product("rope-1", category="ropes", rating=5.0))
    if chosen:
        prefers(life, NOON_MS - 30 * DAY_MS, **chosen)
    for day in range(5):
        life.happens("browse", NOON_MS - (9 - day) * DAY_MS, category="tents", product_id="tent-9")
    return life


def test_without_personalising_no_mail_is_about_what_they_did() -> None:
    decision = cart(shopper(personalise="no"))
    assert decision["reasons"] == ["not_personal"]
    assert cart(shopper())["reasons"] == ["chosen"]


def test_without_personalising_a_decision_sees_nothing_that_they_did() -> None:
    anybody, life = shopper(personalise="no"), shopper(personalise="no")
    for seen in (anybody, life):
        seen.profile.armed.clear()
    life.happens("purchase", NOON_MS - 5 * DAY_MS, total=500.0)
    anybody.happens("purchase", NOON_MS - 5 * DAY_MS, total=20.0)
    life.profile.weights = {"bias": 2.0}
    told = []
    for one in (life, anybody):
        one.pass_time(NOON_MS)
        (decision,) = [d for d in one.decisions if d["flow"] == "post_purchase_cross_sell"]
        assert "tent-9" not in str(decision)
        assert decision["attributes"].get("last_category") is None
        assert moment.from_bytes(decision["replay"]).models.weights == {}
        told.append(decision["features"])
    assert told[0] == told[1], "who spends much is seen as who spends little"


def test_without_personalising_nothing_is_learned_of_them() -> None:
    life = shopper(personalise="no")
    life.profile.weights = {}
    life.happens("purchase", NOON_MS - 5 * DAY_MS, total=20.0)
    life.pass_time(NOON_MS + 60 * DAY_MS)
    since = NOON_MS - 10 * DAY_MS
    found = [o for o in life.outcomes if o["decided_at"] > since]
    assert found
    assert not any(o["evidence"] for o in found)
    assert (life.profile.weights, life.profile.cluster) == ({}, -1)
    assert not [record for name, record in life.emitted if name == "label"]
    browse = {"occurred_at": NOON_MS, "product_id": "tent-1", "session_id": None}
    assert told("browse", browse, life.profile, "sub-1") is None
    prefers(life, NOON_MS + 60 * DAY_MS, personalise="yes")
    assert told("browse", browse, life.profile, "sub-1") is not None


def test_untracked_no_click_is_expected_and_nothing_is_learned_of_that() -> None:
    life = Life().reachable()
    life.profile.weights = {}
    prefers(life, NOON_MS - 1, track="no")
    decision = cart(life)
    assert decision["reasons"] == ["chosen"]
    life.pass_time(NOON_MS + 10 * DAY_MS)
    (outcome,) = [o for o in life.outcomes if o["decision_id"] == decision["decision_id"]]
    assert not outcome["evidence"]
    assert not Population().learn(outcome)
    assert life.profile.weights == {}


def test_what_is_chosen_while_an_outcome_is_awaited_counts_for_it_too() -> None:
    life = Life().reachable()
    decision = cart(life)
    prefers(life, NOON_MS + DAY_MS, personalise="no")
    life.pass_time(NOON_MS + 10 * DAY_MS)
    (outcome,) = [o for o in life.outcomes if o["decision_id"] == decision["decision_id"]]
    assert not outcome["evidence"]


def test_what_was_chosen_before_it_was_known_who_they_are_comes_along() -> None:
    guest = Life(subscriber="anon:cookie-1")
    who: dict[str, Any] = {"subscriber_id": None, "anonymous_id": "cookie-1"}
    guest.happens("browse", NOON_MS, **who)
    guest.happens(
        "consent",
        NOON_MS,
        action="preferences",
        proof=None,
        preferences={"personalise": "no", "track": "yes"},
        **who,
    )
    guest.happens("identify", NOON_MS + 1, subscriber_id="sub-1", anonymous_id="cookie-1")
    (merge,) = [record for name, record in guest.emitted if name == "merge"]
    life = Life().reachable()
    prefers(life, NOON_MS + MINUTE_MS, track="no")
    life.apply("merge", merge, NOON_MS + 2 * MINUTE_MS)
    assert life.profile.impersonal
    assert life.contact is not None
    assert life.contact["preferences"] == {"personalise": "no", "track": "no"}
