"""The trainer without servers: what it says when a belief no longer holds."""

from structlog.testing import capture_logs

from streams.training.outcomes import FromOutcomes
from tests.models.outcomes import learnable
from tests.streams.training.on_outcomes import learning


def counted(heard: FromOutcomes, belief: str) -> float:
    """What the metric says."""
    labels = {"belief": belief}
    return heard.metrics.registry.get_sample_value("nextbest_trainer_drifts_total", labels) or 0.0


def test_a_belief_that_no_longer_holds_is_logged_and_counted_once() -> None:
    heard = learning()

    def learn(first: int, clicks: int, count: int) -> None:
        for number in range(first, first + count):
            heard.hear("outcome", learnable(str(number), clicks=clicks))

    with capture_logs() as logs:
        learn(0, 0, 300)
        assert logs == []
        assert counted(heard, "click") == 0.0
        learn(300, 1, 11)
    told = [entry for entry in logs if entry["log_level"] == "warning"]
    assert [(entry["belief"], entry["about"], entry["times"]) for entry in told] == [
        ("click", "cart|reminder/none", 1)
    ]
    assert counted(heard, "click") == heard.memory.population.drifts["click"] == 1.0
    assert counted(heard, "leave") == 0.0


def test_a_repeated_outcome_tells_nothing_again() -> None:
    heard = learning()
    for number in range(40):
        heard.hear("outcome", learnable(str(number), clicks=1))
    before = counted(heard, "click")
    assert before >= 1.0
    heard.memory.noticed = [("click", "always")]
    with capture_logs() as logs:
        heard.hear("outcome", learnable("39", clicks=1))
    assert logs == []
    assert counted(heard, "click") == before
