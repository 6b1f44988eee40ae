from tests.models.life import NOON_MS, Life


def _items(life: Life) -> list[tuple[str, int]]:
    return [(item.product_id, item.quantity) for item in life.profile.cart]


def test_products_go_in_and_out() -> None:
    life = Life()
    life.happens("cart", NOON_MS, product_id="tent-1", quantity=2, price=80.0)
    life.happens("cart", NOON_MS + 1, product_id="rope-1")
    life.happens("cart", NOON_MS + 2, product_id="tent-1", quantity=1)
    assert _items(life) == [("tent-1", 3), ("rope-1", 1)]
    assert life.profile.cart_opened_ms == NOON_MS
    assert life.profile.cart[0].price == 80.0
    life.happens("cart", NOON_MS + 3, action="remove", product_id="tent-1", quantity=2)
    life.happens("cart", NOON_MS + 4, action="remove", product_id="never-there")
    assert _items(life) == [("tent-1", 1), ("rope-1", 1)]
    life.happens("cart", NOON_MS + 5, action="remove", product_id="tent-1", quantity=9)
    life.happens("cart", NOON_MS + 6, action="remove", product_id="rope-1")
    assert _items(life) == []
    assert life.profile.cart_opened_ms == 0


def test_checkout_is_noted_until_the_order() -> None:
    life = Life()
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.happens("cart", NOON_MS + 1, action="checkout_started")
    assert life.profile.checkout_ms == NOON_MS + 1
    life.happens("purchase", NOON_MS + 2, total=80.0)
    assert life.profile.checkout_ms == 0
    assert _items(life) == []


def test_a_cart_holds_only_so_many_products() -> None:
    life = Life()
    for number in range(15):
        life.happens("cart", NOON_MS + number, product_id=f"p-{number}")
    assert len(life.profile.cart) == 10
    assert _items(life)[-1] == ("p-14", 1)


def test_an_event_without_a_product_changes_no_item() -> None:
    life = Life()
    life.happens("cart", NOON_MS)
    assert _items(life) == []
    assert life.profile.carts == 1
