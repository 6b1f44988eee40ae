"""Scanners in the simulated shop: what they click earns nothing, and people's clicks still do."""

from collections import Counter

from models.step import Record
from simulation.events import HUMAN_AGENT
from tests.simulation.tiny import lively, run


def test_outcomes_count_peoples_clicks_and_not_those_of_machines() -> None:
    one = run(
        lively("bots", people=300, weeks=3, bots=0.5, clicks=0.4, visits_per_week=4), "random"
    )
    people: Counter[str] = Counter()
    outcomes: list[Record] = []
    step, left = one.pipeline.step, one._left

    def listening(person: int, name: str, event: Record, now_ms: int) -> list[tuple[str, Record]]:
        if name == "click" and event["user_agent"] == HUMAN_AGENT:
            people[event["decision_id"]] += 1
        return step(person, name, event, now_ms)

    def leaving(person: int, emitted: list[tuple[str, Record]]) -> None:
        outcomes.extend(record for name, record in emitted if name == "outcome")
        left(person, emitted)

    one.pipeline.step = listening  # type: ignore[method-assign]
    one._left = leaving  # type: ignore[method-assign]
    books = one.play().books

    told = sum(people[outcome["decision_id"]] for outcome in outcomes)
    counted = sum(outcome["clicks"] for outcome in outcomes)
    assert told > 50
    assert sum(outcome["machine_clicks"] for outcome in outcomes) > told
    assert 0.97 * told <= counted <= told
    profiles = [one.pipeline.profile(person) for person in range(300)]
    assert sum(profile.clicks for profile in profiles) >= 0.97 * people.total()
    every = sum(profile.clicks + profile.machine_clicks for profile in profiles)
    assert every == people.total() + books.total("machine_clicks")
