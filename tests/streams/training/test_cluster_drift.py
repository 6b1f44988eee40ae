"""The trainer says by how much its clusters have left what is usual."""

from models.audience.clusters import FIRST
from tests.models.audience.planted import Planted
from tests.streams.training.on_outcomes import learning


def test_the_gauges_are_the_clusters_drift() -> None:
    heard = learning()
    planted, population = Planted(), heard.memory.population
    population.clusters = planted.taught(FIRST * 10)
    planted.weights = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    planted.taught(1_000, population.clusters)
    heard._tell_cluster_drift()
    drift = population.clusters.drift()
    read = heard.metrics.registry.get_sample_value
    gauge = "nextbest_trainer_cluster_drift"
    assert read(gauge, {"of": "shares"}) == drift.shares > 0.25
    assert read(gauge, {"of": "centres"}) == drift.centres < 0.25
