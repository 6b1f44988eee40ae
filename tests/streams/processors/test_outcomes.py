from tests.models.life import DAY_MS, NOON_MS, Life


def test_a_window_closes_once() -> None:
    life = Life()
    life.happens("consent", NOON_MS)
    life.happens("profile", NOON_MS + 1, address="a@example.org")
    ((name, due_ms),) = [(n, d) for n, d in life.timers.items() if n.startswith("outcome:")]
    assert due_ms == NOON_MS + 1 + 7 * DAY_MS
    life.fire(name, due_ms + 5)
    life.timers[name] = due_ms
    life.fire(name, due_ms + 6)
    (outcome,) = life.outcomes
    assert outcome["matured_at"] == due_ms
    assert life.profile.pending == []
