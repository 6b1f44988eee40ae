"""Timers held in memory, for peers that have no durable ones."""

from bench.start import Timers


def test_what_is_due_comes_earliest_first_and_once() -> None:
    timers = Timers()
    timers.put([("b", 20), ("a", 10), ("c", 30)])
    assert timers.take(20) == [("a", 10), ("b", 20)]
    assert timers.take(20) == []
    assert timers.take(30) == [("c", 30)]


def test_a_timer_set_again_or_forgotten_does_not_fire_at_its_old_time() -> None:
    timers = Timers()
    timers.put([("moved", 10), ("forgotten", 10)])
    timers.put([("moved", 15), ("forgotten", None), ("never", None)])
    assert timers.take(14) == []
    assert timers.take(15) == [("moved", 15)]
