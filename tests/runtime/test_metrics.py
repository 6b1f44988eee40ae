"""Metrics: names and labels follow Prometheus' conventions, and the page lists them all."""

import re
from pathlib import Path

from prometheus_client import REGISTRY, Counter, Gauge, Histogram

from runtime.documentation import metrics_page
from runtime.metrics import Metrics

UNITS = ("_seconds", "_bytes", "_total", "_records", "_partitions", "_profiles", "_keys", "_ratio")
UNITLESS = {
    "nextbest_codes_free",
    "nextbest_guardrail_level",
    "nextbest_sender_aside",
    "nextbest_sender_in_flight",
    "nextbest_sender_waiting",
    "nextbest_trainer_cluster_drift",
    "nextbest_volume_held",
    "nextbest_waiting",
}
PERSONAL = {"subscriber", "subscriber_id", "decision", "decision_id", "address", "event_id"}


def declared() -> dict[str, Counter | Gauge | Histogram]:
    metrics = Metrics()
    return {
        f"nextbest_{attribute}": value
        for attribute, value in vars(metrics).items()
        if isinstance(value, Counter | Gauge | Histogram)
    }


def test_attributes_are_called_like_their_metrics() -> None:
    assert set(declared()) == set(Metrics().labels)
    assert len(declared()) > 20


def test_names_follow_the_conventions() -> None:
    for name, metric in declared().items():
        assert re.fullmatch(r"nextbest_[a-z]+(_[a-z]+)*", name), name
        assert name.endswith("_total") == isinstance(metric, Counter), name
        assert name.endswith(UNITS) or name in UNITLESS, name
        if isinstance(metric, Histogram):
            assert name.endswith(("_seconds", "_bytes", "_keys")), name


def test_no_label_holds_ids_of_people() -> None:
    for name, labels in Metrics().labels.items():
        assert not PERSONAL & set(labels), name


def test_the_registry_is_our_own() -> None:
    first, second = Metrics(), Metrics()
    first.intake_journal_records_total.inc(3)
    assert first.registry.get_sample_value("nextbest_intake_journal_records_total") == 3
    assert second.registry.get_sample_value("nextbest_intake_journal_records_total") == 0
    assert REGISTRY.get_sample_value("nextbest_intake_journal_records_total") is None


def test_the_page_lists_every_metric() -> None:
    page = metrics_page()
    assert [name for name in Metrics().labels if f"`{name}`" not in page] == []
    # Written by `python -m runtime.documentation`.
    stored = Path(__file__).parents[2] / "docs" / "metrics.md"
    assert stored.read_text(encoding="utf-8") == page
