"""The report of a run: figures from both ends, whether it passed, and the closing table."""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from deploy.demo.account import (
    Events,
    Found,
    Received,
    account_for_events,
    count_duplicates,
    percentiles,
    without_consent,
)
from deploy.demo.ledger import Ledger
from deploy.demo.observer import Decided
from deploy.demo.people import DOMAIN
from deploy.demo.seals import Seals
from schemas.keys import subscriber_key

MUST_BE_ZERO = ("events_unaccounted", "emails_duplicate", "sent_without_consent")
MUST_BE_THERE = ("events_applied", "emails_accepted", "emails_one_click")
"""Of what even the shortest run has some. Few people complain, and few addresses are dead."""


@dataclass(frozen=True, slots=True)
class Inboxes:
    """What the inboxes' end of the run shows.

    Attributes:
        seals: Of each mail received.
        bounced: Decisions whose mail a delivery event says came back.
        complained: Decisions whose mail one says was called spam.
    """

    seals: Sequence[Seals] = ()
    bounced: Set[str] = frozenset()
    complained: Set[str] = frozenset()


def make_report(
    ledger: Ledger,
    found: Found,
    mails: Sequence[Received],
    decisions: Mapping[str, Decided],
    wall_seconds: float,
    inboxes: Inboxes,
) -> dict[str, Any]:
    """Put the figures together.

    Args:
        ledger: What shoppers did.
        found: What stands in journal, dead letters and profiles.
        mails: What the inbox received.
        decisions: By id; for holds, waits and latencies only.
        wall_seconds: From the start of the servers to the last answer.
        inboxes: What was found on the mails, and what came back of them.

    """
    events = account_for_events(ledger, found)
    by_address = {
        f"{subscriber_key({'subscriber_id': key})}@{DOMAIN}": person
        for key, person in ledger.people.items()
    }
    unconsented = without_consent(mails, by_address)
    holds: dict[str, int] = {}
    for decided in decisions.values():
        if not (decided.send or decided.waits):
            holds[decided.reason] = holds.get(decided.reason, 0) + 1
    return {
        "events_emitted": ledger.total,
        "events_applied": events.applied,
        "events_repeated": ledger.repeats,
        "events_dead_lettered": events.dead_lettered,
        "events_unaccounted": events.unaccounted,
        "unaccounted": _unaccounted(events),
        "decisions": len(decisions),
        "holds": dict(sorted(holds.items(), key=lambda item: -item[1])),
        "waits": sum(decided.waits for decided in decisions.values()),
        "emails_accepted": len(mails),
        "emails_by_flow": _by_flow(mails, decisions),
        "emails_duplicate": count_duplicates(mails),
        "sent_without_consent": len(unconsented),
        "emails_one_click": sum(seal.one_click for seal in inboxes.seals),
        "emails_dkim_valid": sum(seal.all_valid for seal in inboxes.seals),
        "clicks": sum(ledger.clicks.values()),
        "unsubscribes": len(ledger.unsubscribed),
        "opt_ins_by_mail": len(ledger.confirmed),
        "unsubscribes_by_post": len(ledger.unsubscribed),
        "bounces_read": len(ledger.bounced & inboxes.bounced),
        "complaints_read": len(ledger.complained & inboxes.complained),
        "purchases": ledger.purchases(),
        "revenue": round(ledger.revenue, 2),
        "event_to_decision_ms": percentiles(
            [d.timestamp_ms - d.trigger_ms for d in decisions.values() if d.trigger_ms is not None]
        ),
        "decision_to_accept_ms": percentiles(
            [
                mail.accepted_ms - decisions[mail.decision_id].timestamp_ms
                for mail in mails
                if mail.decision_id in decisions
            ]
        ),
        "wall_seconds": round(wall_seconds, 1),
    }


def _unaccounted(events: Events) -> dict[str, Any]:
    return {"by_kind": dict(events.problems), "examples": events.examples}


def _by_flow(mails: Sequence[Received], decisions: Mapping[str, Decided]) -> dict[str, int]:
    flows: dict[str, int] = {}
    for mail in mails:
        decided = decisions.get(mail.decision_id)
        name = decided.flow if decided else "unknown"
        flows[name] = flows.get(name, 0) + 1
    return flows


def failures(report: Mapping[str, Any]) -> list[str]:
    """Say what keeps a run from having passed; empty if it did."""
    wrong = [f"{name} is {report[name]}, not 0" for name in MUST_BE_ZERO if report[name]]
    wrong += [f"{name} is 0" for name in MUST_BE_THERE if not report[name]]
    unsigned = report["emails_accepted"] - report["emails_dkim_valid"]
    if unsigned:
        wrong.append(f"{unsigned} emails bear no valid signature")
    return wrong


def write_report(report: Mapping[str, Any], path: Path) -> None:
    """Write it as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".tmp")
    partial.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)


def closing_table(report: Mapping[str, Any]) -> Table:
    """Lay the figures out for a person."""
    table = Table(title="What came of it", show_header=False, title_justify="left")
    table.add_column("what", style="bold")
    table.add_column("how many", justify="right")
    for name, value in report.items():
        if name == "unaccounted":
            continue
        label = name.replace("_", " ")
        if isinstance(value, Mapping):
            table.add_row(
                label, "\n".join(f"{k}: {_number(v)}" for k, v in value.items()) or "none"
            )
        else:
            table.add_row(label, _verdict(name, value))
    return table


def _verdict(name: str, value: Any) -> str:
    text = _number(value)
    if name not in MUST_BE_ZERO:
        return text
    return f"[bold red]{text}[/]" if value else f"[green]{text}[/]"


def _number(value: Any) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
