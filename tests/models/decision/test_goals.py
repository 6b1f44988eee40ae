"""Setup and renewal, as docs/programme.md has them: started, ended, rewarded and learned."""

import random

import pytest
import yaml

from models.decision.arms import HOLD
from models.decision.look import look
from models.decision.moment import TriggerSeen
from models.decision.worth import net
from models.errors import ProgrammeError
from models.learning.linear import probability
from models.learning.population import Population
from models.person.past import Pending
from models.programme.reading import parse_programme
from models.step import Record
from models.world import World
from tests.docs.pages import DOCS, block
from tests.models.learning.test_population import found, outcome
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life
from tests.models.programmes import programme_of

TEXT = block(DOCS / "programme.md", "yaml", "finish_setup").text
SETUP = "setup_unfinished"


def _life() -> Life:
    life = Life(World(programme_of(TEXT)))
    return life.reachable()


def _reached(life: Life, name: str, at_ms: int, value: float = 0.0) -> None:
    life.happens("milestone", at_ms, name=name, value=value)


def _sent(life: Life, at_ms: int) -> Record:
    """A setup that was begun and not finished, and its mail."""
    for attempt in range(40):
        begun_ms = at_ms + attempt * 60 * DAY_MS
        _reached(life, "setup_started", begun_ms)
        life.pass_time(begun_ms + DAY_MS)
        if life.decisions[-1]["action"] == "send":
            return life.decisions[-1]
    pytest.fail("forty decisions in a row held")


def _outcome(life: Life, decision: Record) -> Record:
    life.pass_time(decision["decided_at"] + 8 * DAY_MS)
    (found_one,) = [o for o in life.outcomes if o["decision_id"] == decision["decision_id"]]
    return found_one


def test_a_milestone_starts_its_flow_and_no_other() -> None:
    life = _life()
    _reached(life, "setup_started", NOON_MS)
    assert set(life.profile.armed) == {SETUP}
    _reached(life, "something_else", NOON_MS)
    life.pass_time(NOON_MS + DAY_MS)
    (decision,) = life.decisions
    assert (decision["flow"], decision["goal"]) == (SETUP, "finish_setup")
    _reached(life, "trial_ending", NOON_MS + 2 * DAY_MS)
    assert set(life.profile.armed) == {"trial_ends"}


def test_reaching_its_goal_ends_what_waits() -> None:
    life = _life()
    _reached(life, "setup_started", NOON_MS)
    _reached(life, "renewed", NOON_MS + HOUR_MS)
    assert set(life.profile.armed) == {SETUP}
    _reached(life, "setup_finished", NOON_MS + 2 * HOUR_MS)
    assert not life.profile.armed
    assert not life.timers


def test_what_arrives_after_its_end_starts_nothing() -> None:
    life = _life()
    _reached(life, "setup_finished", NOON_MS + HOUR_MS)
    life.happens("milestone", NOON_MS, now_ms=NOON_MS + 2 * HOUR_MS, name="setup_started")
    assert not life.profile.armed


def test_a_milestone_is_no_sign_of_life() -> None:
    life = Life()
    _reached(life, "trial_ending", NOON_MS)
    assert life.profile.last_ms == 0
    assert life.profile.visits == b""


def test_the_reward_is_what_was_reached_and_ordered_less_what_it_cost() -> None:
    life = _life()
    decision = _sent(life, NOON_MS)
    at_ms = decision["decided_at"]
    life.happens("purchase", at_ms + HOUR_MS, total=100.0)
    _reached(life, "renewed", at_ms + 2 * HOUR_MS, value=7.0)
    _reached(life, "profile_completed", at_ms + 3 * HOUR_MS)
    _reached(life, "setup_finished", at_ms + 4 * HOUR_MS)
    _reached(life, "setup_finished", at_ms + 8 * DAY_MS)
    ended = _outcome(life, decision)
    worth = life.world.programme.goals["finish_setup"].worth
    assert ended["milestones"] == 3
    assert ended["milestone_value"] == pytest.approx(7.0 + worth)
    assert ended["reached"] is True
    assert ended["reward"] == pytest.approx(0.3 * 100.0 + 7.0 + worth - 0.002)


def test_what_an_event_says_goes_before_what_the_programme_assumes() -> None:
    life = _life()
    decision = _sent(life, NOON_MS)
    _reached(life, "setup_finished", decision["decided_at"] + HOUR_MS, value=3.0)
    assert _outcome(life, decision)["milestone_value"] == 3.0


def test_another_milestone_or_an_order_is_not_the_goal() -> None:
    life = _life()
    decision = _sent(life, NOON_MS)
    life.happens("purchase", decision["decided_at"] + HOUR_MS, total=100.0)
    _reached(life, "renewed", decision["decided_at"] + HOUR_MS)
    assert _outcome(life, decision)["reached"] is False


