from tests.models.life import HOUR_MS, NOON_MS, Life


def test_a_timer_decides_once() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.timers["flow:cart_abandonment"] = NOON_MS + HOUR_MS
    life.fire("flow:cart_abandonment", NOON_MS + HOUR_MS)
    life.timers["flow:cart_abandonment"] = NOON_MS + HOUR_MS
    life.fire("flow:cart_abandonment", NOON_MS + HOUR_MS)
    assert len(life.decisions) == 1


def test_a_timer_that_was_moved_does_nothing_when_the_old_one_still_fires() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.profile.armed["cart_abandonment"].due_ms = NOON_MS + 2 * HOUR_MS
    life.fire("flow:cart_abandonment", NOON_MS + HOUR_MS)
    assert life.decisions == []
    assert life.timers["flow:cart_abandonment"] == NOON_MS + 2 * HOUR_MS
