"""Learning with a correction is learning without the mistake: bit for bit, stored or not."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.decision.arms import HOLD
from models.errors import NotLearnableError, SnapshotError
from models.learning import relearning
from models.learning.population import Population
from models.learning.relearning import BEFORE, HEAD, Fate, Relearning, part_of
from models.step import Record
from tests.models.outcomes import correction, learnable

UNHURRIED = settings(deadline=None, max_examples=60)


@pytest.fixture(autouse=True)
def _short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few outcomes fill what takes thousands otherwise: 6 segments of 5."""
    monkeypatch.setattr(relearning, "SEGMENT_OUTCOMES", 5)
    monkeypatch.setattr(relearning, "SEGMENTS", 6)


KEPT = 30
"""So many outcomes are surely kept."""

ARMS = st.sampled_from([HOLD, "reminder/none", "reminder/small", "welcome/none", "wait/9"])


@st.composite
def outcomes(draw: st.DrawFn, number: int) -> Record:
    arm = draw(ARMS)
    accepted = "/" in arm and draw(st.integers(0, 5)) > 0
    made = learnable(
        f"d{number}",
        arm,
        flow=draw(st.sampled_from(["cart", "browse"])),
        propensity=draw(st.sampled_from([0.02, 0.5, 1.0])),
        accepted=accepted,
        evidence=accepted or arm == HOLD,
        clicks=draw(st.integers(0, 2)) if accepted else 0,
        purchases=draw(st.integers(0, 2)),
        reached=draw(st.sampled_from([None, None, False, True])),
        unsubscribed=draw(st.integers(0, 9)) == 0,
    )
    made["features"]["active"] = draw(st.floats(-4.0, 4.0))
    if draw(st.booleans()):
        made["features"]["new"] = draw(st.floats(-1.0, 1.0))
    return made


@st.composite
def mistakes(draw: st.DrawFn, number: int) -> Record:
    """Something that was wrong about an outcome."""
    kind = draw(st.sampled_from(["refund", "bot", "complaint"]))
    told = correction(f"d{number}", f"{kind}-{draw(st.integers(0, 3))}")
    if kind == "refund":
        told["purchases"] = -1
    elif kind == "bot":
        told["clicks"] = -draw(st.integers(1, 2))
    else:
        told |= {"complained": True, "accepted": True}
    return told


def without(outcome: Record, told: list[Record]) -> Record:
    """The outcome had nothing been mistaken, written down without the code under test."""
    made = dict(outcome)
    for each in {record["corrects"]: record for record in reversed(told)}.values():
        made["clicks"] = max(0, made["clicks"] + each["clicks"])
        made["purchases"] = max(0, made["purchases"] + each["purchases"])
        if each["complained"]:
            made["complained"] = True
            if "/" in made["arm"] and not made["arm"].startswith("wait/"):
                made["accepted"] = made["evidence"] = True
    return made


@st.composite
def histories(draw: st.DrawFn, count: int) -> tuple[list[Record], list[Record]]:
    """What the trainer hears, corrections at any later place; and the same without mistakes."""
    count = draw(st.integers(1, count))
    originals = [draw(outcomes(number)) for number in range(count)]
    told: list[tuple[int, Record]] = []
    for _ in range(draw(st.integers(0, 6))):
        number = draw(st.integers(0, count - 1))
        told.append((draw(st.integers(number, count - 1)), draw(mistakes(number))))
    told.sort(key=lambda pair: pair[0])
    heard: list[Record] = []
    for number, original in enumerate(originals):
        heard.append(original)
        heard += [record for place, record in told if place == number]
    by_decision: dict[str, list[Record]] = {}
    for _, record in told:
        by_decision.setdefault(record["decision_id"], []).append(record)
    right = [without(o, by_decision.get(o["decision_id"], [])) for o in originals]
    return heard, right


def learned(records: list[Record]) -> bytes:
    population = Population()
    for record in records:
        population.learn(record)
    return population.to_bytes()


