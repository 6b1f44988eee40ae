"""How commands print and what they read from the command line."""

import pytest
import typer

from nextbest.output import (
    hexdump,
    iso_time,
    mask_address,
    parse_time_ms,
    print_table,
    readable_cell,
)


@pytest.mark.parametrize(
    ("text", "epoch_ms"),
    [
        ("1777659600000", 1_777_659_600_000),
        ("2026-05-01T18:20", 1_777_659_600_000),
        ("2026-05-01T20:20+02:00", 1_777_659_600_000),
        ("2026-05-01", 1_777_593_600_000),
    ],
)
def test_times_are_read(text: str, epoch_ms: int) -> None:
    assert parse_time_ms(text) == epoch_ms


def test_other_times_are_refused() -> None:
    with pytest.raises(typer.BadParameter, match="tomorrow"):
        parse_time_ms("tomorrow")


def test_times_are_written_in_utc() -> None:
    assert iso_time(1_777_659_600_000) == "2026-05-01 18:20:00Z"


def test_hexdump() -> None:
    assert hexdump(b"\x00\x00\x00\x00\x07ann") == (
        "00000000  00 00 00 00 07 61 6e 6e                          .....ann"
    )
    lines = hexdump(bytes(100), limit_bytes=32).splitlines()
    assert len(lines) == 3
    assert lines[-1] == "… 68 bytes more"


@pytest.mark.parametrize(
    ("address", "masked"),
    [("anna@example.com", "a…@example.com"), ("", "…"), ("not an address", "…")],
)
def test_addresses_are_masked(address: str, masked: str) -> None:
    assert mask_address(address) == masked


def test_long_ids_are_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    long_id = "x" * 150
    print_table("t", ("id", "other"), [(long_id, None)])
    assert long_id in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "value", "cell"),
    [
        ("last_ms", 1_777_659_600_000, "2026-05-01 18:20:00Z"),
        ("last_ms", 0, "never"),
        ("wait_until", 1_777_659_600_000, "2026-05-01 18:20:00Z"),
        ("wait_until", 0, "never"),
        ("clicks", 0, "0"),
        ("updated_at", 1_777_659_600_000, "2026-05-01 18:20:00Z"),
        ("timestamp", 1_777_659_600_000, "2026-05-01 18:20:00Z"),
        ("occurred_at", 0, "1970-01-01 00:00:00Z"),
        ("occurred_at", 1_777_659_600_000_000_000, "1777659600000000000"),
        ("occurred_at", "as told", "as told"),
        ("granted", True, "True"),
        (
            "consent",
            {"marketing": {"granted": True, "at": 1_777_659_600_000}},
            "marketing: granted True, at 2026-05-01 18:20:00Z",
        ),
        ("decoded", {"occurred_at": 1_777_659_600_000}, "occurred_at: 2026-05-01 18:20:00Z"),
        ("locale", None, ""),
        ("tags", ["a", "b"], "a\nb"),
        ("hours", {18: 2.5}, "18: 2.5"),
        ("cart", [{"product_id": "x", "at_ms": 0}], "product_id x, at_ms never"),
    ],
)
def test_fields_are_readable(name: str, value: object, cell: str) -> None:
    assert readable_cell(name, value) == cell
