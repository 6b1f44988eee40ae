"""One run of each peer, on a ground that is ready."""

from collections.abc import Callable

from bench.children import Child, wait_until
from bench.ground import INTAKE_NAMESPACE, NAMESPACE, Ground
from bench.task import Measured
from streams.app import GROUPS


def floor(ground: Ground) -> Measured:
    """A bare confluent-kafka loop that decodes."""
    with ground.state() as state:
        with Child("bench.peers.floor", ground.task(state), ground.folder) as child:
            return child.result()


def nextbest(ground: Ground) -> Measured:
    """The real worker, from its warm state through the measured journal."""
    before = _produced(ground)
    with ground.state() as state:
        with Child("bench.peers.role", ground.task(state), ground.folder, "worker") as child:
            wait_until(lambda: ground.applied(state) == ground.end, child, "the journal is applied")
            child.mark()
            child.stop()
            measured = child.result()
    after = _produced(ground)
    measured.counts |= {name: after[name] - before[name] for name in after}
    return measured


def stock_faust(ground: Ground) -> Measured:
    """A stock Faust agent with the same pure functions."""
    with ground.state() as state:
        task = ground.task(state, events=ground.scale.stock_events)
        ground.begin_group(task)
        ground.make_topics(
            {
                f"{task.group}-decisions": {},
                f"{task.group}-profiles-changelog": {"cleanup.policy": "compact"},
            }
        )
        with Child("bench.peers.stock_faust", task, ground.folder) as child:
            return child.result()


def intake(ground: Ground) -> Measured:
    """The real intake, from the event topics into a journal."""
    topology = ground.intake_topology
    ground.forget_group(INTAKE_NAMESPACE + GROUPS["intake"])
    before = sum(ground.ends("journal", topology).values())

    def journaled() -> int:
        return sum(ground.ends("journal", topology).values()) - before

    with ground.state() as state:
        task = ground.task(state, namespace=INTAKE_NAMESPACE)
        with Child("bench.peers.role", task, ground.folder, "intake") as child:
            wait_until(lambda: journaled() >= task.events, child, "everything is in the journal")
            child.mark()
            child.stop()
            measured = child.result()
    measured.counts["journaled"] = journaled()
    return measured


def pure(ground: Ground) -> Measured:
    """The pure functions alone."""
    with ground.state() as state:
        with Child("bench.peers.pure", ground.task(state), ground.folder) as child:
            return child.result()


PEERS: dict[str, Callable[[Ground], Measured]] = {
    "nextbest": nextbest,
    "stock_faust": stock_faust,
    "floor": floor,
    "intake": intake,
    "pure": pure,
}


def _produced(ground: Ground) -> dict[str, int]:
    assert ground.topology.namespace == NAMESPACE
    topics = ("decisions", "outcomes", "dead-letters")
    return {topic: sum(ground.ends(topic).values()) for topic in topics}
