from math import isfinite, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from models.decision.worth import Chances, Prices, net
from models.decision.worth import of_mail as whole
from models.learning.linear import log_odds_of, probability

PRICES = Prices(margin_rate=0.3, mail=0.002, leave=2.25, order=80.0, usual=50.0)

LOG_ODDS = st.floats(-30.0, 30.0)
VARIANCES = st.floats(0.0, 100.0)
MONEY = st.floats(0.0, 1e7)
BELIEFS = st.tuples(LOG_ODDS, VARIANCES)
CHANCES = st.builds(Chances, BELIEFS, BELIEFS, BELIEFS, BELIEFS)
PRICE_LISTS = st.builds(Prices, st.floats(0.0, 1.0), MONEY, MONEY, MONEY, MONEY)
DISCOUNTS = st.floats(0.0, 0.9)


def of_mail(chances: Chances, prices: Prices, discount: float) -> tuple[float, float]:
    found = whole(chances, prices, discount)
    return found.value, found.doubt


def _chances(click: float, order: float, leave: float, unasked: float) -> Chances:
    sure = [(log_odds_of(chance), 0.0) for chance in (click, order, leave, unasked)]
    return Chances(*sure)


def test_net_is_margin_of_what_is_paid_less_the_discount() -> None:
    assert net(100.0, 0.0, 0.3) == pytest.approx(30.0)
    assert net(100.0, 0.1, 0.3) == pytest.approx(0.3 * 90.0 - 10.0)
    assert net(100.0, 0.9, 0.3) < 0.0


def test_a_mail_without_an_offer_is_worth_this() -> None:
    value, doubt = of_mail(_chances(0.05, 0.04, 0.002, 0.1), PRICES, 0.0)
    gained = 0.04 * (0.3 * 80.0 - 0.1 * 0.3 * 50.0)
    assert value == pytest.approx(0.05 * gained - 0.002 * 2.25 - 0.002)
    assert doubt == 0.0


def test_a_mail_with_an_offer_is_worth_this() -> None:
    value, _ = of_mail(_chances(0.05, 0.04, 0.002, 0.1), PRICES, 0.05)
    paid = 0.3 * 76.0 - 4.0
    usual, usual_less = 0.3 * 50.0, 0.3 * 47.5 - 2.5
    clicked = 0.04 * (paid - 0.1 * usual) - 0.96 * 0.1 * (usual - usual_less)
    assert value == pytest.approx(0.05 * clicked - 0.002 * 2.25 - 0.002)


def test_a_mail_that_nobody_clicks_costs_its_price_and_who_leaves() -> None:
    value, _ = of_mail(_chances(1e-13, 0.5, 0.01, 0.1), PRICES, 0.0)
    assert value == pytest.approx(-0.01 * 2.25 - 0.002, abs=1e-9)


def test_a_sure_buyer_needs_no_discount_and_no_mail() -> None:
    sure = _chances(0.3, 0.01, 0.002, 0.95)
    prices = replace(PRICES, order=50.0)
    plain, discounted = (of_mail(sure, prices, discount)[0] for discount in (0.0, 0.1))
    assert discounted < plain
    assert discounted < 0.0
    unsure = _chances(0.3, 0.01, 0.002, 0.01)
    assert of_mail(unsure, prices, 0.0)[0] > plain


def test_each_part_has_its_share_in_the_doubt() -> None:
    sure = _chances(0.05, 0.04, 0.002, 0.1)
    gained = 0.04 * (0.3 * 80.0 - 0.1 * 0.3 * 50.0)
    for part, share in (
        ("click", 0.05 * gained),
        ("order", 0.05 * gained),
        ("leave", 0.002 * 2.25),
        ("unasked", 0.05 * 0.04 * 0.1 * 0.3 * 50.0),
    ):
        unsure = replace(sure, **{part: (getattr(sure, part)[0], 0.09)})
        assert of_mail(unsure, PRICES, 0.0)[1] == pytest.approx(0.3 * share), part
    all_unsure = Chances(*((log_odds, 0.09) for log_odds, _ in _parts(sure)))
    parts = sqrt(2.0 * (0.05 * gained) ** 2 + (0.002 * 2.25) ** 2 + (0.05 * 0.04 * 1.5) ** 2)
    assert of_mail(all_unsure, PRICES, 0.0)[1] == pytest.approx(0.3 * parts)


