import pytest

from tests.models.life import DAY_MS, NOON_MS, Life


@pytest.mark.parametrize(
    ("back", "left"), [(30.0, (2, 70.0)), (80.0, (1, 20.0)), (None, (1, 20.0)), (0.0, (2, 100.0))]
)
def test_what_is_paid_back_is_not_counted_any_more(
    back: float | None, left: tuple[int, float]
) -> None:
    life = Life()
    life.happens("purchase", NOON_MS, order_id="kept", total=20.0)
    life.happens("purchase", NOON_MS + DAY_MS, order_id="sent-back", total=80.0)
    life.happens("refund", NOON_MS + 2 * DAY_MS, order_id="sent-back", total=back)
    assert (life.profile.purchases, life.profile.revenue) == left
    assert life.profile.last_purchase_ms == NOON_MS + DAY_MS
