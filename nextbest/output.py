"""How commands print: tables for people, JSON for programs, times in UTC."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import typer

_TIMES = frozenset({"at", "timestamp"})
Json = typer.Option("--json", help="Print JSON instead of a table.")


def print_json(value: Any) -> None:
    """Print as indented JSON; what JSON can't say becomes text."""
    print(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; cells fold rather than being cut, so that ids can be copied."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    # Into a pipe, rich would take 80 columns.
    width = None if sys.stdout.isatty() else 200
    Console(width=width, markup=False, highlight=False).print(table)


def iso_time(epoch_ms: int) -> str:
    """Write epoch milliseconds as UTC, to the second; what no calendar has stays a number."""
    try:
        return datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(epoch_ms)


def readable_cell(name: str, value: Any) -> str:
    """Write a field for people: times as times, lists and mappings one entry a line.

    Times are known by the names that profiles (`…_ms`) and records (`…_at`, `at`, `timestamp`,
    `…_until`) give them; 0 is never in `…_ms` and `…_until`.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if name.endswith(("_ms", "_until")):
            return iso_time(value) if value else "never"
        return iso_time(value) if name.endswith("_at") or name in _TIMES else str(value)
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_in_line(str(key), item)}" for key, item in value.items())
    if isinstance(value, list):
        return "\n".join(_in_line("", item) for item in value)
    return "" if value is None else str(value)


def _in_line(name: str, value: Any) -> str:
    if not isinstance(value, dict):
        return readable_cell(name, value)
    return ", ".join(f"{part} {readable_cell(part, item)}" for part, item in value.items())


def parse_time_ms(text: str) -> int:
    """Read a time given to a command: ISO 8601 (UTC where it names no zone) or epoch ms.

    Raises:
        typer.BadParameter: It is neither.

    """
    if text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is neither a time like 2026-05-01T18:20 nor epoch milliseconds"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def hexdump(data: bytes, limit_bytes: int = 4096) -> str:
    """Write bytes as lines of offset, sixteen bytes in hex, and their printable characters."""
    lines = []
    for at in range(0, min(len(data), limit_bytes), 16):
        row = data[at : at + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{at:08x}  {row.hex(' '):<47}  {text}")
    if len(data) > limit_bytes:
        lines.append(f"… {len(data) - limit_bytes} bytes more")
    return "\n".join(lines)


def mask_address(address: str) -> str:
    """Show an address's first letter and domain only."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…{at}{domain}" if at else "…"
