import pytest

from tests.models.life import NOON_MS, Life


def _decided() -> Life:
    for attempt in range(20):
        life = Life(subscriber=f"sub-{attempt}", deliver=False)
        life.happens("consent", NOON_MS)
        life.happens("profile", NOON_MS + 1, address="a@example.org")
        if life.sent:
            return life
    raise AssertionError("twenty welcomes in a row held")


def test_an_accepted_mail_is_counted_once() -> None:
    life = _decided()
    decision_id = life.sent[0]["decision_id"]
    for number in (1, 2):
        life.happens("delivery", NOON_MS + number, decision_id=decision_id)
    assert life.profile.accepted == 1
    assert life.profile.messages[0].status == "accepted"
    assert life.profile.pending[0].accepted


@pytest.mark.parametrize("order", [("accepted", "bounced"), ("bounced", "accepted")])
def test_a_bounce_takes_an_acceptance_back(order: tuple[str, str]) -> None:
    life = _decided()
    decision_id = life.sent[0]["decision_id"]
    for number, status in enumerate(order):
        life.happens("delivery", NOON_MS + number, decision_id=decision_id, status=status)
    assert life.profile.messages[0].status == "bounced"
    assert life.profile.suppressed == "bounced"
    assert not life.profile.pending[0].accepted


def test_a_complaint_is_not_overwritten_by_a_bounce() -> None:
    life = _decided()
    for number, status in enumerate(["complained", "bounced"]):
        life.happens("delivery", NOON_MS + number, decision_id="any", status=status)
    assert life.profile.suppressed == "complained"


def test_a_status_of_an_unknown_mail_is_fine() -> None:
    life = Life()
    life.happens("delivery", NOON_MS, decision_id="0" * 32)
    assert life.profile.messages == []
    assert life.profile.accepted == 0


@pytest.mark.parametrize(
    ("status", "bounce", "suppressed"),
    [
        ("rejected", "hard", "bounced"),
        ("rejected", None, ""),
        ("bounced", "hard", "bounced"),
        ("bounced", None, "bounced"),
        ("bounced", "soft", ""),
        ("complained", None, "complained"),
    ],
)
def test_a_dead_mailbox_is_one_whoever_says_so_and_a_full_one_is_not(
    status: str, bounce: str | None, suppressed: str
) -> None:
    life = Life()
    life.happens("delivery", NOON_MS, decision_id="d-1", status=status, bounce=bounce)
    assert life.profile.suppressed == suppressed
