"""`nextbest dlq`: look at records that were set aside, and send them again."""

from typing import Annotated, Any

import typer

from nextbest.output import Json, hexdump, iso_time, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Look at dead letters, and send them again.")

HEAD_BYTES = 16
"""Enough for the magic byte and the schema id; the rest of a record may be personal."""
LEFT_OUT = "personal, so not kept here; --reveal reads it from its topic while that keeps it"

Reason = Annotated[str | None, typer.Option(help="Only those with this reason code.")]
OfTopic = Annotated[str | None, typer.Option("--topic", help="Only those of this source topic.")]


@app.command("list")
def list_letters(
    reason: Reason = None, topic: OfTopic = None, as_json: Annotated[bool, Json] = False
) -> None:
    """List dead letters that have not been replayed, oldest first.

    Example: nextbest dlq list --reason truncated --topic events.browse
    """
    from nextbest.dead_letter_store import read_letters, why_not_replayable
    from runtime.settings import load_settings

    settings = load_settings()
    letters = [letter for letter in read_letters(settings) if letter.matches(reason, topic)]
    rows = [
        {
            "id": letter.letter_id,
            "time": iso_time(letter.record["timestamp"]),
            "stage": letter.record["stage"],
            "reason": letter.record["reason"],
            "detail": letter.record["detail"],
            "size_bytes": letter.record["size_bytes"],
            "replay": why_not_replayable(settings, letter)
            or ("possible while its topic keeps it" if letter.withheld else "possible"),
        }
        for letter in letters
    ]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(f"{len(rows)} dead letters", list(rows[0]), [list(r.values()) for r in rows])
    else:
        print("no dead letters")


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="topic/partition/offset")],
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show the whole value; it may be personal.")
    ] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Show a dead letter: why it was set aside, and the record as far as it can be read.

    Example: nextbest dlq show events.browse/3/1207 --reveal
    """
    from nextbest.connections import PlaceReader, codec
    from nextbest.dead_letter_store import find_letter
    from nextbest.read_back import ReadBackError, read_back
    from runtime.logging import redact
    from runtime.settings import load_settings
    from schemas.errors import DeadLetterError

    settings = load_settings()
    found = find_letter(settings, letter_id)
    unread = LEFT_OUT
    if reveal:
        try:
            with PlaceReader(settings) as reader:
                found = read_back(reader, found)
        except ReadBackError as error:
            unread = f"not readable: {error}"
    letter, value = found.record, bytes(found.record["value"])
    shown: dict[str, Any] = {k: v for k, v in letter.items() if k not in {"value", "key"}}
    shown["time"] = iso_time(letter["timestamp"])
    try:
        if found.withheld:
            shown["record"] = unread
        else:
            name, record = codec(settings).decode(value)
            shown["record"] = name
            shown["decoded"] = record if reveal else {k: redact(str(v)) for k, v in record.items()}
    except DeadLetterError as error:
        shown["record"] = f"not readable: {error}"
    dump = value if reveal else value[:HEAD_BYTES]
    if as_json:
        print_json(shown | {"value_hex": dump.hex()})
        return
    print_table(letter_id, ("what", "is"), list(shown.items()))
    if dump:
        print(hexdump(dump))
    if len(dump) < len(value):
        print(f"… {len(value) - len(dump)} bytes more with --reveal")


@app.command()
def replay(
    letter_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="topic/partition/offset")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that can be replayed.")] = False,
    reason: Reason = None,
    topic: OfTopic = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Send the original records to their topics again, and take the dead letters off the list.

    Do it after mending the cause: what still can't be applied comes back as a new dead letter.
    What was applied meanwhile is recognised by its event id and changes nothing. Personal records
    are read back from where they stood, as long as their topic keeps them.

    Example: nextbest dlq replay --all --reason unknown_schema
    """
    from nextbest.dead_letter_store import find_letter, read_letters, replay_letters
    from nextbest.read_back import ready_to_replay
    from runtime.settings import load_settings

    if (letter_id is None) != everything:
        raise typer.BadParameter("name one ID, or --all")
    settings = load_settings()
    if letter_id is not None:
        chosen = [find_letter(settings, letter_id)]
    else:
        chosen = [letter for letter in read_letters(settings) if letter.matches(reason, topic)]
    going = []
    for letter, why in ready_to_replay(settings, chosen):
        if why:
            print(f"stays: {letter.letter_id}: {why}")
        else:
            going.append(letter)
    if not dry_run:
        replay_letters(settings, going)
    for letter in going:
        print(f"{'would go' if dry_run else 'replayed'}: {letter.letter_id}")
    if not going and letter_id is not None:
        raise typer.Exit(1)
