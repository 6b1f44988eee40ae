from senders.mail.orders import Line, order
from tests.senders.builders import product

CATALOG = {"lamp": product(), "a:b": product("a:b", stock=0)}


def test_an_order_is_told_with_its_lines_and_total() -> None:
    told = {
        "order_id": "A-1",
        "order_items": "lamp:2:1234.5,a:b:1,unknown,throw:x:1",
        "order_total": "2469.0",
        "order_currency": "EUR",
    }
    found = order(told, CATALOG, "de")
    assert found is not None
    assert found.total == "2.469,00\u00a0€"
    assert found.lines == [
        Line("The lamp", "2", "2.469,00\u00a0€"),
        Line("The a:b", "1", ""),
        Line("unknown", "1", ""),
        Line("throw:x", "1", ""),
    ]


def test_no_id_no_order() -> None:
    assert order({"order_items": "lamp"}, CATALOG, None) is None


def test_what_is_no_number_is_no_price() -> None:
    for total in ("", "much", "nan", "inf", "1e999"):
        found = order({"order_id": "1", "order_items": "lamp", "order_total": total}, CATALOG, None)
        assert found is not None
        assert found.total == ""


def test_the_currency_is_the_products_where_none_is_told() -> None:
    found = order({"order_id": "1", "order_items": "lamp:1:5"}, CATALOG, None)
    assert found is not None
    assert found.lines[0].price == "€5.00"
