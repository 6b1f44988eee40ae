import random
from math import isfinite, nan

import pytest

from models.decision.arms import HOLD
from models.decision.features import ARM_DISCOUNT, ARM_LEAN, CLICK, LEAVE, ORDER, UNASKED
from models.decision.outlook import Priors
from models.decision.worth import Chances
from models.errors import NotLearnableError, SnapshotError
from models.learning.linear import log_odds_of, probability
from models.learning.population import Population
from models.step import Record

PRIORS = Priors(*map(log_odds_of, (0.05, 0.04, 0.002, 0.1)))
PERSON = {"always": 1.0, "active": 0.3}


def outcome(arm: str = "reminder/none", **fields: object) -> Record:
    """An outcome of a decision with a choice, by default of a mail that nobody clicked."""
    offered = not arm.endswith(("/none", HOLD))
    seen = {
        **PERSON,
        CLICK: PRIORS.click,
        ORDER: PRIORS.order,
        LEAVE: PRIORS.leave,
        UNASKED: PRIORS.unasked,
        ARM_LEAN: PRIORS.click,
        ARM_DISCOUNT: 0.05 if offered else 0.0,
    }
    known: Record = {
        "decision_id": "d",
        "arm": arm,
        "flow": "cart",
        "features": seen,
        "propensity": 0.5,
        "evidence": True,
        "reward": 1.0,
        "clicks": 0,
        "purchases": 0,
        "unsubscribed": False,
        "complained": False,
    }
    return {**known, **fields}


def found(population: Population, arm: str = "reminder/none", flow: str = "cart") -> Chances:
    """What it says of an arm for one kind of person."""
    discount = 0.0 if arm.endswith("/none") else 0.05
    return population.outlook(PERSON, flow, PRIORS.unasked).chances(arm, discount, PRIORS)


def test_with_nothing_learned_it_says_what_the_programme_expects() -> None:
    population = Population()
    assert population.version == "0"
    for arm in ("reminder/none", "reminder/small"):
        chances = found(population, arm)
        assert chances.click[0] == PRIORS.click
        assert chances.order[0] == PRIORS.order
        assert chances.leave[0] == PRIORS.leave
        assert chances.unasked[0] == PRIORS.unasked
        for _, variance in (chances.click, chances.order, chances.leave, chances.unasked):
            assert variance > 0.0
    assert population.complaint_share == pytest.approx(0.025)


def test_of_an_offer_it_is_less_sure_than_of_the_plain_mail() -> None:
    plain, offered = found(Population()), found(Population(), "reminder/small")
    assert offered.click[1] > plain.click[1]
    assert offered.order[1] > plain.order[1]


def test_it_learns_how_often_each_part_happens() -> None:
    rng = random.Random(7)
    clicks = {"reminder/none": 0.10, "reminder/small": 0.20}
    population = Population()
    for _ in range(20_000):
        arm = rng.choice(sorted(clicks))
        clicked, lost = rng.random() < clicks[arm], rng.random() < 0.01
        bought = rng.random() < 0.03
        population.learn(
            outcome(arm, clicks=int(clicked), purchases=int(bought), unsubscribed=lost)
        )
    for arm, chance in clicks.items():
        assert probability(found(population, arm).click[0]) == pytest.approx(chance, rel=0.1)
        leave, variance = found(population, arm).leave
        assert abs(leave - log_odds_of(0.01)) < 3.0 * variance**0.5 < 1.0
    assert probability(found(population).unasked[0]) == pytest.approx(0.03, rel=0.2)


def test_orders_that_come_anyway_are_not_credited_to_clicks() -> None:
    rng = random.Random(5)
    idle, selling = Population(), Population()
    for _ in range(40_000):
        arm = rng.choice([HOLD, "reminder/none"])
        clicked = arm != HOLD and rng.random() < 0.3
        anyway = rng.random() < 0.2
        sold = clicked and rng.random() < 0.3
        idle.learn(outcome(arm, clicks=int(clicked), purchases=int(anyway)))
        selling.learn(outcome(arm, clicks=int(clicked), purchases=int(anyway or sold)))
    for population in (idle, selling):
        assert probability(found(population).unasked[0]) == pytest.approx(0.2, rel=0.1)
    assert probability(found(idle).order[0]) < probability(PRIORS.order)
    assert probability(found(selling).order[0]) == pytest.approx(0.3, rel=0.2)


