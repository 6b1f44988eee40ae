"""The report: passed only if all that must be 0 is, and something happened at all."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from deploy.demo.account import Found, Received
from deploy.demo.ledger import Ledger
from deploy.demo.observer import Decided
from deploy.demo.report import (
    MUST_BE_ZERO,
    Inboxes,
    closing_table,
    failures,
    make_report,
    write_report,
)
from deploy.demo.seals import Seals
from tests.deploy.demo.test_account import AT_MS, books, sound

REQUIRED = {
    "events_emitted",
    "events_applied",
    "events_dead_lettered",
    "events_unaccounted",
    "decisions",
    "holds",
    "emails_accepted",
    "emails_duplicate",
    "sent_without_consent",
    "emails_one_click",
    "emails_dkim_valid",
    "unsubscribes_by_post",
    "bounces_read",
    "complaints_read",
    "clicks",
    "purchases",
    "event_to_decision_ms",
    "decision_to_accept_ms",
    "wall_seconds",
}


def decided(*, send: bool, reason: str = "chosen", waits: bool = False) -> Decided:
    template = "welcome" if send else ""
    return Decided(send, "welcome", template, reason, AT_MS + 140, AT_MS + 100, waits)


def received(decision_id: str, recipient: str = "ann@shoppers.example") -> Received:
    return Received(decision_id, f"<{decision_id}@shop>", recipient, AT_MS + 200, AT_MS + 50)


SEALED = Seals(signatures=2, valid=2, one_click=True)


def report_of(
    *mails: Received, found: Found | None = None, inboxes: Inboxes | None = None
) -> dict[str, Any]:
    decisions = {
        "d1": decided(send=True),
        "d2": decided(send=False, reason="cap_day"),
        "d3": decided(send=False, reason="cap_day"),
        "d4": decided(send=False, waits=True),
    }
    inboxes = inboxes or Inboxes([SEALED] * len(mails))
    return make_report(books(), found or sound(), mails, decisions, 12.34, inboxes)


def test_it_has_all_that_was_promised_and_a_sound_run_passes() -> None:
    report = report_of(received("d1"))
    assert report.keys() >= REQUIRED
    assert failures(report) == []
    assert report["holds"] == {"cap_day": 2}
    assert report["waits"] == 1
    assert report["event_to_decision_ms"] == {"p50": 40, "p99": 40}
    assert report["decision_to_accept_ms"] == {"p50": 60, "p99": 60}
    assert report["emails_by_flow"] == {"welcome": 1}


@pytest.mark.parametrize(
    ("report", "name"),
    [
        (report_of(received("d1"), received("d1")), "emails_duplicate"),
        (report_of(received("d1", "bob@shoppers.example")), "sent_without_consent"),
        (report_of(received("d1"), found=Found()), "events_unaccounted"),
    ],
)
def test_each_of_the_three_fails_the_run(report: dict[str, Any], name: str) -> None:
    assert name in MUST_BE_ZERO
    assert any(name in sentence for sentence in failures(report))


def test_a_run_in_which_nothing_was_sent_fails() -> None:
    assert failures(report_of()) == ["emails_accepted is 0", "emails_one_click is 0"]
    empty = make_report(Ledger(), Found(), [], {}, 1.0, Inboxes())
    assert "events_applied is 0" in failures(empty)


def test_a_mail_without_a_valid_signature_fails_the_run() -> None:
    half = Inboxes([Seals(signatures=2, valid=1, one_click=True)])
    assert failures(report_of(received("d1"), inboxes=half)) == ["1 emails bear no valid signature"]


def test_what_came_back_is_counted_where_both_ends_know_of_it() -> None:
    ledger = books()
    ledger.bounced |= {"d1", "d2"}
    ledger.complained.add("d3")
    inboxes = Inboxes([SEALED], bounced={"d1", "d9"}, complained={"d3"})
    report = make_report(ledger, sound(), [received("d1")], {}, 1.0, inboxes)
    assert (report["bounces_read"], report["complaints_read"]) == (1, 1)


def test_it_is_written_whole_and_shown(tmp_path: Path) -> None:
    report = report_of(received("d1"))
    write_report(report, tmp_path / "new" / "report.json")
    assert json.loads((tmp_path / "new" / "report.json").read_text()) == report
    console = Console(record=True, width=100)
    console.print(closing_table(report))
    shown = console.export_text()
    assert "emails accepted" in shown
    assert "cap_day: 2" in shown
