"""Sending a log: checkpoints, resuming, pace and rejected lines, with a driven clock."""

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from nextbest.emit_position import Position, PositionError, PositionFile
from nextbest.emit_run import Clock, LogRun, RejectedFile, Seen
from schemas.emitter import UndeliveredError
from schemas.field_checks import InvalidEventError
from schemas.recorded import RecordedLog
from schemas.recorded_lines import UnreadableLogError
from schemas.rees46 import rees46_reader

FIRST_MS = 1_772_359_200_000


class FakeClock:
    """Time that passes only when someone sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept = 0.0

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        self.slept += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep)


class FakeEmitter:
    """Keeps what is emitted; what a flush confirms is delivered."""

    def __init__(self, time: FakeClock) -> None:
        self._time = time
        self.waiting: list[dict[str, Any]] = []
        self.delivered: list[dict[str, Any]] = []
        self.at: list[float] = []
        self.on_emit: Callable[[int], None] = lambda _: None
        self.lose = False

    def emit(self, name: str, record: Mapping[str, Any]) -> str:
        self.on_emit(len(self.delivered) + len(self.waiting))
        if record["subscriber_id"] == "bad":
            raise InvalidEventError("bad_id", "made up for the test")
        self.waiting.append({"type": name, **record})
        self.at.append(self._time.now)
        return str(record["event_id"])

    def poll(self) -> None:
        pass

    def flush(self) -> None:
        if self.lose:
            lost, self.waiting, self.lose = len(self.waiting), [], False
            raise UndeliveredError(lost, 0)
        self.delivered += self.waiting
        self.waiting = []


class Log:
    """A log in a folder of its own, and runs over it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "log.jsonl"
        self.rejected = folder / "log.jsonl.rejected.jsonl"
        self.positions = PositionFile(folder / "positions", self.path, "topic-id")
        self.time = FakeClock()
        self.emitter = FakeEmitter(self.time)
        self.seen: list[Seen] = []

    def write(self, rows: list[dict[str, Any] | str], *, packed: bool = False) -> None:
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        data = "".join(f"{line}\n" for line in lines).encode()
        self.path.write_bytes(gzip.compress(data) if packed else data)

    def run(self, *, restart: bool = False, **more: Any) -> Position:
        log = RecordedLog(self.path, rees46_reader)
        run = LogRun(
            log,
            self.emitter,
            self.positions,
            RejectedFile(self.rejected),
            self.time.clock(),
            on_progress=self.seen.append,
            **more,
        )
        try:
            return run.run(Position() if restart else self.positions.load())
        finally:
            log.close()

    def rejects(self) -> list[dict[str, Any]]:
        if not self.rejected.exists():
            return []
        return [json.loads(line) for line in self.rejected.read_text().splitlines()]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def browse(number: int, *, at_ms: int = FIRST_MS, who: str = "ann") -> dict[str, Any]:
    return {
        "type": "browse",
        "event_id": f"e{number}",
        "occurred_at": at_ms,
        "subscriber_id": who,
    }


def ids(records: list[dict[str, Any]]) -> list[str]:
    return [record["event_id"] for record in records]


def test_a_whole_log(log: Log) -> None:
    log.write([browse(number) for number in range(10)])
    end = log.run()

    assert ids(log.emitter.delivered) == [f"e{number}" for number in range(10)]
    assert (end.emitted, end.rejected, end.line) == (10, 0, 10)
    assert end.offset == log.path.stat().st_size
    assert log.positions.load() == end
    assert log.seen[-1].read_bytes == log.path.stat().st_size
    assert log.rejects() == []


def test_running_again_sends_nothing_and_then_what_was_added(log: Log) -> None:
    rows: list[dict[str, Any] | str] = [browse(number) for number in range(3)]
    log.write(rows)
    log.run()
    assert log.run().emitted == 3
    log.write([*rows, browse(3)])
    assert log.run().emitted == 4

    assert ids(log.emitter.delivered) == ["e0", "e1", "e2", "e3"]


def test_restarting_sends_everything_again_under_the_same_ids(log: Log) -> None:
    log.write(['{"type": "browse", "occurred_at": 1772359200000, "subscriber_id": "a"}'] * 3)
    log.run()
    log.run(restart=True)

    sent = ids(log.emitter.delivered)
    assert len(set(sent)) == 3
    assert sent[:3] == sent[3:]


def test_bad_lines_are_kept_with_their_reasons(log: Log) -> None:
    log.write([browse(0), "{", browse(1, who="bad"), browse(2)])
    end = log.run()

    assert ids(log.emitter.delivered) == ["e0", "e2"]
    assert (end.emitted, end.rejected) == (2, 2)
    assert [(row["line"], row["reason"]) for row in log.rejects()] == [
        (2, "bad_json"),
        (3, "bad_id"),
    ]
    assert json.loads(log.rejects()[1]["text"]) == browse(1, who="bad")
    assert end.rejected_bytes == log.rejected.stat().st_size


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("stop_at", [0, 1, 7, 12, 29])
def test_interrupted_anywhere_nothing_is_lost_or_doubled(
    log: Log, stop_at: int, *, packed: bool
) -> None:
    rows: list[dict[str, Any] | str] = [
        "{" if number % 5 == 4 else browse(number) for number in range(30)
    ]
    log.write(rows, packed=packed)

    asked = iter(range(31))
    first = log.run(stopped=lambda: next(asked) == stop_at)
    assert first.line == stop_at
    assert log.positions.load() == (first if stop_at else Position())
    end = log.run()

    assert ids(log.emitter.delivered) == [f"e{n}" for n in range(30) if n % 5 != 4]
    assert [row["line"] for row in log.rejects()] == [5, 10, 15, 20, 25, 30]
    assert (end.emitted, end.rejected) == (24, 6)