def test_an_order_without_a_click_says_nothing_of_what_clicks_sell() -> None:
    population = Population()
    before = found(population).order
    for arm in (HOLD, "reminder/none"):
        population.learn(outcome(arm, purchases=1))
    assert found(population).order == before
    assert found(population).unasked[0] > PRIORS.unasked


def test_a_clicked_window_says_nothing_of_orders_without_mail() -> None:
    population = Population()
    before = found(population).unasked
    population.learn(outcome(clicks=2, purchases=1))
    assert found(population).unasked == before
    assert found(population).order[0] > PRIORS.order


def test_holding_teaches_about_orders_without_mail_only() -> None:
    population = Population()
    before = found(population)
    assert population.learn(outcome(HOLD)) is True
    after = found(population)
    assert (after.click, after.order, after.leave) == (before.click, before.order, before.leave)
    assert after.unasked[0] < before.unasked[0]


def test_a_click_is_learned_for_the_arm_most_for_its_kind_some_and_for_others_a_little() -> None:
    population = Population()
    for _ in range(200):
        population.learn(outcome(clicks=1))
    same = found(population).click[0]
    kind = found(population, flow="browse").click[0]
    other = found(population, "welcome/none", "welcome").click[0]
    assert same > kind > other > PRIORS.click


def test_it_learns_how_many_of_the_readers_lost_complain() -> None:
    population = Population()
    for number in range(80):
        population.learn(outcome(unsubscribed=number % 4 > 0, complained=number % 4 == 0))
    assert population.complaint_share == pytest.approx(20.5 / 100.0)
    population.learn(outcome(unsubscribed=True, complained=True))
    assert population.complaint_share == pytest.approx(21.5 / 101.0)


@pytest.mark.parametrize("arm", [HOLD, "reminder/none"])
@pytest.mark.parametrize("fields", [{"evidence": False}, {"propensity": 1.0}])
def test_what_is_no_evidence_teaches_nothing(arm: str, fields: dict[str, object]) -> None:
    population = Population()
    before = population.to_bytes()
    assert population.learn(outcome(arm, clicks=1, purchases=1, **fields)) is False
    assert population.to_bytes() == before


@pytest.mark.parametrize("bad", [nan, float("inf"), -float("inf")])
def test_what_is_not_finite_is_refused_and_nothing_is_learned(bad: float) -> None:
    population = Population()
    before = population.to_bytes()
    for wrong in (outcome(reward=bad), outcome(propensity=bad), outcome(features={"active": bad})):
        with pytest.raises(NotLearnableError) as caught:
            population.learn(wrong)
        assert caught.value.reason == "non_finite"
    assert population.to_bytes() == before


@pytest.mark.parametrize("impossible", [0.0, -0.5])
def test_what_was_chosen_with_no_probability_is_refused(impossible: float) -> None:
    with pytest.raises(NotLearnableError) as caught:
        Population().learn(outcome(propensity=impossible))
    assert caught.value.reason == "bad_propensity"


def test_an_outcome_without_what_was_expected_is_learned_against_modest_guesses() -> None:
    population = Population()
    assert population.learn(outcome(features={"always": 1.0}, clicks=1, purchases=1)) is True
    assert found(population).click[0] > PRIORS.click


def test_it_stays_bounded_and_finite_whatever_the_names_and_sizes() -> None:
    population = Population()
    for number in range(3_000):
        features = {f"feature-{number}-{part}": 1e300 for part in range(3)}
        population.learn(
            outcome(
                f"arm-{number}/offer",
                reward=1e300,
                features=features,
                flow=f"flow-{number}",
                clicks=number % 2,
                purchases=number % 3,
                complained=number % 5 == 0,
            )
        )
    assert len(population.to_bytes()) < 1_250_000
    chances = found(population, "arm-1/offer")
    for log_odds, variance in (chances.click, chances.order, chances.leave, chances.unasked):
        assert abs(log_odds) <= 30.0
        assert isfinite(variance)


