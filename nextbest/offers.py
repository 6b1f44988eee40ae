"""`nextbest offers`: load the single-use codes of an offer, withdraw them, and count them."""

import asyncio
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nextbest.output import Json, print_json, print_table

if TYPE_CHECKING:
    from models.programme.flows import Programme
    from nextbest.code_file import Code
    from runtime.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Load single-use codes, withdraw and count them.")

_COLUMNS = ("free", "reserved", "given", "redeemed", "expired", "withdrawn")


@app.command()
def load(
    offer: Annotated[str, typer.Argument(metavar="OFFER", help="An offer with `codes: true`.")],
    file: Annotated[
        Path,
        typer.Argument(
            help="One code a line, or CSV: code,expiry.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ],
    expires: Annotated[
        str | None,
        typer.Option(
            metavar="DAY",
            help="Last day of codes that say none: 2026-12-24, or 2026-12-24T18:00, in the "
            "programme's time zone.",
        ),
    ] = None,
) -> None:
    """Load single-use codes into the journal; workers take them from there.

    A file that isn't right in every line is refused as a whole. Loading it again adds nothing, nor
    does a code that was given or redeemed come back.

    Example: nextbest offers load gift codes.txt --expires 2026-12-24
    """
    from runtime.settings import load_settings
    from streams.worlds import read_programme

    settings = load_settings()
    programme = read_programme(settings)
    _check_offer(offer, programme)
    codes = _read(file, expires, programme)
    _write(settings, offer, [(code.code, code.expires_ms) for code in codes], withdrawn=False)
    print(
        f"{len(codes):,} codes of {offer} stand in the journal; `nextbest offers show {offer}` "
        "counts them once workers have read so far."
    )


@app.command()
def withdraw(
    offer: Annotated[str, typer.Argument(metavar="OFFER", help="Whose codes.")],
) -> None:
    """Have no more codes of an offer given: all that no mail has left with go out of the pool.

    A code that is reserved for a mail under way leaves with it, or goes out of the pool if that
    mail never does. What somebody has stays theirs. Loading a code again brings it back. Exit
    status 1 where there is nothing to withdraw.

    Example: nextbest offers withdraw gift
    """
    from models.offers.code import RESERVED
    from nextbest.code_counts import unissued_codes
    from runtime.settings import load_settings

    settings = load_settings()
    found = asyncio.run(unissued_codes(settings, offer))
    if not found:
        typer.echo(f"there are no codes of {offer} that no mail has left with", err=True)
        raise typer.Exit(1)
    pairs = [(code, known.expires_ms) for code, known in sorted(found.items())]
    _write(settings, offer, pairs, withdrawn=True)
    reserved = sum(1 for known in found.values() if known.state == RESERVED)
    print(
        f"{len(found):,} codes of {offer} are withdrawn as soon as workers have read so far; "
        f"{reserved:,} of them are reserved for mails under way, and leave with those that do."
    )


def _write(
    settings: "Settings", offer: str, codes: list[tuple[str, int]], *, withdrawn: bool
) -> None:
    """Have codes stand in the journal, to be loaded or withdrawn."""
    from confluent_kafka import Producer

    from nextbest.connections import QUIET, codec, topology
    from runtime.kafka_config import librdkafka_config, producer_config
    from schemas.topic_admin import check_topics
    from streams.code_records import write_codes

    topics = topology(settings)
    check_topics(librdkafka_config(settings), topics)
    producer = Producer({**producer_config(settings, client_id="nextbest-cli"), "log_level": QUIET})
    write_codes(producer, topics, codec(settings), offer, codes, withdrawn=withdrawn)


@app.command()
def show(
    offer: Annotated[str | None, typer.Argument(metavar="[OFFER]", help="Only this one's.")] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Count the codes of each offer by what has become of them; exit status 1 if there are none.

    Example: nextbest offers show gift
    """
    from nextbest.code_counts import count_codes
    from runtime.settings import load_settings

    found = asyncio.run(count_codes(load_settings(), _now_ms()))
    if offer is not None:
        found = {name: counts for name, counts in found.items() if name == offer}
    rows = {name: asdict(counts) for name, counts in found.items()}
    if as_json:
        print_json(rows)
    elif rows:
        table = [[name, *(row[column] for column in _COLUMNS)] for name, row in rows.items()]
        print_table("Codes", ("offer", *_COLUMNS), table)
    if not rows:
        typer.echo(
            f"no codes of {offer or 'any offer'} are known; `nextbest offers load` loads "
            "some, and workers take them in as they read the journal",
            err=True,
        )
        raise typer.Exit(1)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _check_offer(offer: str, programme: "Programme") -> None:
    coded = sorted(name for name, found in programme.offers.items() if found.codes)
    if offer not in coded:
        known = ", ".join(coded) or "none"
        raise typer.BadParameter(
            f"{offer!r} is no offer with `codes: true` in the programme; those are: {known}. The "
            "programme is read from NEXTBEST_PROGRAMME_DIR."
        )


def _read(file: Path, expires: str | None, programme: "Programme") -> "list[Code]":
    from models.localtime import end_of
    from models.offers.code import NEVER_MS
    from nextbest.code_file import read_codes

    def end_ms(text: str) -> int:
        return end_of(text, programme.time_zone)

    try:
        default_ms = NEVER_MS if expires is None else end_ms(expires)
    except ValueError:
        raise typer.BadParameter(f"--expires {expires}: write a day like 2026-12-24") from None
    with file.open(encoding="utf-8", errors="replace") as lines:
        return read_codes(lines, default_ms=default_ms, now_ms=_now_ms(), end_of=end_ms)
