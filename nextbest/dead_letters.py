"""`nextbest dlq`: look at records that were set aside, and send them again."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nextbest.output import Json, hexdump, iso_time, print_json, print_table, readable_cell

if TYPE_CHECKING:
    from nextbest.dead_letter_store import Letter

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
    from nextbest.dead_letter_store import read_letters
    from nextbest.replay_check import ReplayCheck
    from runtime.settings import load_settings

    settings = load_settings()
    check = ReplayCheck(settings)
    letters = [letter for letter in read_letters(settings) if letter.matches(reason, topic)]
    rows = [
        {
            "id": letter.letter_id,
            "time": iso_time(letter.record["timestamp"]),
            "stage": letter.record["stage"],
            "reason": letter.record["reason"],
            "detail": letter.record["detail"],
            "size_bytes": letter.record["size_bytes"],
            "replay": check.outlook(letter),
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
    decoded: dict[str, Any] = {}
    try:
        if found.withheld:
            shown["record"] = unread
        else:
            shown["record"], decoded = codec(settings).decode(value)
    except DeadLetterError as error:
        shown["record"] = f"not readable: {error}"
    hide: Callable[[str], str] = str if reveal else redact
    dump = value if reveal else value[:HEAD_BYTES]
    if as_json:
        if decoded:
            shown["decoded"] = {k: v if reveal else hide(str(v)) for k, v in decoded.items()}
        print_json(shown | {"value_hex": dump.hex()})
        return
    del shown["timestamp"]  # for people there is the time
    lines = [f"{name}: {hide(readable_cell(name, field))}" for name, field in decoded.items()]
    rows = [*shown.items(), ("decoded", "\n".join(lines))]
    print_table(letter_id, ("what", "is"), rows)
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

    Do it after mending the cause: what still can't be applied comes back as a new dead letter. So
    --all skips, and counts, records that intake would set aside again as they are: undecodable, in
    the wrong topic, or making no sense. One named by its ID is sent all the same. What was applied
    meanwhile is recognised by its event id and changes nothing. Personal records are read back from
    where they stood, as long as their topic keeps them.

    Example: nextbest dlq replay --all --reason unknown_schema
    """
    from nextbest.dead_letter_store import find_letter, read_letters, replay_letters
    from nextbest.read_back import ready_to_replay
    from nextbest.replay_check import ReplayCheck
    from runtime.settings import load_settings

    if (letter_id is None) != everything:
        raise typer.BadParameter("name one ID, or --all")
    settings = load_settings()
    check = ReplayCheck(settings)
    if letter_id is not None:
        chosen = [find_letter(settings, letter_id)]
    else:
        chosen = [letter for letter in read_letters(settings) if letter.matches(reason, topic)]
    judged = ready_to_replay(settings, chosen)
    going, skipped, staying = _going(judged, check.in_vain if everything else None)
    if not dry_run:
        replay_letters(settings, going)
    what = "would go" if dry_run else "replayed"
    for letter in going:
        print(f"{what}: {letter.letter_id}")
    if everything:
        print(
            f"{len(going)} {what}, {skipped} skipped as they would come back, "
            f"{staying} can't be replayed"
        )
    elif not going:
        raise typer.Exit(1)


def _going(
    judged: "Iterable[tuple[Letter, str | None]]", in_vain: "Callable[[Letter], str | None] | None"
) -> "tuple[list[Letter], int, int]":
    """Pick what is to be sent; say of the rest why not, and count what is skipped and what stays.

    Args:
        judged: The letters, each with why it can't be sent.
        in_vain: Tells why sending one would not help; None to send it all the same.
    """
    going, skipped, staying = [], 0, 0
    for letter, why in judged:
        if why:
            staying += 1
            print(f"stays: {letter.letter_id}: {why}")
        elif in_vain is not None and (vain := in_vain(letter)):
            skipped += 1
            print(f"skipped: {letter.letter_id}: {vain}")
        else:
            going.append(letter)
    return going, skipped, staying