def test_of_a_goal_that_is_orders_nothing_is_said_of_reaching() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.pass_time(NOON_MS + HOUR_MS)
    _reached(life, "setup_finished", NOON_MS + 2 * HOUR_MS, value=5.0)
    ended = _outcome(life, life.decisions[-1])
    assert ended["reached"] is None
    assert (ended["milestones"], ended["milestone_value"]) == (1, 5.0)


@pytest.mark.parametrize("margin_rate", [0.3, 0.0])
def test_a_mail_is_valued_by_what_its_goal_is_worth(margin_rate: float) -> None:
    life = _life()
    life.world.policy = type(life.world.policy)(margin_rate=margin_rate)
    life.happens("browse", NOON_MS, price=900.0)
    flow = life.world.programme.flows[SETUP]
    seen = TriggerSeen("timer", flow.timer, NOON_MS)
    moment = look(flow, seen, NOON_MS, "sub-1", life.profile, NOON_MS, life.world)
    prices = moment.config.prices
    worth = life.world.programme.goals["finish_setup"].worth
    assert net(prices.order, 0.0, prices.margin_rate) == pytest.approx(worth)
    assert prices.usual == prices.order


def test_what_mails_and_nothing_bring_of_a_goal_is_learned() -> None:
    rng = random.Random(3)
    population = Population()
    for _ in range(20_000):
        arm = rng.choice([HOLD, "reminder/none"])
        clicked = arm != HOLD and rng.random() < 0.3
        reached = rng.random() < (0.4 if clicked else 0.1)
        population.learn(outcome(arm, clicks=int(clicked), purchases=1, reached=reached))
    assert probability(found(population).unasked[0]) == pytest.approx(0.1, rel=0.15)
    assert probability(found(population).order[0]) == pytest.approx(0.33, rel=0.25)


def test_an_episode_keeps_what_was_reached_since_its_first_decision() -> None:
    life = _life()
    _reached(life, "setup_started", NOON_MS)
    life.profile.armed[SETUP].episode = "first"
    waited = Pending(
        "first", "wait/18", SETUP, "finish_setup", NOON_MS, 0, [], [], 0.5, 2, "0", "p"
    )
    waited.milestones, waited.milestone_value, waited.reached = 2, 5.0, True
    life.profile.pending.append(waited)
    life.pass_time(NOON_MS + DAY_MS)
    (pending,) = life.profile.pending
    assert pending.episode == "first"
    assert pending.milestone == "setup_finished"
    assert (pending.milestones, pending.milestone_value, pending.reached) == (2, 5.0, True)


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        ({"milestone": None}, "setup_unfinished.milestone: a flow triggered by milestone names"),
        ({"trigger": "browse"}, "milestone: only a flow triggered by milestone has one"),
        ({"milestone": "setup_finished"}, "milestone: setup_finished is what ends the flow, too"),
        ({"until": "setup_started"}, "milestone: setup_started is what ends the flow, too"),
        ({"goal": "get_rich"}, "setup_unfinished.goal: there is no goal 'get_rich'"),
        ({"until": "Loud Name"}, "setup_unfinished.until: String should match pattern"),
    ],
)
def test_flows_that_cannot_be_are_refused(flow: dict[str, object], said: str) -> None:
    plain = yaml.safe_load(TEXT)
    plain["flows"][SETUP].update(flow)
    with pytest.raises(ProgrammeError) as caught:
        parse_programme(yaml.safe_dump(plain))
    assert said in "\n".join(caught.value.problems)


def test_every_wrong_goal_is_told_of_at_once() -> None:
    plain = yaml.safe_load(TEXT)
    plain["goals"]["buy"] = {"milestone": "bought", "worth": 1}
    plain["goals"]["again"] = {"milestone": "setup_finished", "worth": 0}
    plain["goals"]["renew"]["worth"] = float("nan")
    with pytest.raises(ProgrammeError) as caught:
        parse_programme(yaml.safe_dump(plain))
    assert sorted(problem.partition(": ")[0] for problem in caught.value.problems) == [
        "goals.again.worth",
        "goals.buy",
        "goals.finish_setup.milestone",
        "goals.renew.worth",
    ]


def test_without_a_name_an_unknown_person_keeps_what_they_reached() -> None:
    before = Life(World(programme_of(TEXT)), subscriber="anon:cookie-1")
    _reached(before, "setup_started", NOON_MS)
    before.happens("identify", NOON_MS + HOUR_MS, anonymous_id="cookie-1")
    (merge,) = [record for name, record in before.emitted if name == "merge"]
    life = _life()
    life.apply("merge", merge, NOON_MS + 2 * HOUR_MS)
    assert life.profile.milestones == {"setup_started": NOON_MS}
    assert set(life.profile.armed) == {SETUP}