@UNHURRIED
@given(histories(KEPT))
def test_learning_with_corrections_is_learning_without_the_mistakes(
    history: tuple[list[Record], list[Record]],
) -> None:
    heard, right = history
    memory = Relearning(Population())
    for record in heard:
        assert memory.hear(record) is not Fate.FORGOTTEN or record["corrects"]
    assert memory.population.to_bytes() == learned(right)


@UNHURRIED
@given(histories(3 * KEPT), st.data())
def test_stored_and_restored_at_any_point_it_gives_the_same_bytes(
    history: tuple[list[Record], list[Record]], data: Any
) -> None:
    heard, _ = history
    one = other = Relearning(Population())
    one = Relearning(Population())
    kept: dict[str, bytes | None] = {}
    for record in heard:
        fates = (one.hear(record), other.hear(record))
        assert fates[0] == fates[1]
        if data.draw(st.integers(0, 3)) == 0:
            model, parts = other.to_store()
            kept |= parts
            other = Relearning.restore(model, kept)
            assert other.population.to_bytes() == one.population.to_bytes()
    assert other.to_store()[0] == one.to_store()[0]


@UNHURRIED
@given(histories(KEPT))
def test_repeats_change_nothing(history: tuple[list[Record], list[Record]]) -> None:
    heard, _ = history
    one, other = Relearning(Population()), Relearning(Population())
    for record in heard:
        one.hear(record)
        other.hear(record)
        assert other.hear(record) in (
            Fate.REPEATED,
            Fate.UNTAUGHT,
            Fate.UNCHANGED,
            Fate.FORGOTTEN,
        )
    for record in heard:
        other.hear(record)
    assert other.to_store()[0] == one.to_store()[0]


def test_a_mistake_does_change_what_is_learned() -> None:
    wrong, right = learnable("d", clicks=1, purchases=1), learnable("d", clicks=0, purchases=1)
    assert learned([wrong]) != learned([right])


def test_what_is_not_kept_any_more_is_forgotten_and_changes_nothing() -> None:
    memory = Relearning(Population())
    for number in range(100):
        memory.hear(learnable(f"d{number}", clicks=1))
    before = memory.population.to_bytes()
    assert memory.hear(correction("d0", "e", clicks=-1)) is Fate.FORGOTTEN
    assert memory.population.to_bytes() == before
    for number in range(100 - KEPT, 100):
        assert memory.hear(correction(f"d{number}", "e", clicks=-1)) is Fate.CORRECTED
    assert memory.population.to_bytes() != before


def test_a_correction_before_its_outcome_is_told_and_changes_nothing() -> None:
    memory = Relearning(Population())
    assert memory.hear(correction("d", "e", clicks=-1)) is Fate.FORGOTTEN
    assert memory.hear(learnable("d", clicks=1)) is Fate.LEARNED
    assert memory.population.to_bytes() == learned([learnable("d", clicks=1)])


def test_a_complaint_shows_that_a_mail_was_accepted() -> None:
    memory = Relearning(Population())
    lost = learnable("d", accepted=False, evidence=False)
    assert memory.hear(lost) is Fate.UNTAUGHT
    assert memory.hear(correction("d", "e", complained=True, accepted=True)) is Fate.CORRECTED
    assert memory.population.to_bytes() == learned([learnable("d", complained=True)])


def test_the_version_tells_a_corrected_snapshot_from_the_one_before() -> None:
    memory = Relearning(Population())
    memory.hear(learnable("d", clicks=1))
    before = Population.from_bytes(memory.to_store()[0])
    memory.hear(correction("d", "e", clicks=-1))
    after = Population.from_bytes(memory.to_store()[0])
    assert (before.version, after.version) == ("1", "1.1")
    memory = Relearning.restore(memory.to_store()[0], {})
    memory.hear(learnable("d2", clicks=1))
    assert Population.from_bytes(memory.to_store()[0]).version == "2.1", "never a version again"


