"""What a decision costs by the number of its candidates: looking, deciding, and the record's bytes.

    python -m bench.decision

CPU microseconds, the median of several runs, for a person of whom much is known and a population
that has learned. Nothing is ruled out, so every candidate is valued.
"""

import statistics
import sys
from dataclasses import replace
from time import process_time

from rich.console import Console
from rich.table import Table

from models.catalog import Catalog
from models.decision.decide import decide, seed_of
from models.decision.look import look
from models.decision.moment import TriggerSeen
from models.learning.population import Population
from models.person.past import Consent, Message
from models.person.profile import CartItem, Profile
from models.programme.flow_parts import MessageChoice, SlotChoice
from models.programme.flows import Flow, Programme
from models.programme.reading import parse_programme
from models.step import Record
from models.world import World
from runtime.settings import BUNDLED_PROGRAMME
from schemas.codec import Codec
from schemas.registry import BundledRegistry

NOW_MS = 1_757_505_600_000
"""10 September 2025, 12:00 UTC."""
HOUR_MS = 3_600_000
FLOWS = ((1, 0), (6, 0), (6, 2), (30, 0))
"""Messages of a flow, each with an offer or none, and variants of each one's subject."""
_DECISIONS, _ROUNDS = 200, 9


def person() -> Profile:
    """Someone who browsed, filled a cart, got mails and has a model of their own."""
    profile = Profile(
        first_ms=NOW_MS - 2_000 * HOUR_MS,
        last_ms=NOW_MS - HOUR_MS,
        activity=NOW_MS / (168.0 * HOUR_MS) + 2.0,
        categories={f"category-{n}": NOW_MS / (672.0 * HOUR_MS) + n for n in range(12)},
        viewed={f"product-{n}": NOW_MS - n * HOUR_MS for n in range(6)},
        cart=[CartItem("product-1", 1, 40.0, NOW_MS - 2 * HOUR_MS)],
        has_address=True,
        time_zone="Europe/Berlin",
        clicks=2,
        accepted=9,
        visits=bytes([8, 12, 12, 19, 19, 20, 20, 20, 21, 8, 12, 20]),
    )
    past = profile.past()
    past.consent["marketing"] = Consent(granted=True, at_ms=NOW_MS - 2_000 * HOUR_MS)
    past.weights = {"mail": 0.4, "type:kind-1": 0.2, "offer": -0.1}
    past.messages = [
        Message(f"{n:016x}", "kind-1/none", "other", NOW_MS - 300 * HOUR_MS, 0, "accepted")
        for n in range(9)
    ]
    return profile


def flow_of(messages: int, world: World, variants: int = 0) -> Flow:
    """The cart flow with so many messages, without fences."""
    slots = (SlotChoice("subject", tuple(f"v{n}" for n in range(variants))),) if variants else ()
    kinds = tuple(
        MessageChoice(f"kind-{n}", "cart_reminder", ("none", "small"), 0.05, 0.04, 0.002, slots)
        for n in range(messages)
    )
    flow = world.programme.flows["cart_abandonment"]
    return replace(flow, messages=kinds, quiet=None, capped=False)


def learned(flow: Flow) -> Population:
    """A population that has seen each arm of a flow some times."""
    world = World(_programme(), Catalog(), Population())
    population = world.population
    for number in range(40 * len(flow.messages)):
        at_ms = NOW_MS + number
        trigger = TriggerSeen("timer", flow.timer, at_ms)
        moment = look(flow, trigger, at_ms, f"s-{number}", person(), at_ms, world)
        population.learn(_outcome(decide(moment, number << 40), clicks=int(number % 20 == 0)))
    return population


def _outcome(decision: Record, *, clicks: int) -> Record:
    nothing = {"purchases": 0, "reached": None, "unsubscribed": False, "complained": False}
    return {**decision, **nothing, "clicks": clicks, "reward": 0.0, "evidence": True}


def cost_us(messages: int, variants: int) -> tuple[int, float]:
    """How many candidates there were, and CPU microseconds for a decision, encoded."""
    codec = Codec(BundledRegistry())
    flow = flow_of(messages, World(_programme()), variants)
    world, profile = World(_programme(), Catalog(), learned(flow)), person()
    candidates, rounds = 0, []
    for _ in range(_ROUNDS):
        began = process_time()
        for number in range(_DECISIONS):
            at_ms = NOW_MS + number
            trigger = TriggerSeen("timer", flow.timer, at_ms)
            moment = look(flow, trigger, at_ms, "s-1", profile, at_ms, world)
            record = decide(moment, seed_of(moment))
            codec.encode("decision", record)
            candidates = len(moment.candidates)
        rounds.append((process_time() - began) / _DECISIONS * 1e6)
    return candidates, statistics.median(rounds)


def _programme() -> Programme:
    return parse_programme((BUNDLED_PROGRAMME / "flows.yaml").read_text(encoding="utf-8"))


def main() -> int:
    """Print the table."""
    table = Table("candidates", "variants of a subject", "CPU µs a decision")
    for messages, variants in FLOWS:
        candidates, cost = cost_us(messages, variants)
        table.add_row(str(candidates), str(variants or "none"), f"{cost:.0f}")
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
