"""Machines' clicks: by name, by haste, by many links at once; and people's, which stay."""

from typing import Any

import pytest

from models import decay
from models.feedback import outcomes
from models.feedback.machines import (
    BURST_MS,
    EARLY_MS,
    SCANNED_EARLY_MS,
    SCANNED_MEMORY_MS,
)
from models.person.past import Message
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
SENT_MS = NOON_MS
READ_MS = SENT_MS + 10 * 60_000


def mailed(status: str = "accepted", mails: int = 1) -> Life:
    """Someone whose mails, an hour apart, have been accepted; ids are 00…, 11…, and so on."""
    life = Life().reachable()
    life.profile.messages.clear()
    for number in range(mails):
        sent_ms = SENT_MS + number * HOUR_MS
        expires_ms = sent_ms + 4 * HOUR_MS
        identity = str(number) * 16
        life.profile.messages.append(
            Message(identity, "reminder/none", "cart_abandonment", sent_ms, expires_ms, status)
        )
    return life


@pytest.mark.parametrize("machine", ["head", "prefetch", "agent", "burst"])
def test_what_was_seen_as_the_link_was_followed_is_believed(machine: str) -> None:
    life = mailed()
    life.happens(
        "click",
        READ_MS,
        decision_id="0" * 32,
        url="a",
        user_agent=BROWSER,
        category="tents",
        machine=machine,
    )
    assert counts(life) == (0, 1)
    assert life.profile.last_click_ms == 0
    assert not life.profile.categories
    assert "click_follow_up" not in life.profile.armed


def clicked(life: Life, at_ms: int, url: str | None = "a", mail: int = 0) -> None:
    identity = str(mail) * 32
    life.happens(
        "click", at_ms, decision_id=identity, url=url, user_agent=BROWSER, category="tents"
    )


def counts(life: Life) -> tuple[int, int]:
    assert sum(m.clicks for m in life.profile.messages) == life.profile.clicks
    return life.profile.clicks, life.profile.machine_clicks


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        # Milliseconds after acceptance and the link, then clicks of the person and of machines.
        ([(-3_000, "a")], (0, 1)),
        ([(0, "a")], (0, 1)),
        ([(EARLY_MS - 1, "a")], (0, 1)),
        ([(EARLY_MS, "a")], (1, 0)),
        ([(3_000, "a"), (3_400, "a"), (600_000, "a")], (1, 2)),
        ([(600_000, "a"), (600_000 + BURST_MS, "b")], (0, 2)),
        ([(600_000, "a"), (600_001 + BURST_MS, "b")], (2, 0)),
        ([(600_000, "a"), (601_500, "b"), (603_000, "c"), (604_500, "a")], (0, 4)),
        ([(600_000, "b"), (599_500, "a")], (0, 2)),
        ([(600_000, "a"), (600_300, "a")], (2, 0)),
        ([(600_000, "a"), (600_300, "a"), (600_600, "b")], (0, 3)),
        ([(600_000, None), (600_300, None)], (0, 2)),
        ([(EARLY_MS - 1, "a"), (EARLY_MS + 1, "b")], (0, 2)),
    ],
)
def test_haste_and_many_links_at_once(
    times: list[tuple[int, str | None]], expected: tuple[int, int]
) -> None:
    life = mailed()
    for after_ms, url in times:
        clicked(life, SENT_MS + after_ms, url)
    assert counts(life) == expected


@pytest.mark.parametrize("machine", ["head", "prefetch", "agent", "burst"])
def test_what_web_saw_to_be_a_machine_earns_nothing(machine: str) -> None:
    life = mailed()
    before = life.profile.activity
    told: dict[str, Any] = {
        "decision_id": "0" * 32,
        "url": "a",
        "user_agent": BROWSER,
        "machine": machine,
    }
    life.happens("click", READ_MS, category="tents", **told)
    assert counts(life) == (0, 1)
    assert life.profile.activity == before
    assert (life.profile.scanned_ms > 0) is (machine != "prefetch")


def test_a_reader_whose_program_fetches_ahead_still_clicks() -> None:
    life = mailed()
    told: dict[str, Any] = {"decision_id": "0" * 32, "url": "a", "user_agent": BROWSER}
    life.happens("click", READ_MS, machine="prefetch", **told)
    clicked(life, READ_MS + 900, "a")
    assert counts(life) == (1, 1)


def test_a_mailbox_known_to_be_scanned_is_given_longer() -> None:
    life = mailed(mails=3)
    second_ms, third_ms = (message.sent_ms for message in life.profile.messages[1:])
    clicked(life, READ_MS, "a")
    clicked(life, READ_MS + 500, "b")
    clicked(life, second_ms + SCANNED_EARLY_MS - 1, mail=1)
    assert counts(life) == (0, 3)
    clicked(life, third_ms + SCANNED_EARLY_MS, mail=2)
    assert counts(life) == (1, 3)