def test_interrupted_while_it_waits_it_ends_at_once(log: Log) -> None:
    log.write([browse(0), browse(1, at_ms=FIRST_MS + 60_000)])
    end = log.run(speed=1.0, stopped=lambda: log.time.slept >= 1)

    assert log.time.slept < 1.5
    assert (end.emitted, end.line) == (1, 1)
    assert log.run().emitted == 2


def test_what_kafka_did_not_take_is_sent_again(log: Log) -> None:
    # A checkpoint every 5,000 events: the second fails, and with it all after the first.
    log.write([browse(number) for number in range(12_000)])

    def lose(sent: int) -> None:
        log.emitter.lose = log.emitter.lose or sent == 9_000

    log.emitter.on_emit = lose
    with pytest.raises(UndeliveredError):
        log.run()
    assert log.positions.load().emitted == 5_000
    log.emitter.on_emit = lambda _: None
    log.run()

    assert ids(log.emitter.delivered) == [f"e{number}" for number in range(12_000)]


def test_rejects_after_the_checkpoint_are_not_doubled(log: Log) -> None:
    log.write([*(browse(n) for n in range(5_000)), "{", browse(5_000), "[", browse(5_001)])

    def lose(sent: int) -> None:
        log.emitter.lose = sent >= 5_001

    log.emitter.on_emit = lose
    with pytest.raises(UndeliveredError):
        log.run()
    log.emitter.on_emit = lambda _: None
    log.run()

    assert [row["line"] for row in log.rejects()] == [5_001, 5_003]
    assert len(log.emitter.delivered) == 5_002


def test_another_log_under_the_same_name_is_noticed(log: Log) -> None:
    log.write([browse(number) for number in range(5)])
    log.run()
    log.write([browse(number, who="eve") for number in range(9)])

    with pytest.raises(PositionError, match="--restart"):
        log.run()
    log.run(restart=True)
    assert len(log.emitter.delivered) == 14


def test_a_log_that_was_cut_is_noticed(log: Log) -> None:
    log.write([browse(number) for number in range(5)])
    log.run()
    log.write([browse(0)])

    with pytest.raises(PositionError, match="--restart"):
        log.run()


def test_other_topics_have_a_position_of_their_own(log: Log, tmp_path: Path) -> None:
    log.write([browse(0)])
    log.run()
    other = PositionFile(tmp_path / "positions", log.path, "another-topic-id")

    assert other.load() == Position()
    assert log.positions.load().emitted == 1


@pytest.mark.parametrize("content", ["", "{", '{"offset": 1, "colour": 2}', "[]"])
def test_a_broken_position_is_named(log: Log, content: str) -> None:
    log.write([browse(0)])
    log.run()
    log.positions.path.write_text(content)

    with pytest.raises(PositionError, match=r"log\.jsonl"):
        log.run()


def test_a_log_that_breaks_off_keeps_what_came_before(log: Log) -> None:
    log.write([browse(number) for number in range(3000)], packed=True)
    whole = log.path.read_bytes()
    log.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableLogError):
        log.run()
    got = len(log.emitter.delivered)
    assert 0 < got < 3000
    assert log.positions.load().emitted == got
    log.path.write_bytes(whole)
    log.run()

    assert ids(log.emitter.delivered) == [f"e{number}" for number in range(3000)]


def test_as_fast_as_possible_never_sleeps(log: Log) -> None:
    log.write([browse(number, at_ms=FIRST_MS + number * 60_000) for number in range(5)])
    log.run()

    assert log.time.slept == 0


def test_at_a_speed_of_the_logs_own_time(log: Log) -> None:
    minutes = [0, 1, 1, 3, 2, 10]  # one of them late
    log.write([browse(n, at_ms=FIRST_MS + m * 60_000) for n, m in enumerate(minutes)])
    log.run(speed=60.0)

    assert [round(at - 100, 6) for at in log.emitter.at] == [0, 1, 1, 3, 3, 10]
    assert log.seen[-1].log_time_ms == FIRST_MS + 600_000


def test_a_long_wait_keeps_the_position(log: Log) -> None:
    log.write([browse(0), browse(1, at_ms=FIRST_MS + 60_000)])
    stored: list[int] = []
    pass_time = log.time.sleep

    def look(seconds: float) -> None:
        stored.append(log.positions.load().emitted)
        pass_time(seconds)

    log.time.sleep = look  # type: ignore[method-assign]
    log.run(speed=1.0)

    # Confirmed and kept within two seconds, a minute before the next event.
    assert len(stored) >= 240
    assert set(stored[8:]) == {1}


def test_a_limit(log: Log) -> None:
    log.write([browse(number) for number in range(10)])
    log.run(limit=3)
    log.run(limit=3)

    assert ids(log.emitter.delivered) == [f"e{number}" for number in range(6)]


def test_rejects_that_cant_be_written_stop_it(log: Log) -> None:
    log.write(["{"])
    log.rejected.mkdir()

    with pytest.raises(PositionError, match="--rejected"):
        log.run()
