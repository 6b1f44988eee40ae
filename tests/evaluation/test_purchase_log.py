"""Lines become transactions in the order of their days, or are refused by line and reason."""

from pathlib import Path

import pytest

from evaluation.purchase_log import PurchaseLogError, date_of, day_of, read_purchase_log
from tests.evaluation.purchases_log import FIRST, read, write

HEAD = "customer,date,value"


def test_lines_are_transactions_in_the_order_of_days(tmp_path: Path) -> None:
    lines = [
        "Date, customer ,VALUE,shop",
        "2020-01-03,a,5,x",
        "",
        "20200101, b ,-2.5,",
        "2020-01-03,a,6,",
    ]
    log = read(tmp_path, lines)
    assert log.customers == ["a", "b"]
    assert log.rows == [(FIRST, 1, -2.5), (FIRST + 2, 0, 5.0), (FIRST + 2, 0, 6.0)]
    assert (log.repeated, log.refused) == (0, {})


def test_a_line_that_stands_there_twice_counts_once(tmp_path: Path) -> None:
    log = read(tmp_path, [HEAD, "a,2020-01-01,5", "a,20200101,5.0", "a,2020-01-01,6"])
    assert (len(log.rows), log.repeated) == (2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-01",
        "20200101",
        "2020-01-01T23:59:00",
        "2020-01-02T01:00:00+02:00",
        "2020-01-01 10:00",
    ],
)
def test_days_as_they_are_written(text: str) -> None:
    assert day_of(text) == FIRST
    assert date_of(FIRST) == "2020-01-01"


BAD = {
    "x,0001-01-01,1": "bad_date",
    "x,2020-01-01": "bad_line",
    ",2020-01-01,1": "no_customer",
    "x,,1": "bad_date",
    "x,2020-02-30,1": "bad_date",
    "x,1577836800,1": "bad_date",
    "x,0001-01-01T00:00:00+10:00,1": "bad_date",
    "x,2020-01-01,": "bad_value",
    "x,2020-01-01,ten": "bad_value",
    "x,2020-01-01,inf": "bad_value",
    "x,2020-01-01," + "1" * 200_000: "bad_line",
}


@pytest.mark.parametrize(("line", "reason"), BAD.items(), ids=range(len(BAD)))
def test_bad_lines_are_told_or_counted(tmp_path: Path, line: str, reason: str) -> None:
    path = write(tmp_path, [HEAD, "x,2020-01-01,1", line, "x,2020-01-02,2"])
    with pytest.raises(PurchaseLogError, match=f"line 3: {reason}: "):
        read_purchase_log(path)
    log = read_purchase_log(path, skip_bad=True)
    assert log.refused == {reason: 1}
    assert len(log.rows) == 2


def test_a_quote_left_open_takes_no_orders_in_unseen(tmp_path: Path) -> None:
    path = write(tmp_path, [HEAD, 'x,20200101,"5', "x,20200102,6", 'x,20200103,7"', "x,20200104,8"])
    with pytest.raises(PurchaseLogError, match="line 2: bad_line: a quote is open up to line 4"):
        read_purchase_log(path)
    log = read_purchase_log(path, skip_bad=True)
    assert (log.refused, len(log.rows)) == ({"bad_line": 3}, 1)


def test_what_is_not_utf_8_is_one_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"\xef\xbb\xbfcustomer,date,value\n\xff,20200101,1\n\xc3\xa9,20200101,1\n")
    with pytest.raises(PurchaseLogError, match="line 2: bad_text: not UTF-8"):
        read_purchase_log(path)
    assert read_purchase_log(path, skip_bad=True).customers == ["é"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["customer,value"], "line 1: no column 'date'"),
        ([""], "no column 'customer'"),
        ([HEAD], "it holds no transactions"),
        ([HEAD, *["x,never,1"] * 25], r"line 11: .*\n.*15 more"),
        (['"' + "a" * 200_000], "line 1: not CSV"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(PurchaseLogError, match=said):
        read(tmp_path, lines)