def test_a_scan_long_ago_is_forgotten() -> None:
    life = mailed()
    life.profile.scanned_ms = SENT_MS + EARLY_MS - SCANNED_MEMORY_MS
    clicked(life, SENT_MS + EARLY_MS)
    assert counts(life) == (1, 0)


def test_two_mails_read_at_once_are_no_machine() -> None:
    life = mailed(mails=2)
    clicked(life, READ_MS + HOUR_MS, "a", mail=0)
    clicked(life, READ_MS + HOUR_MS + 300, "b", mail=1)
    assert counts(life) == (2, 0)


def test_a_click_told_before_the_acceptance_is_judged_by_it() -> None:
    life = mailed(status="")
    clicked(life, READ_MS + 3_000)
    assert counts(life) == (1, 0)
    life.happens("delivery", READ_MS, decision_id="0" * 32)
    assert counts(life) == (0, 1)
    clicked(life, READ_MS + HOUR_MS)
    assert counts(life) == (1, 1)


def test_what_is_taken_back_leaves_the_profile_as_if_it_had_never_been() -> None:
    def lived(*machine_ms: int) -> Life:
        life = mailed(mails=2)
        life.happens("browse", SENT_MS - DAY_MS, category="ropes", price=5.0)
        clicked(life, READ_MS, mail=0)
        for at_ms in machine_ms:
            clicked(life, at_ms, str(at_ms), mail=1)
        return life

    at_ms = SENT_MS + 2 * HOUR_MS
    profile, never = lived(at_ms, at_ms + 700).profile, lived().profile
    assert profile.machine_clicks == 2
    assert profile.activity == pytest.approx(never.activity)
    assert profile.categories == pytest.approx(never.categories)
    assert (profile.reads, profile.visits) == (never.reads, never.visits)
    for field in ("clicks", "last_ms", "last_click_ms", "armed", "messages", "weights"):
        assert getattr(profile, field) == getattr(never, field), field


def test_a_machine_keeps_no_flow_from_starting_and_starts_none() -> None:
    life = mailed()
    assert "flow:win_back" not in life.timers
    clicked(life, SENT_MS + 100)
    assert "flow:win_back" not in life.timers
    clicked(life, READ_MS, "a")
    assert "flow:win_back" in life.timers
    clicked(life, READ_MS + 100, "b")
    assert "flow:win_back" not in life.timers
    assert "win_back" not in life.profile.armed


def test_a_flow_that_waited_before_waits_as_if_the_machine_had_not_come() -> None:
    life = mailed()
    life.happens("browse", SENT_MS - HOUR_MS)
    clicked(life, READ_MS, "a")
    assert life.profile.armed["win_back"].trigger_ms == READ_MS
    clicked(life, READ_MS + 100, "b")
    assert life.profile.armed["win_back"].trigger_ms == SENT_MS - HOUR_MS


def test_a_level_is_lowered_by_what_raised_it() -> None:
    level = decay.raised(decay.EMPTY, 3.0, NOON_MS, DAY_MS)
    more = decay.raised(level, 2.0, NOON_MS + HOUR_MS, DAY_MS)
    assert decay.lowered(more, 2.0, NOON_MS + HOUR_MS, DAY_MS) == pytest.approx(level)
    assert decay.lowered(level, 3.0, NOON_MS, DAY_MS) == decay.EMPTY
    assert decay.lowered(level, 4.0, NOON_MS, DAY_MS) == decay.EMPTY
    assert decay.lowered(decay.EMPTY, 1.0, NOON_MS, DAY_MS) == decay.EMPTY
    assert decay.lowered(level, 0.0, NOON_MS, DAY_MS) == level


def test_an_order_after_a_machines_click_is_credited_to_no_mail() -> None:
    life = mailed()
    clicked(life, SENT_MS + 5_000)
    policy = life.world.policy
    assert outcomes._earner(life.profile, READ_MS, policy) is None
    clicked(life, READ_MS)
    found = outcomes._earner(life.profile, READ_MS + 1, policy)
    assert found is not None
    assert found.decision == "0" * 16


def test_after_a_machine_s_click_it_is_the_wish_that_was_the_last_sign_of_life() -> None:
    life = mailed()
    wished_ms = READ_MS - HOUR_MS
    life.happens("wish", wished_ms, product_id="tent-1")
    clicked(life, READ_MS)
    assert life.profile.last_ms == READ_MS
    clicked(life, READ_MS + BURST_MS, url="b")  # two links at once: neither was a person's
    assert (life.profile.clicks, life.profile.last_ms) == (0, wished_ms)
    assert life.profile.last_wish_ms == wished_ms
    assert life.profile.armed["win_back"].trigger_ms == wished_ms