def test_what_can_not_be_learned_is_refused_and_leaves_no_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory = Relearning(Population())
    memory.hear(learnable("d1", clicks=1))
    with pytest.raises(NotLearnableError):
        memory.hear(learnable("d2", reward=float("nan")))
    learn = Population._learn_mail

    def breaks(self: Population, *given: Any, **named: Any) -> None:
        learn(self, *given, **named)
        raise ArithmeticError

    with monkeypatch.context() as patched:
        patched.setattr(Population, "_learn_mail", breaks)
        with pytest.raises(ArithmeticError):
            memory.hear(learnable("d3", clicks=1))
    memory.hear(learnable("d4"))
    assert memory.population.to_bytes() == learned([learnable("d1", clicks=1), learnable("d4")])


def test_corrections_of_several_segments_are_learned_together() -> None:
    memory = Relearning(Population())
    told = [learnable(f"d{number}", clicks=1) for number in range(12)]
    for record in told:
        memory.hear(record)
    memory.hear(correction("d0", "e", clicks=-1))
    memory.hear(correction("d11", "e", clicks=-1))
    later = [learnable(f"d{number}", clicks=1) for number in range(12, 24)]
    for record in later:
        memory.hear(record)
    for place in (0, 11):
        told[place] = learnable(f"d{place}")
    assert memory._stale_from == 0, "nothing was learned anew yet"
    assert memory.population.to_bytes() == learned([*told, *later])
    memory.hear(correction("d20", "e", clicks=-1))
    later[8] = learnable("d20")
    assert memory.population.to_bytes() == learned([*told, *later])


def test_segments_begun_while_a_correction_waits_start_from_what_is_right() -> None:
    memory = Relearning(Population())
    told = [learnable(f"d{number}", clicks=1) for number in range(5)]
    for record in told:
        memory.hear(record)
    memory.hear(correction("d0", "e", clicks=-1))
    told[0] = learnable("d0")
    told += [learnable(f"d{number}", clicks=1) for number in range(5, 9)]
    for record in told[5:]:
        memory.hear(record)
    memory.hear(correction("d7", "e", clicks=-1))
    told[7] = learnable("d7")
    memory._stale_from = 1  # as if the correction before it had been learned by itself
    assert memory.population.to_bytes() == learned(told)


def test_only_what_changed_is_stored_again() -> None:
    memory = Relearning(Population())
    for number in range(12):
        memory.hear(learnable(f"d{number}", clicks=1))
    assert set(memory.to_store()[1]) == {HEAD, BEFORE, part_of(0), part_of(1), part_of(2)}
    memory.hear(learnable("d12"))
    assert set(memory.to_store()[1]) == {HEAD, part_of(2)}
    memory.hear(correction("d0", "e", clicks=-1))
    assert set(memory.to_store()[1]) == {HEAD, part_of(0)}
    assert set(memory.to_store()[1]) == {HEAD}


def test_another_model_than_the_parts_belong_to_keeps_nothing_and_stands() -> None:
    memory = Relearning(Population())
    memory.hear(learnable("d", clicks=1))
    _, parts = memory.to_store()
    memory.hear(learnable("d2", clicks=1))
    model, _ = memory.to_store()
    found = Relearning.restore(model, dict(parts))
    assert found.population.to_bytes() == memory.population.to_bytes()
    assert found.hear(correction("d", "e", clicks=-1)) is Fate.FORGOTTEN


@pytest.mark.parametrize("part", [HEAD, BEFORE, part_of(0)])
@pytest.mark.parametrize("damage", [b"", b"\x93", b"\xc1abc"])
def test_damaged_parts_say_so(part: str, damage: bytes) -> None:
    memory = Relearning(Population())
    memory.hear(learnable("d", clicks=1))
    model, parts = memory.to_store()
    damaged: dict[str, bytes | None] = {**parts, part: damage}
    if (part, damage) == (HEAD, b""):
        assert Relearning.restore(model, damaged).population.to_bytes()
        return
    with pytest.raises(SnapshotError):
        Relearning.restore(model, damaged)
