"""JSON lines and CSV logs become events; what doesn't is rejected with its reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.recorded import (
    BadLineError,
    Entry,
    LoggedEvent,
    RecordedLog,
    Rejected,
    UnknownLayoutError,
    epoch_ms,
)
from schemas.recorded_csv import BadMappingError, ColumnMapping, load_mapping, mapped_reader
from schemas.rees46 import rees46_reader

AT = "2026-03-01T10:00:00+00:00"
AT_MS = 1_772_359_200_000


def read(path: Path, mapping: ColumnMapping | None = None) -> list[Entry]:
    log = RecordedLog(
        path, rees46_reader if mapping is None else lambda header: mapped_reader(mapping, header)
    )
    entries = list(log.entries())
    log.close()
    return entries


def events(entries: list[Entry]) -> list[tuple[str, dict[str, Any]]]:
    return [(entry.name, entry.record) for entry in entries if isinstance(entry, LoggedEvent)]


def reasons(entries: list[Entry]) -> list[str]:
    return [entry.reason for entry in entries if isinstance(entry, Rejected)]


def test_json_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    rows = [
        {"type": "browse", "event_id": "e1", "occurred_at": AT_MS, "subscriber_id": "ann"},
        {"type": "cart", "occurred_at": AT, "subscriber_id": "ann", "action": "add"},
        {"type": "catalog", "product_id": "p", "updated_at": AT_MS},
    ]
    log.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    entries = read(log)

    found = events(entries)
    assert found[0] == ("browse", {"event_id": "e1", "occurred_at": AT_MS, "subscriber_id": "ann"})
    assert found[1][0] == "cart"
    assert found[1][1]["occurred_at"] == AT_MS
    assert len(found[1][1]["event_id"]) == 32
    assert found[2] == ("catalog", {"product_id": "p", "updated_at": AT_MS})
    assert [entry.line for entry in entries] == [1, 2, 3]
    assert events(read(log)) == found


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "bad_json"),
        (b"[1]", "bad_json"),
        (b'{"a": 1}', "no_type"),
        (b'{"type": "decision"}', "unknown_type"),
        (b'{"type": ["browse"]}', "unknown_type"),
        (b'{"type": "browse"}', "bad_time"),
        (b'{"type": "browse", "occurred_at": "soon"}', "bad_time"),
        (b'{"type": "browse", "occurred_at": "--5"}', "bad_time"),
        ('{"type": "browse", "occurred_at": "²"}'.encode(), "bad_time"),
        (b'{"type": "browse", "occurred_at": "' + b"9" * 5_000 + b'"}', "bad_time"),
        (b'{"type": "browse", "occurred_at": true}', "bad_time"),
        (b'{"type": "browse", "occurred_at": 1.5}', "bad_time"),
        (b'{"type": "\xff"}', "bad_encoding"),
        (b"[" * 100_000, "bad_json"),
        (b'{"type": "' + b"x" * 2_000_000 + b'"}', "too_long"),
    ],
)
def test_bad_json_lines(tmp_path: Path, line: bytes, reason: str) -> None:
    good = b'{"type": "browse", "occurred_at": 1772359200000, "subscriber_id": "ann"}'
    (tmp_path / "log").write_bytes(good + b"\n" + line + b"\n" + good + b"\n")
    entries = read(tmp_path / "log")

    assert reasons(entries) == [reason]
    assert len(events(entries)) == 2
    assert entries[1].line == 2


def test_the_time_of_a_confirmation_is_read_like_any_other(tmp_path: Path) -> None:
    log = tmp_path / "log"
    consent = {"type": "consent", "subscriber_id": "ann", "occurred_at": AT, "action": "opt_in"}
    proofs = [{"source": "form", "confirmed_at": at} for at in (AT, AT_MS, None, "soon")]
    log.write_text("\n".join(json.dumps({**consent, "proof": proof}) for proof in proofs))
    entries = read(log)
    told = [record["proof"]["confirmed_at"] for _, record in events(entries)]
    assert told == [AT_MS, AT_MS, None]
    assert reasons(entries) == ["bad_time"]


def test_the_same_line_elsewhere_is_another_event(tmp_path: Path) -> None:
    line = '{"type": "browse", "occurred_at": 1772359200000, "subscriber_id": "ann"}\n'
    (tmp_path / "log").write_text(line * 3)

    ids = {record["event_id"] for _, record in events(read(tmp_path / "log"))}
    assert len(ids) == 3


SHOP = ColumnMapping(
    columns={
        "type": "what",
        "occurred_at": "when",
        "subscriber_id": "customer",
        "anonymous_id": "cookie",
        "product_id": "sku",
        "price": "price",
        "quantity": "pieces",
        "attributes.first_name": "name",
        "order_id": "order",
    },
    types={"seen": "browse", "put": "cart:add", "taken": "cart:remove", "paid": "purchase"},
)
HEADER = "what,when,customer,cookie,sku,price,pieces,name,order\n"


def shop(tmp_path: Path, *rows: str, mapping: ColumnMapping = SHOP) -> list[Entry]:
    path = tmp_path / "shop.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return read(path, mapping)


def test_mapped_columns(tmp_path: Path) -> None:
    found = events(
        shop(
            tmp_path,
            f"seen,{AT},ann,,shoe,59.90,,,",
            f"put,{AT},,c-1,shoe,59.90,2,,",
            f"profile,{AT},ann,,,,,Ann,",
        )
    )

    for _, record in found:
        assert len(record.pop("event_id")) == 32
        assert record.pop("occurred_at") == AT_MS
    assert found == [
        ("browse", {"subscriber_id": "ann", "product_id": "shoe", "price": 59.9}),
        (
            "cart",
            {
                "action": "add",
                "anonymous_id": "c-1",
                "product_id": "shoe",
                "price": 59.9,
                "quantity": 2,
            },
        ),
        ("profile", {"subscriber_id": "ann", "attributes": {"first_name": "Ann"}}),
    ]


def test_a_bought_product_is_an_order(tmp_path: Path) -> None:
    own, made = events(
        shop(tmp_path, f"paid,{AT},ann,,shoe,10.50,2,,o-1", f"paid,{AT},ann,,shoe,10.50,,,")
    )

    assert own[1]["items"] == [{"product_id": "shoe", "price": 10.5, "quantity": 2}]
    assert (own[1]["order_id"], own[1]["total"]) == ("o-1", 21.0)
    assert made[1]["order_id"] == f"order-{made[1]['event_id']}"
    assert made[1]["total"] == 10.5


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"juggled,{AT},ann,,,,,,", "unknown_type"),
        (f",{AT},ann,,,,,,", "no_type"),
        ("seen,,ann,,,,,,", "bad_time"),
        ("seen,soon,ann,,,,,,", "bad_time"),
        (f"seen,{AT},ann,,shoe,cheap,,,", "bad_value"),
        (f"put,{AT},ann,,shoe,1,1.5,,", "bad_value"),
        (f"seen,{AT},ann", "bad_row"),
    ],
)
def test_bad_rows(tmp_path: Path, row: str, reason: str) -> None:
    entries = shop(tmp_path, f"seen,{AT},ann,,,,,,", row, f"seen,{AT},ann,,,,,,")

    assert reasons(entries) == [reason]
    assert len(events(entries)) == 2
    assert entries[1].line == 3


def test_rows_that_are_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_bytes(HEADER.encode() + f"seen,{AT},".encode() + b"\xff,,,,,,\n")

    assert reasons(read(path, SHOP)) == ["bad_encoding"]


def test_a_quoted_field_over_two_lines_is_one_row(tmp_path: Path) -> None:
    entries = shop(tmp_path, f'profile,{AT},ann,,,,,"Ann\nB.",', f"seen,{AT},ann,,,,,,")

    assert events(entries)[0][1]["attributes"] == {"first_name": "Ann\nB."}
    assert [entry.line for entry in entries] == [3, 4]


def test_a_quote_that_never_ends_spoils_only_itself(tmp_path: Path) -> None:
    rows = [f'seen,{AT},"ann,,,,,,', *[f"seen,{AT},ann,,,,,," for _ in range(8000)]]
    entries = shop(tmp_path, *rows)

    assert reasons(entries)[0] == "bad_row"
    assert len(events(entries)) > 4000


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("ms", str(AT_MS)),
        ("s", str(AT_MS // 1000)),
        ("s", f"{AT_MS / 1000:.3f}"),
        ("iso", "2026-03-01 10:00:00"),
        ("iso", "2026-03-01T11:00:00+01:00"),
        ("iso", "2026-03-01 10:00:00 UTC"),
        ("%d.%m.%Y %H:%M", "01.03.2026 10:00"),
    ],
)
def test_time_formats(tmp_path: Path, style: str, text: str) -> None:
    mapping = ColumnMapping({"occurred_at": "t", "subscriber_id": "u"}, {}, "browse", style, ";")
    (tmp_path / "log").write_text(f"t;u\n{text};ann\n")

    assert events(read(tmp_path / "log", mapping))[0][1]["occurred_at"] == AT_MS


def test_a_mapping_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text('time_format = "ms"\n[columns]\ntype = "what"\n[types]\nseen = "browse"\n')

    assert load_mapping(path) == ColumnMapping({"type": "what"}, {"seen": "browse"}, None, "ms")


@pytest.mark.parametrize(
    "text", ["colums = 1", "columns = 1", "record = 1", "[columns]\ntype = 1", "= broken"]
)
def test_a_mapping_file_that_is_wrong(tmp_path: Path, text: str) -> None:
    (tmp_path / "shop.toml").write_text(text)

    with pytest.raises(BadMappingError, match=r"shop\.toml"):
        load_mapping(tmp_path / "shop.toml")


def test_everything_wrong_with_a_mapping_is_listed(tmp_path: Path) -> None:
    mapping = ColumnMapping({"product_id": "sku", "colour": "what"}, {"x": "decision"}, None)

    with pytest.raises(BadMappingError) as caught:
        shop(tmp_path, mapping=mapping)
    assert "'colour' is no field" in str(caught.value)
    assert "'decision' is no record" in str(caught.value)
    assert "neither a type column" in str(caught.value)
    with pytest.raises(BadMappingError, match="no column 'nowhere'"):
        shop(tmp_path, mapping=ColumnMapping({"type": "nowhere"}))


@pytest.mark.parametrize("content", ["a,b,c\n1,2,3\n", "hello\n", "\x00\x01"])
def test_an_unknown_layout_shows_the_first_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "log").write_text(content)

    with pytest.raises(UnknownLayoutError, match="--map"):
        read(tmp_path / "log")


def test_an_empty_log_has_no_events(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"")

    assert read(tmp_path / "log") == []


@given(st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.lists(st.integers())))
def test_times_are_read_or_refused(value: object) -> None:
    try:
        assert isinstance(epoch_ms(value), int)
    except BadLineError as error:
        assert error.reason == "bad_time"  # noqa: PT017  both ends are fine
