from models import bounds
from models.person.messages import became, counted_since, find, remember
from models.person.past import Message
from models.person.profile import new_profile


def _message(number: int, status: str = "") -> Message:
    return Message(f"{number:016}", "reminder/none", "cart", number, number + 10, status)


def test_the_newest_are_kept_and_those_that_never_arrived_go_first() -> None:
    profile = new_profile()
    for number in range(bounds.MESSAGES):
        remember(profile, _message(number, "expired" if number == 5 else "accepted"))
    remember(profile, _message(100))
    assert len(profile.messages) == bounds.MESSAGES
    assert find(profile, f"{5:016}ffff") is None
    remember(profile, _message(101))
    assert find(profile, f"{0:016}ffff") is None
    assert find(profile, f"{101:016}ffff") is profile.messages[-1]


def test_no_id_finds_nothing() -> None:
    assert find(new_profile(), None) is None
    assert find(new_profile(), "") is None


def test_a_status_only_changes_for_one_that_says_more() -> None:
    message = _message(1)
    assert became(message, "unknown", 2)
    assert became(message, "accepted", 3)
    assert message.sent_ms == 3
    assert not became(message, "unknown", 4)
    assert not became(message, "expired", 4)
    assert not became(message, "accepted", 5)
    assert became(message, "complained", 6)
    assert not became(message, "bounced", 7)
    assert message.status == "complained"
    assert message.sent_ms == 3


def test_what_counts_for_the_caps() -> None:
    profile = new_profile()
    for number, status in enumerate(["accepted", "rejected", "unknown", "complained", ""]):
        remember(profile, _message(100 + number, status))
    assert counted_since(profile, 0, 105) == 4
    assert counted_since(profile, 0, 114) == 3, "the one under way has expired"
    assert counted_since(profile, 100, 114) == 2
