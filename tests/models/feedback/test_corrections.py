"""What is found out after a window closed: bots and complaints, in outcomes and for learning."""

import pytest

from models import bounds
from models.learning.population import Population
from models.learning.relearning import Fate, Relearning
from models.step import Record
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life

CODEC = Codec(BundledRegistry())
WINDOW_MS = 7 * DAY_MS
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"


def mailed() -> tuple[Life, Record]:
    """Someone who has got a mail about their cart, chosen among other things, and its decision."""
    for attempt in range(40):
        life = Life().reachable()
        at_ms = NOON_MS + attempt
        life.happens("cart", at_ms - HOUR_MS, product_id=f"tent-{attempt}")
        life.pass_time(at_ms)
        decision = life.decisions[-1]
        if decision["action"] == "send":
            return life, decision
    raise AssertionError("forty decisions in a row held")


def click(life: Life, decision: Record, at_ms: int, url: str, now_ms: int | None = None) -> None:
    told = {"decision_id": decision["decision_id"], "url": url, "user_agent": BROWSER}
    life.happens("click", at_ms, now_ms, **told)


def close(life: Life, decision: Record) -> Record:
    life.pass_time(decision["decided_at"] + WINDOW_MS)
    (outcome,) = [o for o in life.outcomes if o["decision_id"] == decision["decision_id"]]
    return outcome


def corrections(life: Life) -> list[Record]:
    found = [outcome for outcome in life.outcomes if outcome["corrects"]]
    for record in found:
        assert CODEC.decode(CODEC.encode("outcome", record)) == ("outcome", record)
    return found


def learned(outcomes: list[Record]) -> bytes:
    memory = Relearning(Population())
    for outcome in outcomes:
        assert memory.hear(outcome) is not Fate.FORGOTTEN
    return memory.population.to_bytes()


def test_a_bot_found_out_after_the_window_teaches_neither_model_anything() -> None:
    (life, decision), (quiet, same) = mailed(), mailed()
    assert decision["decision_id"] == same["decision_id"]
    last_ms = decision["decided_at"] + WINDOW_MS - 500
    click(life, decision, last_ms, "a")
    assert close(life, decision)["clicks"] == 1
    close(quiet, decision)
    assert life.profile.weights != quiet.profile.weights
    click(life, decision, last_ms + 1_500, "b")
    (found,) = corrections(life)
    assert (found["clicks"], found["machine_clicks"], found["reward"]) == (-1, 1, 0.0)
    assert life.profile.weights == quiet.profile.weights
    assert (life.profile.clicks, life.profile.machine_clicks) == (0, 2)
    assert learned(life.outcomes) == learned(quiet.outcomes)
    click(life, decision, last_ms + 1_600, "c")
    assert len(corrections(life)) == 1


def test_only_clicks_that_counted_are_taken_out_of_an_outcome() -> None:
    life, decision = mailed()
    due_ms = decision["decided_at"] + WINDOW_MS
    close(life, decision)
    click(life, decision, due_ms + 1_000, "a")
    click(life, decision, due_ms + 2_000, "b")
    assert life.profile.machine_clicks == 2
    assert corrections(life) == []


def test_a_double_click_across_the_end_of_the_window_is_taken_back_as_it_counted() -> None:
    life, decision = mailed()
    due_ms = decision["decided_at"] + WINDOW_MS
    click(life, decision, due_ms - 500, "a")
    close(life, decision)
    click(life, decision, due_ms + 500, "a")
    click(life, decision, due_ms + 1_000, "b")
    (found,) = corrections(life)
    assert (found["clicks"], found["machine_clicks"]) == (-1, 1)


def test_a_bot_found_out_within_the_window_needs_no_correction() -> None:
    life, decision = mailed()
    at_ms = decision["decided_at"] + DAY_MS
    click(life, decision, at_ms, "a")
    click(life, decision, at_ms + 1_000, "b")
    assert (close(life, decision)["clicks"], corrections(life)) == (0, [])


@pytest.mark.parametrize("late", [0, 30 * DAY_MS])
def test_a_complaint_after_the_window_is_its_mails_whenever_it_was(late: int) -> None:
    (life, decision), (prompt, same) = mailed(), mailed()
    told = {"decision_id": decision["decision_id"], "status": "complained"}
    prompt.happens("delivery", decision["decided_at"] + DAY_MS, **told)
    assert close(prompt, same)["complained"] is True
    assert close(life, decision)["complained"] is False
    at_ms = decision["decided_at"] + DAY_MS + late
    life.happens("delivery", at_ms, life.now_ms + late, event_id="complaint-1", **told)
    (found,) = corrections(life)
    assert (found["corrects"], found["complained"]) == ("complaint-1", True)
    assert found["reward"] == -life.world.policy.complaint_cost
    assert life.profile.suppressed == "complained"
    assert learned(life.outcomes) == learned(prompt.outcomes)
    life.happens("delivery", at_ms + 1, life.now_ms, **told)
    assert len(corrections(life)) == 1, "one mail is complained of once"


def test_a_complaint_of_a_mail_long_forgotten_still_leaves_for_the_trainer() -> None:
    life, decision = mailed()
    close(life, decision)
    life.profile.messages.clear()
    life.happens("delivery", NOON_MS, decision_id=decision["decision_id"], status="complained")
    (found,) = corrections(life)
    assert (found["decision_id"], found["complained"]) == (decision["decision_id"], True)


def test_what_is_remembered_of_clicks_in_question_is_dropped_in_time() -> None:
    life, decision = mailed()
    click(life, decision, decision["decided_at"] + WINDOW_MS - 500, "a")
    close(life, decision)
    assert life.profile.past().lessons
    for number in range(2 * bounds.LESSONS):
        life.profile.flows.clear()
        at_ms = NOON_MS + 20 * DAY_MS + number * DAY_MS
        life.happens("cart", at_ms, product_id="tent-1")
        life.pass_time(at_ms + 2 * HOUR_MS)
    life.pass_time(NOON_MS + 60 * DAY_MS)
    assert (life.profile.past().lessons, life.profile.past().weights_before) == ([], {})
