"""What was measured of sending, as a table, as JSON and in docs/measurements.md."""

import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table

from bench.task import Measured

TARGET = 0.5
"""Share of the bare loop's mails per CPU-second that the sender must reach, without DKIM."""
BEGIN = "<!-- written by python -m bench.sending: begin -->"
END = "<!-- written by python -m bench.sending: end -->"
_MEANING = {
    "bare": "aiosmtplib alone: MAIL, RCPT, DATA",
    "sender": "the sender role: ledger, limiter, rendering, events; not signing",
    "blocked": "the sender, not signing, with a fifth more mails for a provider that takes none",
    "signed": "the sender, signing by RSA-2048 and Ed25519",
}
_HEADINGS = (
    "what sends",
    "mails per CPU-second",
    "CPU µs a mail",
    "of the bare loop",
    "what it does",
)


class SendingResults(msgspec.Struct, kw_only=True):
    """Everything that `bench/results/sending.json` holds.

    Attributes:
        ratios: Of each way to send: median over the rounds of its share of the bare loop's mails
            per CPU-second in the same round.
        steps_us: CPU of each step of the signing sender's thread, µs a mail; from a run of its own.
    """

    command: str
    measured_at: str
    machine: dict[str, Any]
    mail_bytes: int
    connections: int
    mails: int
    cpu_us: dict[str, float]
    ratios: dict[str, float]
    steps_us: dict[str, float]
    rounds: dict[str, list[Measured]]

    @property
    def target_met(self) -> bool:
        """Whether the sender without DKIM reaches its share."""
        return self.ratios["sender"] >= TARGET


def summarize(
    rounds: Mapping[str, Sequence[Measured]],
    steps: Measured,
    *,
    command: str,
    machine: dict[str, Any],
    mail_bytes: int,
    connections: int,
) -> SendingResults:
    """Take the medians and compare, round by round."""
    bare = [run.cpu_us_per_event for run in rounds["bare"]]
    cpu = {name: [run.cpu_us_per_event for run in runs] for name, runs in rounds.items()}
    return SendingResults(
        command=command,
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=machine,
        mail_bytes=mail_bytes,
        connections=connections,
        mails=rounds["bare"][0].events,
        cpu_us={name: round(statistics.median(values), 1) for name, values in cpu.items()},
        ratios={
            name: round(
                statistics.median(one / other for one, other in zip(bare, values, strict=True)), 3
            )
            for name, values in cpu.items()
        },
        steps_us={
            name: round(seconds / steps.events * 1e6, 1)
            for name, seconds in sorted(steps.stages.items(), key=lambda item: -item[1])
        },
        rounds={name: list(runs) for name, runs in rounds.items()},
    )


def _rows(results: SendingResults) -> list[tuple[str, ...]]:
    return [
        (
            name,
            f"{1e6 / cpu:,.0f}",
            f"{cpu:,.0f}",
            f"{results.ratios[name]:.0%}",
            _MEANING[name],
        )
        for name, cpu in results.cpu_us.items()
    ]


def _verdict(results: SendingResults) -> str:
    return (
        f"Without DKIM {results.ratios['sender']:.0%} of the bare loop "
        f"(target {TARGET:.0%}: {'met' if results.target_met else 'MISSED'})"
    )


def _others(results: SendingResults) -> str:
    shares = [
        (blocked.events / blocked.wall_seconds) / (free.events / free.wall_seconds)
        for free, blocked in zip(results.rounds["sender"], results.rounds["blocked"], strict=True)
    ]
    return (
        f"With a blocked provider beside them the others' mails leave at "
        f"{statistics.median(shares):.2f} times the speed without (median of rounds; "
        f"{min(shares):.2f} to {max(shares):.2f})"
    )


def table(results: SendingResults) -> Table:
    """The results for a terminal."""
    made = Table(*_HEADINGS, caption=f"{_verdict(results)}\n{_others(results)}")
    for row in _rows(results):
        made.add_row(*row)
    return made


def write_docs(results: SendingResults, page: Path) -> None:
    """Replace what stands between the markers of the page."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{_markdown(results)}\n{END}{after}", encoding="utf-8")


def _markdown(results: SendingResults) -> str:
    machine = results.machine
    steps = ", ".join(f"{name} {cost:,.0f}" for name, cost in results.steps_us.items())
    run = (
        f"`{results.command}`, {results.measured_at}: {machine['cores']} cores "
        f"({machine['processor']}), load before {machine['load_before'][0]:g}; mails of "
        f"{results.mail_bytes / 1000:.1f} kB over {results.connections} connections, medians of "
        f"{len(results.rounds['bare'])} rounds of {results.mails:,} mails."
    )
    told = "CPU µs a mail by step, signing, in a run of its own that looking makes slower"
    return "\n".join(
        [
            run,
            "",
            "| " + " | ".join(_HEADINGS) + " |",
            "|---|---:|---:|---:|---|",
            *("| " + " | ".join(row) + " |" for row in _rows(results)),
            "",
            f"{_verdict(results)}. {_others(results)}.",
            "",
            f"{told}: {steps}.",
        ]
    )
