from models.person.dedupe import WINDOW, first_time, knows
from models.person.profile import new_profile


def test_a_repeat_is_recognised_within_the_window() -> None:
    profile = new_profile()
    ids = [f"event-{number}" for number in range(WINDOW)]
    assert all(first_time(profile, event_id) for event_id in ids)
    assert not any(first_time(profile, event_id) for event_id in ids)


def test_the_window_is_bounded_and_forgets_the_oldest() -> None:
    profile = new_profile()
    for number in range(10 * WINDOW):
        first_time(profile, f"event-{number}")
    assert len(profile.dedupe) == 8 * WINDOW
    assert first_time(profile, "event-0")
    assert not first_time(profile, f"event-{10 * WINDOW - 1}")


def test_a_hash_across_two_others_is_no_repeat() -> None:
    profile = new_profile()
    first_time(profile, "wanted")
    wanted = profile.dedupe
    profile.dedupe = b"\x01\x02\x03" + wanted + b"\x04\x05\x06\x07\x08"
    assert first_time(profile, "wanted")
    profile.dedupe = bytes(8) + wanted
    assert not first_time(profile, "wanted")


def test_asking_remembers_nothing() -> None:
    profile = new_profile()
    assert not knows(profile, "e1")
    assert not knows(profile, "e1")
    first_time(profile, "e1")
    window = profile.dedupe
    assert knows(profile, "e1")
    assert profile.dedupe == window
    profile.dedupe = b"\x01\x02\x03" + window + b"\x04\x05\x06\x07\x08"
    assert not knows(profile, "e1")


def test_any_text_is_an_id() -> None:
    profile = new_profile()
    assert first_time(profile, "ü" * 300)
    assert not first_time(profile, "ü" * 300)
