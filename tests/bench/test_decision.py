"""The decision benchmark values what it counts: nothing is ruled out, every arm has a chance."""

from bench.decision import NOW_MS, flow_of, learned, person
from models.catalog import Catalog
from models.decision.decide import decide, seed_of
from models.decision.look import look
from models.decision.moment import TriggerSeen
from models.programme.flows import Programme
from models.programme.reading import parse_programme
from models.world import World
from runtime.settings import BUNDLED_PROGRAMME


def _programme() -> Programme:
    return parse_programme((BUNDLED_PROGRAMME / "flows.yaml").read_text(encoding="utf-8"))


def test_every_candidate_is_valued() -> None:
    flow = flow_of(6, World(_programme()))
    world = World(_programme(), Catalog(), learned(flow))
    trigger = TriggerSeen("timer", flow.timer, NOW_MS)

    moment = look(flow, trigger, NOW_MS, "s-1", person(), NOW_MS, world)
    record = decide(moment, seed_of(moment))

    assert len(moment.candidates) == 13
    assert moment.hours
    assert moment.models.weights
    assert world.population.learned > 100
    assert record["reasons"] == ["chosen"]
    assert all(candidate["propensity"] > 0.0 for candidate in record["candidates"])
    assert len({candidate["score"] for candidate in record["candidates"][:13]}) > 3
