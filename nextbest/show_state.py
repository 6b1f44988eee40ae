"""`nextbest show subscriber` and `show timers`: what the state Redis holds."""

import asyncio
from typing import Annotated, Any

import typer

from nextbest.output import (
    Json,
    iso_time,
    mask_address,
    parse_time_ms,
    print_json,
    print_table,
    readable_cell,
)

HIDDEN = "…"
_TIMES_BY_NAME = frozenset({"viewed", "bought", "flows", "segments"})
"""Fields of a profile that tell when, by product, flow or segment."""
_TIMES_IN_SECONDS = "recent_"
"""Begins the names of fields that list times in seconds."""


def subscriber(
    subscriber_id: Annotated[
        str, typer.Argument(metavar="ID", help="A subscriber id, or anon: and an anonymous id.")
    ],
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show address and attributes as they are.")
    ] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Show what is known of a subscriber: profile, contact and timers.

    Example: nextbest show subscriber 4711
    """
    from nextbest.state_reader import read_subscriber
    from runtime.settings import load_settings

    found = asyncio.run(read_subscriber(load_settings(), subscriber_id))
    if found is None:
        typer.echo(
            f"nothing is known of {subscriber_id!r}. Someone not yet known has the id anon:…; "
            "records still in the journal aren't shown.",
            err=True,
        )
        raise typer.Exit(1)
    contact = found.contact if reveal else _masked(found.contact)
    if as_json:
        print_json(
            {
                "subscriber_id": subscriber_id,
                "journal_partition": found.partition,
                "profile_bytes": found.profile_bytes,
                "profile": found.profile,
                "contact": contact,
                "timers": [timer.as_dict() for timer in found.timers],
            }
        )
        return
    title = f"{subscriber_id}: journal partition {found.partition}, {found.profile_bytes} bytes"
    print_table(title, ("profile", ""), _rows(found.profile))
    if contact:
        print_table("contact", ("contact", ""), _rows(contact))
    _print_timers(found.timers)


def timers(
    subscriber_id: Annotated[
        str | None, typer.Option("--subscriber", metavar="ID", help="Only this subscriber's.")
    ] = None,
    due_before: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only those due before: 2026-05-01T18:20, or epoch ms."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 50,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """List timers, the next one due first.

    Example: nextbest show timers --due-before 2026-05-01T18:20
    """
    from nextbest.state_reader import read_timers
    from runtime.settings import load_settings

    before_ms = parse_time_ms(due_before) if due_before else None
    found = asyncio.run(
        read_timers(load_settings(), subscriber=subscriber_id, before_ms=before_ms, limit=limit)
    )
    if as_json:
        print_json([timer.as_dict() for timer in found])
    else:
        _print_timers(found)


def _print_timers(found: list[Any]) -> None:
    if not found:
        print("no timers")
        return
    rows = [(iso_time(t.due_ms), t.name, t.subscriber, t.partition) for t in found]
    print_table(f"{len(rows)} timers", ("due", "timer", "subscriber", "partition"), rows)


def _rows(fields: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, readable_cell(name, _with_times(name, value))) for name, value in fields.items()]


def _with_times(name: str, value: Any) -> Any:
    """A field of a profile, its times written out."""
    if name in _TIMES_BY_NAME:
        return {key: iso_time(at_ms) for key, at_ms in value.items()}
    if name.startswith(_TIMES_IN_SECONDS):
        return [iso_time(at_seconds * 1_000) for at_seconds in value]
    return value


def _masked(contact: dict[str, Any] | None) -> dict[str, Any] | None:
    if contact is None:
        return None
    shown = dict(contact)
    if shown.get("address"):
        shown["address"] = mask_address(shown["address"])
    shown["attributes"] = dict.fromkeys(shown.get("attributes") or {}, HIDDEN)
    return shown
