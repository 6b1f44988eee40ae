"""What somebody buys again and again, and when they are told of it."""

from hypothesis import given
from hypothesis import strategies as st

from models import bounds
from models.person.profile import new_profile
from models.replenishment import reorders
from models.world import PolicySettings
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life, product

TIMER = "flow:replenishment"


def buys(life: Life, at_ms: int, *products: str) -> None:
    life.pass_time(at_ms)
    items = [
        {"product_id": name, "category": None, "price": 9.0, "quantity": 1} for name in products
    ]
    life.happens("purchase", at_ms, items=items, total=9.0, order_id=f"o{at_ms}")


def shopper() -> Life:
    life = Life()
    life.world.policy = PolicySettings(learning=False)
    for name in ("coffee", "soap", "tent"):
        life.world.catalog.put(product(name))
    return life.reachable()


def told(life: Life) -> list[dict[str, object]]:
    return [d for d in life.decisions if d["flow"] == "replenishment"]


def test_after_the_second_order_a_product_is_due_at_nine_tenths_of_the_interval() -> None:
    life = shopper()
    buys(life, NOON_MS, "coffee")
    assert TIMER not in life.timers
    buys(life, NOON_MS + 30 * DAY_MS, "coffee")
    assert life.timers[TIMER] == NOON_MS + 57 * DAY_MS
    life.pass_time(NOON_MS + 58 * DAY_MS)
    (decision,) = told(life)
    assert decision["decided_at"] == NOON_MS + 57 * DAY_MS
    assert decision["reasons"] == ["chosen"], "that it was bought lately is no reason against it"


def test_the_mail_shows_that_product() -> None:
    life = shopper()
    for month in range(8):
        buys(life, NOON_MS + month * 30 * DAY_MS, "coffee")
    sent = [d for d in life.sent if d["flow"] == "replenishment"]
    assert sent[0]["content"]["about"] == sent[0]["content"]["products"] == "coffee"


def test_buying_it_again_moves_it_and_the_mean_follows() -> None:
    life = shopper()
    for day in (0, 30, 50):
        buys(life, NOON_MS + day * DAY_MS, "coffee")
    (repeat,) = life.profile.repeats
    assert (repeat.times, repeat.interval_ms) == (3, 25 * DAY_MS)
    assert life.timers[TIMER] == NOON_MS + round(72.5 * DAY_MS)


def test_what_is_due_first_has_its_turn_and_then_the_next() -> None:
    life = shopper()
    for day in (0, 20):
        buys(life, NOON_MS + day * DAY_MS, "soap")
    for day in (21, 41):
        buys(life, NOON_MS + day * DAY_MS, "coffee")
    assert len(told(life)) == 1, "the soap, on the 38th day"
    assert life.profile.armed["replenishment"].about == "coffee"
    life.pass_time(NOON_MS + 60 * DAY_MS)
    assert len(told(life)) == 2
    assert TIMER not in life.timers, "each once, until it is bought again"


def test_two_orders_in_three_days_are_one_purchase() -> None:
    life = shopper()
    buys(life, NOON_MS, "coffee")
    buys(life, NOON_MS + DAY_MS, "coffee")
    assert life.profile.repeats == []


def test_who_cannot_be_mailed_is_planned_for_once_they_can() -> None:
    life = Life()
    life.world.catalog.put(product("coffee"))
    for day in (0, 30):
        buys(life, NOON_MS + day * DAY_MS, "coffee")
    assert TIMER not in life.timers
    life.happens("consent", NOON_MS + 31 * DAY_MS)
    life.happens("profile", NOON_MS + 31 * DAY_MS, address="a@example.org")
    assert life.timers[TIMER] == NOON_MS + 57 * DAY_MS
    life.happens("consent", NOON_MS + 32 * DAY_MS, action="opt_out")
    assert TIMER not in life.timers


def test_what_is_bought_during_the_quiet_hours_is_not_told_of() -> None:
    life = shopper()
    for day in (0, 30):
        buys(life, NOON_MS + day * DAY_MS + 11 * HOUR_MS, "coffee")
    life.pass_time(NOON_MS + 57 * DAY_MS + 12 * HOUR_MS)
    assert life.timers[TIMER] == NOON_MS + 57 * DAY_MS + 20 * HOUR_MS, "eight o'clock"
    buys(life, NOON_MS + 57 * DAY_MS + 13 * HOUR_MS, "coffee")
    assert life.timers[TIMER] > NOON_MS + 80 * DAY_MS
    assert told(life) == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 400)), max_size=60))
def test_the_table_is_bounded_and_means_stay_within_what_was_seen(
    orders: list[tuple[int, int]],
) -> None:
    profile, last = new_profile(), dict[str, int]()
    for number, day in orders:
        name, at_ms = f"p{number}", NOON_MS + day * DAY_MS
        reorders.bought(name, at_ms, last.get(name, 0), profile)
        last[name] = max(at_ms, last.get(name, 0))
    assert len(profile.repeats) <= bounds.REPEATS
    for repeat in profile.repeats:
        assert 3 * DAY_MS <= repeat.interval_ms <= 400 * DAY_MS
        assert repeat.times >= 2
        assert repeat.last_ms == last[repeat.product_id]
