"""What a moment says an order by the mail, an unasked order and a lost reader come to."""

import pytest

from models import bounds
from models.decision.look import look
from models.decision.moment import TriggerSeen
from models.decision.worth import Prices
from models.learning.population import Population
from tests.models.learning.test_population import outcome
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life, product


def _prices(life: Life, flow: str = "cart_abandonment") -> Prices:
    chosen = life.world.programme.flows[flow]
    trigger = TriggerSeen("timer", chosen.timer, NOON_MS)
    moment = look(chosen, trigger, NOON_MS, "sub-1", life.profile, NOON_MS, life.world)
    return moment.config.prices


def test_of_someone_unknown_an_order_is_the_typical_one() -> None:
    prices = _prices(Life().reachable())
    assert prices.order == prices.usual == 50.0
    assert (prices.margin_rate, prices.mail) == (0.3, 0.002)


def test_an_order_is_what_lies_in_the_cart() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS - HOUR_MS, product_id="tent-1", price=80.0, quantity=2)
    life.happens("cart", NOON_MS - HOUR_MS, product_id="rope-1", price=15.0)
    assert _prices(life).order == 175.0
    assert _prices(life, "win_back").order == 50.0, "what it shows is not the cart"


def test_an_order_is_else_what_the_first_product_shown_costs() -> None:
    life = Life().reachable()
    life.world.catalog.put(product("tent-1", price=240.0))
    life.happens("browse", NOON_MS - HOUR_MS, product_id="tent-1", price=200.0)
    assert _prices(life, "browse_abandonment").order == 240.0
    life.world.catalog.put(product("tent-1", price=None))
    assert _prices(life, "browse_abandonment").order == 200.0


def test_an_unasked_order_is_what_they_paid_held_towards_what_they_look_at() -> None:
    life = Life().reachable()
    life.happens("browse", NOON_MS - 30 * DAY_MS, price=40.0)
    assert _prices(life).usual == 40.0
    for number in range(2):
        life.happens("purchase", NOON_MS - (20 - number) * DAY_MS, total=100.0)
    assert _prices(life).usual == pytest.approx((200.0 + 2.0 * 40.0) / 4.0)


def test_a_lost_reader_costs_what_leaving_does_and_their_share_of_complaints() -> None:
    life = Life().reachable()
    policy = life.world.policy
    assert _prices(life).leave == pytest.approx(2.0 + 0.025 * 10.0)
    life.world.population = Population()
    for _ in range(80):
        life.world.population.learn(outcome(complained=True))
    share = life.world.population.complaint_share
    assert share == pytest.approx(80.5 / 100.0)
    assert _prices(life).leave == pytest.approx(
        policy.unsubscribe_cost + share * policy.complaint_cost
    )


def test_one_absurd_price_stays_within_bounds() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS - HOUR_MS, product_id="tent-1", price=1e12)
    assert _prices(life).order <= bounds.MONEY
    assert _prices(life).usual <= bounds.MONEY
