"""What a batch did, counted for the metrics once it is committed."""

from collections import Counter
from dataclasses import dataclass, field

import structlog

from models.audience.attributes import REFUSED
from models.person.contact import UNCONFIRMED
from models.step import Noticed, Record
from runtime.metrics import Metrics

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Tally:
    """Counts of one write.

    Attributes:
        applied: Records that changed something, by record name.
        repeated: Records recognised as repeats, by kind: source or event_id.
        dead: Dead letters by reason.
        timers: Timers fired, by prefix.
        left: Records put into the outbox, by record name.
        decisions: Decisions by action, flow, arm and first reason.
        recommended: Products that mails show, by why they are shown.
        interactions: Interactions gathered for recommendations.
        discounts: What offers took off, in the shop's currency.
        noticed: Segments entered and left, attributes refused, opt-ins that aren't confirmed yet;
            see `models.step.Step`.
        decided: The decisions, for the log.
        triggered_ms: Broker timestamps of the records that led to decisions, epoch milliseconds.
    """

    applied: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    timers: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    decisions: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    recommended: Counter[str] = field(default_factory=Counter)
    interactions: int = 0
    discounts: float = 0.0
    noticed: Counter[Noticed] = field(default_factory=Counter)
    decided: list[Record] = field(default_factory=list)
    triggered_ms: list[int] = field(default_factory=list)

    def emitted(self, name: str, record: Record, triggered_ms: int | None) -> None:
        """Count a record that leaves."""
        self.left[name] += 1
        if name == "decision":
            reasons = record["reasons"]
            first = reasons[0] if reasons else ""
            self.decisions[record["action"], record["flow"], record["arm"], first] += 1
            self.decided.append(record)
            if record["action"] == "send":
                sources = record["content"].get("product_sources", "")
                self.recommended.update(source for source in sources.split(",") if source)
            if triggered_ms is not None:
                self.triggered_ms.append(triggered_ms)

    def report(self, metrics: Metrics, now_ms: int) -> None:
        """Add the counts to the process's metrics, and log each decision.

        Labels go by position, which costs half of naming them.

        Args:
            metrics: The process's metrics.
            now_ms: The wall clock after the commit, epoch milliseconds.
        """
        for name, count in self.applied.items():
            metrics.worker_records_total.labels(name).inc(count)
        for kind, count in self.repeated.items():
            metrics.worker_duplicates_total.labels(kind).inc(count)
        for reason, count in self.dead.items():
            metrics.dead_letters_total.labels(stage="worker", reason=reason).inc(count)
        for prefix, count in self.timers.items():
            metrics.timers_fired_total.labels(prefix).inc(count)
        for name, count in self.left.items():
            metrics.worker_produced_total.labels(name).inc(count)
        for what, count in self.decisions.items():
            metrics.decisions_total.labels(*what).inc(count)
        self._report_noticed(metrics)
        self._report_products(metrics)
        metrics.discounts_total.inc(self.discounts)
        if self.decided:
            # One line for a write's decisions: a line costs more than deciding does.
            log.info("decided", decisions=[_line(decision) for decision in self.decided])
        for triggered in self.triggered_ms:
            metrics.event_to_decision_seconds.observe(max(0, now_ms - triggered) / 1000)

    def _report_products(self, metrics: Metrics) -> None:
        metrics.worker_interactions_total.inc(self.interactions)
        for source, count in self.recommended.items():
            metrics.recommended_total.labels(source).inc(count)

    def _report_noticed(self, metrics: Metrics) -> None:
        for (kind, name, what), count in self.noticed.items():
            if kind == REFUSED:
                metrics.attributes_refused_total.labels(name).inc(count)
                log.warning(
                    "attribute refused, what was known stays",
                    attribute=name,
                    reason=what,
                    times=count,
                )
            elif kind == UNCONFIRMED:
                metrics.opt_ins_unconfirmed_total.inc(count)
            else:
                metrics.segment_changes_total.labels(name, what).inc(count)


def _line(decision: Record) -> str:
    """Name a decision: its id, its trigger's id, flow, arm and reasons."""
    words = [decision["decision_id"], decision["trigger"]["id"], decision["flow"], decision["arm"]]
    return " ".join([*words, *decision["reasons"]])
