import pytest

from senders.recipients.standing import standing
from senders.recipients.suppression import (
    MARKETING,
    PAUSED_UNTIL,
    PERMANENT_FAILURE,
    TRANSACTIONAL,
    UNSUBSCRIBED,
    Suppression,
    blocks,
)

NOW = 1_000


def holds(suppression: Suppression, kind: str = MARKETING, topic: str | None = None) -> bool:
    return standing([suppression], kind, topic, NOW - 100, NOW) is not None


@pytest.mark.parametrize("reason", [PERMANENT_FAILURE, "manual", "imported", "of a later release"])
def test_what_is_not_about_marketing_alone_holds_back_all_mail(reason: str) -> None:
    assert blocks(reason, MARKETING)
    assert blocks(reason, TRANSACTIONAL)
    assert holds(Suppression(reason, 0), TRANSACTIONAL)


@pytest.mark.parametrize(
    "reason", [UNSUBSCRIBED, "complaint", "not_engaged", PAUSED_UNTIL, "topic:sale"]
)
def test_what_is_said_to_promotions_holds_back_no_other_mail(reason: str) -> None:
    assert blocks(reason, MARKETING)
    assert not blocks(reason, TRANSACTIONAL)
    assert not holds(Suppression(reason, NOW + 1), TRANSACTIONAL, "sale")


def test_a_kind_that_is_not_known_counts_as_marketing() -> None:
    assert blocks(UNSUBSCRIBED, "transactionally")


def test_a_person_pauses_until_then_and_no_longer() -> None:
    assert holds(Suppression(PAUSED_UNTIL, NOW + 1))
    assert not holds(Suppression(PAUSED_UNTIL, NOW))


def test_a_topic_turned_off_holds_back_that_topic_alone() -> None:
    off = Suppression("topic:sale", NOW)
    assert holds(off, topic="sale")
    assert not holds(off, topic="news")
    assert not holds(off, topic=None)


def test_what_does_not_hold_hides_nothing_behind_it() -> None:
    both = [Suppression(UNSUBSCRIBED, 0), Suppression(PERMANENT_FAILURE, 0)]
    found = standing(both, MARKETING, None, NOW, NOW)
    assert found is not None
    assert found.reason == PERMANENT_FAILURE
