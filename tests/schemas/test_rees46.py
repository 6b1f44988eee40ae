"""The REES46 layout; the first rows are those of the published 2019-Oct log."""

from pathlib import Path

import pytest

from schemas.emitter import Emitter
from schemas.recorded import Entry, LoggedEvent, RecordedLog, Rejected, UnknownLayoutError
from schemas.rees46 import rees46_reader

HEADER = (
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
)
SESSION = "9333dfbd-b87a-4708-9857-6336556b0fcc"
VIEW = "44600062,2103807459595387724,,shiseido,35.79,541312140,72d76fde-8bb3-4e00-8c23-a032dfed738c"
HEATER = "appliances.environment.water_heater"
ROWS = [
    f"2019-10-01 00:00:00 UTC,view,{VIEW}",
    f"2019-10-01 00:00:00 UTC,cart,3900821,2053,{HEATER},aqua,33.20,554748717,{SESSION}",
    f"2019-10-01 00:00:04 UTC,remove_from_cart,3900821,2053,,aqua,33.20,554748717,{SESSION}",
]


def read(tmp_path: Path, rows: list[str]) -> list[Entry]:
    (tmp_path / "log").write_text(HEADER + "".join(f"{row}\n" for row in rows))
    log = RecordedLog(tmp_path / "log", rees46_reader)
    entries = list(log.entries())
    log.close()
    return entries


def events(entries: list[Entry]) -> list[LoggedEvent]:
    return [entry for entry in entries if isinstance(entry, LoggedEvent)]


def purchase(product: int, *, second: int = 7, session: str = SESSION, price: str = "10") -> str:
    return (
        f"2019-10-01 00:00:{second:02d} UTC,purchase,{product},5,toys.doll,acme,{price},7,{session}"
    )


def test_views_and_carts(tmp_path: Path) -> None:
    view, cart, removed = events(read(tmp_path, ROWS))

    assert view.name == "browse"
    assert view.record == {
        "event_id": view.record["event_id"],
        "occurred_at": 1_569_888_000_000,
        "subscriber_id": "541312140",
        "product_id": "44600062",
        "category": "2103807459595387724",
        "session_id": "72d76fde-8bb3-4e00-8c23-a032dfed738c",
        "price": 35.79,
    }
    assert (cart.name, cart.record["action"]) == ("cart", "add")
    assert cart.record["category"] == "appliances.environment.water_heater"
    assert (removed.name, removed.record["action"]) == ("cart", "remove")


def test_neighbouring_purchases_are_one_order(tmp_path: Path) -> None:
    rows = [purchase(1), purchase(2), purchase(3, second=8), purchase(4, session="other"), ROWS[0]]
    entries = events(read(tmp_path, rows))

    orders = [entry.record for entry in entries if entry.name == "purchase"]
    assert [[item["product_id"] for item in order["items"]] for order in orders] == [
        ["1", "2"],
        ["3"],
        ["4"],
    ]
    assert [order["total"] for order in orders] == [20.0, 10.0, 10.0]
    assert len({order["order_id"] for order in orders}) == 3
    assert [entry.line for entry in entries] == [3, 4, 5, 6]


def test_reading_again_gives_the_same(tmp_path: Path) -> None:
    rows = [*ROWS, purchase(1), purchase(2)]

    assert read(tmp_path, rows) == read(tmp_path, rows)


def test_resuming_after_any_entry_gives_the_rest(tmp_path: Path) -> None:
    whole = read(tmp_path, [*ROWS, purchase(1), purchase(2), purchase(3, second=9), *ROWS])
    for done, entry in enumerate(whole, 1):
        log = RecordedLog(tmp_path / "log", rees46_reader)
        assert list(log.entries(entry.end, entry.line)) == whole[done:]
        log.close()


def test_orders_do_not_grow_without_bound(tmp_path: Path) -> None:
    orders = events(read(tmp_path, [purchase(number) for number in range(450)]))

    assert [len(order.record["items"]) for order in orders] == [200, 200, 50]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (ROWS[0].replace("view", "wish"), "unknown_type"),
        (ROWS[0].replace("2019-10-01", "1st of October"), "bad_time"),
        (ROWS[0].replace("35.79", "cheap"), "bad_value"),
        (purchase(1, price=""), "bad_value"),
        ("short,row", "bad_row"),
    ],
)
def test_bad_rows(tmp_path: Path, row: str, reason: str) -> None:
    entries = read(tmp_path, [purchase(1), row, purchase(2)])

    assert [each.reason for each in entries if isinstance(each, Rejected)] == [reason]
    assert len(events(entries)) == 2


def test_all_of_it_passes_the_emitters_checks(tmp_path: Path) -> None:
    emitter = Emitter({"bootstrap.servers": "127.0.0.1:1", "log_level": 0})
    for entry in events(read(tmp_path, [*ROWS, purchase(1), purchase(2)])):
        emitter.emit(entry.name, entry.record)

    assert emitter.emitted == 4


def shuffled(text: str, order: list[int], *more: str) -> str:
    cells = text.strip().split(",")
    return ",".join([*(cells[at] for at in order), *more]) + "\n"


@pytest.mark.parametrize("more", [(), ("extra",)], ids=["the nine", "one more"])
def test_columns_are_known_by_name_in_any_order(tmp_path: Path, more: tuple[str, ...]) -> None:
    rows = [*ROWS, purchase(1), purchase(2)]
    order = [8, 2, 0, 6, 1, 7, 4, 3, 5]
    log_of = tmp_path / "log.csv"
    log_of.write_text("".join(shuffled(row, order, *more) for row in [HEADER, *rows]))
    log = RecordedLog(log_of, rees46_reader)
    found = events(list(log.entries()))
    log.close()

    def told(event: LoggedEvent) -> tuple[str, object]:
        # What is made from the line itself differs, as the line does.
        record = {k: v for k, v in event.record.items() if k not in ("event_id", "order_id")}
        return event.name, record

    assert list(map(told, found)) == list(map(told, events(read(tmp_path, rows))))


@pytest.mark.parametrize(
    "header",
    [
        HEADER.replace(",brand", ""),
        HEADER.replace("brand", "price"),
        HEADER.replace("user_session\n", "user_session,price\n"),
    ],
    ids=["one missing", "one in another's place", "one twice"],
)
def test_other_columns_are_another_layout(tmp_path: Path, header: str) -> None:
    (tmp_path / "log").write_text(header)
    with pytest.raises(UnknownLayoutError):
        RecordedLog(tmp_path / "log", rees46_reader)
