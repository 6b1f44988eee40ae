"""What goes with a product: with it before after it, bounded, each pair of an order once."""

from hypothesis import given
from hypothesis import strategies as st

from models.recommend.copurchases import FOLLOWERS, CoPurchases


def test_what_is_bought_together_more_often_weighs_more() -> None:
    found = CoPurchases(100)
    for _ in range(3):
        found.learn(["lamp", "bulb"])
    found.learn(["lamp", "cord"])
    found.learn(["shade"], before=["lamp"])
    weights = found.after(["lamp"])
    assert sorted(weights, key=lambda name: -weights[name]) == ["bulb", "cord", "shade"]
    assert "lamp" not in found.after(["lamp", "bulb"])
    assert found.after(["nothing known"]) == {}


products = st.lists(st.integers(0, 60).map("p{}".format), max_size=20, unique=True)


@given(st.lists(st.tuples(products, products), max_size=30))
def test_whatever_comes_it_stays_bounded(orders: list[tuple[list[str], list[str]]]) -> None:
    found = CoPurchases(20)
    for basket, before in orders:
        found.learn(basket, [product for product in before if product not in basket])
    assert len(found.known) <= 20
    for product, followers in found.rows():
        followers.check(FOLLOWERS)
        assert product not in followers.weights