def _parts(chances: Chances) -> tuple[tuple[float, float], ...]:
    return chances.click, chances.order, chances.leave, chances.unasked


@given(CHANCES, PRICE_LISTS, DISCOUNTS)
def test_it_is_finite_and_the_doubt_is_none_or_more(
    chances: Chances, prices: Prices, discount: float
) -> None:
    value, doubt = of_mail(chances, prices, discount)
    assert isfinite(value)
    assert isfinite(doubt)
    assert doubt >= 0.0


@given(CHANCES, PRICE_LISTS, DISCOUNTS, st.sampled_from(["click", "order", "leave", "unasked"]))
def test_doubt_grows_with_every_variance_and_moves_no_value(
    chances: Chances, prices: Prices, discount: float, part: str
) -> None:
    log_odds, variance = getattr(chances, part)
    less_sure = replace(chances, **{part: (log_odds, variance + 1.0)})
    value, doubt = of_mail(chances, prices, discount)
    assert of_mail(less_sure, prices, discount)[0] == value
    assert of_mail(less_sure, prices, discount)[1] >= doubt


@given(CHANCES, PRICE_LISTS, DISCOUNTS, st.floats(0.1, 3.0))
def test_a_likelier_leaver_and_a_dearer_mail_are_worth_less(
    chances: Chances, prices: Prices, discount: float, step: float
) -> None:
    value, _ = of_mail(chances, prices, discount)
    leaves = replace(chances, leave=(chances.leave[0] + step, 0.0))
    assert of_mail(leaves, prices, discount)[0] <= value
    dearer = replace(prices, mail=prices.mail + step)
    assert of_mail(chances, dearer, discount)[0] < value


@given(CHANCES, PRICE_LISTS, st.floats(0.1, 3.0))
def test_more_is_gained_by_who_buys_less_unasked(
    chances: Chances, prices: Prices, step: float
) -> None:
    buys_anyway = replace(chances, unasked=(chances.unasked[0] + step, 0.0))
    for discount in (0.0, 0.1):
        value, other = (of_mail(c, prices, discount)[0] for c in (chances, buys_anyway))
        assert other <= value + 1e-9 * abs(value)


@given(CHANCES, PRICE_LISTS, st.floats(0.1, 3.0))
def test_a_plain_mail_is_worth_more_the_likelier_its_click_sells_something_new(
    chances: Chances, prices: Prices, step: float
) -> None:
    usual = probability(chances.unasked[0]) * net(prices.usual, 0.0, prices.margin_rate)
    better = replace(chances, order=(chances.order[0] + step, 0.0))
    value, other = (of_mail(c, prices, 0.0)[0] for c in (chances, better))
    slack = 1e-9 * (abs(value) + 1.0)
    if net(prices.order, 0.0, prices.margin_rate) >= usual:
        assert other >= value - slack
    else:
        assert other <= value + slack


@given(CHANCES, PRICE_LISTS, DISCOUNTS, st.floats(0.01, 0.09))
def test_at_the_same_chances_a_deeper_discount_is_worth_less(
    chances: Chances, prices: Prices, discount: float, step: float
) -> None:
    value, _ = of_mail(chances, prices, discount)
    assert of_mail(chances, prices, discount + step)[0] <= value + 1e-9 * (abs(value) + 1.0)


@given(CHANCES, PRICE_LISTS, DISCOUNTS, st.floats(-5.0, 5.0))
def test_at_another_hour_it_is_worth_what_the_other_chance_makes_it(
    chances: Chances, prices: Prices, discount: float, shift: float
) -> None:
    value, by_clicks = whole(chances, prices, discount).at(shift)
    then = replace(chances, click=(chances.click[0] + shift, chances.click[1]))
    expected = whole(then, prices, discount)
    size = prices.order + prices.usual + prices.leave + prices.mail
    assert value == pytest.approx(expected.value, rel=1e-9, abs=1e-12 * (size + 1.0))
    assert by_clicks == pytest.approx(abs(probability(then.click[0]) * expected.clicked))
