"""Workers die, stall, come and go, and Redis forgets: the end is that of an undisturbed run.

All runs replay one recorded journal under a driven clock, so the ends can be compared byte by byte:
profiles, contacts, timers and single-use codes by checksum, decisions, outcomes and dead letters by
id and bytes.
"""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from tests.coded import Mailing, check_codes, coded_programme, load_codes
from tests.faults.chaos import Fleet, strike_while_working
from tests.pipeline import Pipeline
from tests.workload import Workload

pytestmark = [pytest.mark.integration, pytest.mark.faults]

WORKLOAD = Workload(people=300, hours=48, events_an_hour=240, seed=7, refunds=1.0)
CODES = [f"GIFT-{n:04}" for n in range(600)]
SETTINGS = {
    "kafka": {"session_timeout_seconds": 4, "heartbeat_seconds": 1},
    # Small chunks: more writes for a kill to fall between.
    "worker": {"chunk_records": 5},
    # Short windows: outcomes leave within the workload, and refunds correct some of them.
    "decision": {"outcome_window_seconds": 6 * 3600},
}


@dataclass
class Ending:
    """How a run ended."""

    state: dict[str, str]
    decisions: dict[str, bytes]
    outcomes: dict[str, bytes]
    dead: dict[str, bytes]


def ending(pipeline: Pipeline) -> Ending:
    return Ending(
        pipeline.state_digest(),
        pipeline.unique("decisions", "decision_id"),
        pipeline.unique("outcomes", "label_id", "decision_id", "corrects"),
        pipeline.unique("dead-letters", "dead_letter_id"),
    )


def finish(pipeline: Pipeline, fleet: Fleet) -> Ending:
    pipeline.wait_until(pipeline.caught_up, "the journal is applied")
    pipeline.wait_until(lambda: pipeline.outboxes() == 0, "the outboxes are empty")
    fleet.end()
    return ending(pipeline)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis of this module's own: it is killed and forgets."""
    with RedisServer(tmp_path_factory.mktemp("state"), "state") as server:
        yield server


@dataclass
class Recorded:
    """A recorded journal, and how two runs over it ended.

    Attributes:
        rebalanced: The run while it was recorded, by one worker, three, and one again.
        undisturbed: The run afterwards by one worker that nobody disturbed.
    """

    pipeline: Pipeline
    rebalanced: Ending
    undisturbed: Ending


def while_rebalancing(pipeline: Pipeline) -> Ending:
    """Record the journal while workers join and leave, with records coming all the time."""
    allowed = [0.45]
    mailing = Mailing(pipeline)
    load_codes(pipeline, CODES[:400])

    def before(share: float) -> None:
        pipeline.wait_until(lambda: share <= allowed[-1], "the fleet has changed")
        mailing.report()
        if round(share * WORKLOAD.hours) == WORKLOAD.hours // 2:
            load_codes(pipeline, CODES)  # and those of before once more

    with ThreadPoolExecutor(1) as aside, Fleet(pipeline, "worker", 1) as fleet:
        recording = aside.submit(pipeline.record, WORKLOAD, before)
        for share, size, until in ((0.2, 3, 0.65), (0.5, 2, 0.85), (0.7, 1, 1.0)):
            reached = int(share * WORKLOAD.events)
            pipeline.wait_until(
                lambda reached=reached: sum(pipeline.applied().values()) >= reached,  # type: ignore[misc]
                f"{share:.0%} of the journal is applied",
            )
            fleet.resize(size)
            allowed.append(until)
            assert not recording.done()
        recording.result()
        ended = finish(pipeline, fleet)
    mailing.close()
    assert fleet.exits == []
    return ended


@pytest.fixture(scope="module")
def recorded(
    kafka: KafkaServer,
    state: RedisServer,
    redis_ledger: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Recorded]:
    """A recorded journal, and how an undisturbed run over it ends."""
    folder = tmp_path_factory.mktemp("roles")
    settings = {**SETTINGS, "programme_dir": coded_programme(folder / "programme")}
    pipeline = Pipeline(kafka, state, redis_ledger, folder, settings)
    try:
        rebalanced = while_rebalancing(pipeline)
        pipeline.forget_state()
        with Fleet(pipeline, "worker", 1) as fleet:
            undisturbed = finish(pipeline, fleet)
        assert fleet.exits == []
        assert len(undisturbed.decisions) > 200, "too few decisions to prove anything"
        corrections = [name for name in undisturbed.outcomes if not name.endswith(" ")]
        assert len(corrections) > 20, (
            f"{len(corrections)} corrections are too few to prove anything"
        )
        yield Recorded(pipeline, rebalanced, undisturbed)
    finally:
        pipeline.end()


def test_no_code_was_given_twice_and_none_is_lost(recorded: Recorded) -> None:
    """Of the undisturbed run; the others are the same to the byte."""
    pipeline = recorded.pipeline
    check_codes(
        pipeline,
        CODES,
        [pipeline.codec.decode(value)[1] for value in recorded.undisturbed.decisions.values()],
    )


@pytest.fixture
def fresh(recorded: Recorded) -> tuple[Pipeline, Ending]:
    """The recorded journal with no state: the next workers begin at its start."""
    recorded.pipeline.forget_state()
    return recorded.pipeline, recorded.undisturbed


def test_killed_and_paused_workers_leave_no_trace(fresh: tuple[Pipeline, Ending]) -> None:
    pipeline, undisturbed = fresh
    chance = random.Random(11)
    with Fleet(pipeline, "worker", 2) as fleet:
        strike_while_working(pipeline, fleet, chance, [0, 0, 6.0, 0, 0, 6.0, 0, 0])
        assert finish(pipeline, fleet) == undisturbed
    assert len(fleet.exits) >= 6


def test_one_worker_to_three_and_back_leaves_no_trace(recorded: Recorded) -> None:
    assert recorded.rebalanced == recorded.undisturbed


def test_redis_killed_and_losing_its_last_writes(
    fresh: tuple[Pipeline, Ending], state: RedisServer
) -> None:
    """A cut append-only file rolls profiles, timers and offset back together."""
    pipeline, undisturbed = fresh
    total = sum(pipeline.ends("journal").values())
    with Fleet(pipeline, "worker", 2) as fleet:
        for share in (0.2, 0.4, 0.6):
            pipeline.wait_until(
                lambda share=share: sum(pipeline.applied().values()) >= share * total,  # type: ignore[misc]
                f"{share:.0%} of the journal is applied",
            )
            mark = state.append_only_mark()
            before = sum(pipeline.applied().values())
            pipeline.wait_until(
                lambda before=before: sum(pipeline.applied().values()) > before + 100,  # type: ignore[misc]
                "more was applied, to be lost",
            )
            state.kill()
            state.lose_writes_since(mark)
            state.start()
            assert sum(pipeline.applied().values()) < before + 100, "nothing was lost"
        assert finish(pipeline, fleet) == undisturbed
    assert 70 in fleet.exits, fleet.exits
