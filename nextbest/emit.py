"""`nextbest emit`: send a recorded log of events to Kafka."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nextbest.emit_run import Seen
    from schemas.recorded import Reader
    from schemas.recorded_csv import ColumnMapping
    from schemas.recorded_lines import Line


def emit(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON lines or CSV, plain or gzip.", exists=True, dir_okay=False, readable=True
        ),
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(help="TOML file that maps a CSV log's columns.", metavar="FILE"),
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", help="One column of a CSV log; repeat.", metavar="FIELD=COLUMN"),
    ] = None,
    type_: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            help="What a value of the type column means; repeat.",
            metavar="VALUE=RECORD[:ACTION]",
        ),
    ] = None,
    record: Annotated[
        str | None, typer.Option(help="The record of every row of a CSV log without types.")
    ] = None,
    time_format: Annotated[
        str | None, typer.Option(help="A CSV log's times: iso, ms, s, or a strptime format.")
    ] = None,
    speed: Annotated[
        float,
        typer.Option(min=0, help="Times faster than the log's own time; 0: as fast as possible."),
    ] = 0.0,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after this many events.")] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin at the log's start, whatever was sent before.")
    ] = False,
    rejected: Annotated[
        Path | None,
        typer.Option(
            help="Where lines that give no event go [FILE.rejected.jsonl].", metavar="FILE"
        ),
    ] = None,
) -> None:
    """Send a recorded log to the event topics; stop it at any time, run it again to go on.

    JSON lines hold one event each, `{"type": "browse", "subscriber_id": "ann", "occurred_at": …}`.
    CSV needs its columns named with --map or --mapping, except the public REES46 logs, which are
    recognised by their columns' names, in any order. Lines that give no event are counted and
    written, with the reason, to FILE.rejected.jsonl. Sending a log twice sends the same events
    under the same ids.

    Example: nextbest emit 2019-Oct.csv.gz --speed 3600
    Example: nextbest emit shop.csv --map type=what --map occurred_at=when --type seen=browse
    """
    from nextbest.connections import topology as topology_of
    from nextbest.emit_position import Position, PositionFile
    from nextbest.emit_run import Clock, LogRun, RejectedFile
    from nextbest.interrupts import EXIT_INTERRUPTED, asked_for
    from runtime.kafka_config import librdkafka_config, producer_config
    from runtime.settings import load_settings
    from schemas.emitter import Emitter
    from schemas.recorded import RecordedLog
    from schemas.registry import open_registry
    from schemas.topic_admin import topic_ids

    settings = load_settings()
    topology = topology_of(settings)
    reader = _csv_reader(_column_mapping(mapping, map_, type_, record, time_format))
    with closing(RecordedLog(file, reader)) as log:
        ids = topic_ids(
            librdkafka_config(settings), (*topology.event_topics, topology.for_record("catalog"))
        )
        # A topic's id: neither another cluster's topics nor newly made ones are taken for these.
        positions = PositionFile(
            settings.data_dir / "emit", file, ids[topology.for_record("browse")]
        )
        start = Position() if restart else positions.load()
        rejects = RejectedFile(rejected or file.with_name(f"{file.name}.rejected.jsonl"))
        emitter = Emitter(
            producer_config(settings),
            open_registry(settings.schema_registry_url, topology),
            topology,
        )
        if start.offset:
            typer.echo(f"going on after line {start.line}; --restart begins again", err=True)
        with asked_for() as interrupt, _progress_bar(file.name, log.file.size_bytes) as show:
            run = LogRun(
                log,
                emitter,
                positions,
                rejects,
                Clock(time.monotonic, time.sleep),
                speed=speed,
                limit=limit,
                on_progress=show,
                stopped=lambda: interrupt.wished,
            )
            end = run.run(start)
    said = f"{end.emitted - start.emitted} events sent, {end.rejected - start.rejected} rejected"
    typer.echo(said + (f" (see {rejects.path})" if end.rejected else ""))
    if run.ended_early:
        typer.echo(f"stopped after line {end.line}; the same command goes on there", err=True)
        raise typer.Exit(EXIT_INTERRUPTED)


def _column_mapping(
    file: Path | None,
    columns: list[str] | None,
    types: list[str] | None,
    record: str | None,
    time_format: str | None,
) -> "ColumnMapping | None":
    from dataclasses import replace

    from schemas.recorded_csv import ColumnMapping, load_mapping

    if not (file or columns or types or record or time_format):
        return None
    mapping = load_mapping(file) if file else ColumnMapping()
    return replace(
        mapping,
        columns={**mapping.columns, **_pairs("--map", columns)},
        types={**mapping.types, **_pairs("--type", types)},
        record=record or mapping.record,
        time_format=time_format or mapping.time_format,
    )


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    pairs = {}
    for pair in given or ():
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            raise typer.BadParameter(f"{pair!r} is not NAME=VALUE", param_hint=option)
        pairs[name] = value
    return pairs


def _csv_reader(mapping: "ColumnMapping | None") -> "Callable[[Line], Reader | None]":
    from schemas.recorded_csv import mapped_reader
    from schemas.rees46 import rees46_reader

    if mapping is None:
        return rees46_reader
    return lambda header: mapped_reader(mapping, header)


@contextmanager
def _progress_bar(name: str, size_bytes: int) -> "Iterator[Callable[[Seen], None]]":
    """Show how far the log has been read, by bytes; on standard error, and only on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from nextbest.output import iso_time

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[state]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(name, total=size_bytes, state="")

        def show(seen: "Seen") -> None:
            state = f"{seen.emitted:,} events"
            if seen.rejected:
                state += f", {seen.rejected:,} rejected"
            if seen.log_time_ms:
                state += f", at {iso_time(seen.log_time_ms)}"
            progress.update(task, completed=seen.read_bytes, state=state)

        yield show
