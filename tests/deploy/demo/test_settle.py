"""When the pipeline counts as quiet: each thing left to do is named, one at a time."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from deploy.demo.errors import StalledError
from deploy.demo.ledger import Ledger
from deploy.demo.settle import Settling
from schemas.topics import Topology
from streams.commit import Leaving, encode_leaving

NOON = 43_200_000


class Stores:
    """A state Redis that answers a pipeline with what it is told."""

    def __init__(self) -> None:
        self.metas = [[b"7", b"43200000"], [b"5", b"43200000"]]
        self.outboxes: list[list[bytes]] = [[], []]

    def pipeline(self, *, transaction: bool) -> "Stores":
        assert not transaction
        return self

    def hmget(self, _key: str, *_fields: str) -> None:
        """Answered by `execute`."""

    def hvals(self, _key: str) -> None:
        """Answered by `execute`."""

    def execute(self) -> list[Any]:
        return [answer for pair in zip(self.metas, self.outboxes, strict=True) for answer in pair]


class Read:
    """What an observer has read."""

    def __init__(self) -> None:
        self.positions = {("journal", 0): 7, ("journal", 1): 5}
        self.from_shoppers = 3
        self.undelivered: set[str] = set()
        self.bounced = {"d1"}
        self.complained = {"d2"}
        self.lag = 0
        self.left: set[bytes] = set()
        self.ends_behind: list[tuple[str, int]] = []

    def read(self, _timeout_seconds: float = 0.0) -> int:
        return 0

    def behind(self) -> list[tuple[str, int]]:
        return self.ends_behind

    def intake_lag(self) -> int:
        return self.lag

    def journal_positions(self) -> list[int]:
        return [self.positions["journal", 0], self.positions["journal", 1]]

    def has_left(self, value: bytes) -> bool:
        return value in self.left


def settling(read: Read, stores: Stores, patience_seconds: float = 45.0) -> Settling:
    ledger = cast(Ledger, SimpleNamespace(total=3, bounced={"d1"}, complained={"d2"}))
    topology = Topology(journal_partitions=2)
    return Settling(
        cast(Any, read), cast(Any, stores), topology, ledger, lambda: None, patience_seconds
    )


def test_all_done_is_quiet() -> None:
    assert settling(Read(), Stores()).look(NOON) is None


def outbox_of(value: bytes) -> list[bytes]:
    return [encode_leaving(Leaving("decisions", b"ann", value))]


def test_each_thing_left_to_do_is_named() -> None:
    def waits_for(piece: str, read: Read | None = None, stores: Stores | None = None) -> None:
        assert piece in str(settling(read or Read(), stores or Stores()).look(NOON))

    read = Read()
    read.from_shoppers = 2
    waits_for("1 events to be read", read)
    read = Read()
    read.lag = 4
    waits_for("intake (4 events)", read)
    stores = Stores()
    stores.metas[1][0] = b"3"
    waits_for("the workers (2 journal records)", None, stores)
    stores = Stores()
    stores.metas[0][1] = b"43199999"
    waits_for("the workers' clocks", None, stores)
    stores = Stores()
    stores.outboxes[1] = outbox_of(b"a decision")
    waits_for("the workers' outboxes", None, stores)
    read = Read()
    read.undelivered = {"d1", "d2"}
    waits_for("the sender (2 mails)", read)
    read = Read()
    read.bounced = set()
    waits_for("1 bounces and complaints", read)
    read = Read()
    read.complained = {"d1"}
    waits_for("1 bounces and complaints", read)


def test_an_outbox_that_has_left_is_no_reason_to_wait() -> None:
    read, stores = Read(), Stores()
    stores.outboxes[1] = outbox_of(b"a decision")
    read.left = {b"a decision"}
    assert settling(read, stores).look(NOON) is None


def test_the_ends_are_asked_for_only_when_wanted() -> None:
    read = Read()
    read.ends_behind = [("decisions", 0)]
    assert settling(read, Stores()).look(NOON) is None
    assert settling(read, Stores()).look(NOON, to_ends=True) == "decisions to be read"


def test_a_new_partition_has_no_clock_yet() -> None:
    stores = Stores()
    stores.metas[0] = [b"7", cast(bytes, None)]
    assert settling(Read(), stores).look(NOON) == "the workers' clocks"


def test_waiting_in_vain_ends_with_what_was_waited_for() -> None:
    read = Read()
    read.undelivered = {"d1"}
    with pytest.raises(StalledError, match="the sender") as stalled:
        settling(read, Stores(), patience_seconds=0.01).wait(NOON)
    assert stalled.value.waiting_for == "the sender (1 mails)"