def _snapshot() -> bytes:
    population = Population()
    population.learn(outcome(clicks=1, purchases=1, unsubscribed=True))
    return population.to_bytes()


def test_a_snapshot_learns_on_exactly_as_the_model_itself() -> None:
    rng = random.Random(3)
    one = Population()
    for step in range(300):
        lesson = outcome(
            rng.choice([HOLD, "reminder/none", "reminder/small", "welcome/none"]),
            features={"always": 1.0, "active": rng.random(), CLICK: -3.0},
            clicks=rng.randrange(2),
            purchases=rng.randrange(2),
            complained=rng.random() < 0.1,
        )
        other = Population.from_bytes(one.to_bytes())
        one.learn(lesson)
        other.learn(lesson)
        assert other.to_bytes() == one.to_bytes(), step
    assert one.version == "300"
    assert found(Population.from_bytes(one.to_bytes())) == found(one)


@pytest.mark.parametrize("data", [b"", b"nbP\x02abc", b"nbP\x04abc", b"\x80\x04K\x01."])
def test_another_version_says_so(data: bytes) -> None:
    with pytest.raises(SnapshotError, match="starts with"):
        Population.from_bytes(data)


def test_a_truncated_snapshot_says_so() -> None:
    data = _snapshot()
    for length in (4, 5, len(data) // 2, len(data) - 1):
        with pytest.raises(SnapshotError, match="damaged"):
            Population.from_bytes(data[:length])


@pytest.mark.parametrize("pair", [(nan, 0.1), (0.1, float("inf")), (0.1, -0.1)])
@pytest.mark.parametrize("part", ["click", "order", "leave", "unasked"])
def test_a_snapshot_with_impossible_numbers_says_so(part: str, pair: tuple[float, float]) -> None:
    population = Population.from_bytes(_snapshot())
    population._beliefs[part].weights["always"] = pair
    with pytest.raises(SnapshotError, match="finite"):
        Population.from_bytes(population.to_bytes())


@pytest.mark.parametrize(("leaves", "complaints"), [(nan, 1.0), (0.0, 0.0), (20.0, -1.0)])
def test_a_snapshot_with_impossible_counts_says_so(leaves: float, complaints: float) -> None:
    population = Population()
    population._leaves, population._complaints = leaves, complaints
    with pytest.raises(SnapshotError, match="impossible"):
        Population.from_bytes(population.to_bytes())


def test_a_snapshot_with_a_belief_missing_says_so() -> None:
    population = Population()
    del population._beliefs["unasked"]
    with pytest.raises(SnapshotError, match="too few"):
        Population.from_bytes(population.to_bytes())


def test_what_the_models_said_of_the_chosen_arm_is_no_input_of_theirs() -> None:
    one, other = Population(), Population()
    for lean in (-5.0, 5.0):
        lesson = outcome(clicks=1, purchases=1)
        one.learn(lesson)
        other.learn({**lesson, "features": {**lesson["features"], ARM_LEAN: lean}})
    assert one.to_bytes() == other.to_bytes()


def test_probability_stays_within_its_bounds() -> None:
    assert 0.0 < probability(-1e9) < probability(0.0) == 0.5 < probability(1e9) < 1.0


@pytest.mark.parametrize("hour", [0.25, 0.5, 0.75])
def test_arriving_later_is_what_being_asked_then_would_differ_by(hour: float) -> None:
    population = Population()
    for number in range(300):
        at = {"hour": (0.25, 0.75)[number % 2], "looks_soon": (number % 3 - 1) / 2.0}
        features = {**outcome()["features"], **at}
        population.learn(outcome(features=features, clicks=int(number % 2 or number % 3 == 2)))
    now, then = {**PERSON, "hour": 0.25, "looks_soon": -0.5}, {"hour": hour, "looks_soon": 0.5}

    def click(seen: dict[str, float]) -> float:
        asked = population.outlook(seen, "cart", PRIORS.unasked)
        return asked.chances("reminder/none", 0.0, PRIORS).click[0]

    shift, _ = population.later(now).shift(then["looks_soon"], then["hour"])
    assert shift == pytest.approx(click({**now, **then}) - click(now))
    assert shift != 0.0
