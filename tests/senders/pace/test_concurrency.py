"""The window of dialogues: opens by ones, halves on failures, once for all that began before."""

from hypothesis import given
from hypothesis import strategies as st

from senders.pace.concurrency import FIRST, LONGEST_DELAY_SECONDS, Window


def test_it_opens_by_one_for_a_window_of_successes() -> None:
    window = Window(10)
    assert window.allowed == FIRST
    for expected in (6, 7, 8):
        while window.allowed < expected:
            before = window.allowed
            window.succeeded()
            assert window.allowed <= before + 1
    successes = 0
    while window.allowed < 9:
        window.succeeded()
        successes += 1
    assert 8 <= successes <= 9


def test_a_broken_moment_halves_it_once() -> None:
    window = Window(16, size=16.0)
    for _ in range(10):
        window.failed(began=1.0, now=2.0, connecting=False)
    assert window.allowed == 8
    window.failed(began=2.5, now=3.0, connecting=False)
    assert window.allowed == 4


def test_it_never_closes_and_waits_longer_before_each_attempt_to_connect() -> None:
    window = Window(4)
    delays = []
    now = 0.0
    for _ in range(12):
        began = now = max(now + 0.001, window.not_before)
        now += 0.001
        window.failed(began, now, connecting=True)
        delays.append(max(0.0, window.not_before - now))
    assert window.allowed == 1
    assert delays[0] == 0
    assert delays[1:4] == [1.0, 2.0, 4.0]
    assert delays[-1] == LONGEST_DELAY_SECONDS
    window.succeeded()
    assert window.not_before < now


def test_a_dialogue_that_broke_later_delays_nobody() -> None:
    window = Window(4)
    for number in range(5):
        window.failed(number + 0.5, number + 1.0, connecting=False)
    assert window.not_before == float("-inf")


@given(
    limit=st.integers(1, 50),
    events=st.lists(st.sampled_from(["succeeded", "connecting", "broken"]), max_size=200),
)
def test_it_stays_between_one_and_its_limit(limit: int, events: list[str]) -> None:
    window = Window(limit)
    for now, event in enumerate(events, 1):
        if event == "succeeded":
            window.succeeded()
        else:
            window.failed(now - 0.5, now, connecting=event == "connecting")
        assert 1 <= window.allowed <= limit
