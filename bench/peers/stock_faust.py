"""Stock Faust: the same pure functions in an agent as its manual shows them, one event at a time.

One Table of encoded profiles with its changelog topic, updated once per event; decisions are sent
to a topic. Everything else flatters it: contacts and timers are plain memory (a real one would
need tables for them too), sources are not checked for repeats, and nothing is atomic or fenced.

    python -m bench.peers.stock_faust TASK
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faust

from bench import start
from bench.meter import Meter, tell
from bench.task import Task
from models.person import encoding
from models.person.dedupe import first_time
from models.person.profile import Profile, new_profile
from models.step import Step
from schemas.topics import Topology
from streams.pending import split_timer, timer_member
from streams.stepper import driven_now_ms


class PlainSteps:
    """Applies events and due timers to stored profiles, one at a time: bytes in, bytes out."""

    def __init__(self, task: Task) -> None:
        self._codec = start.codec()
        self._registry = start.registry()
        self._world = start.world(task)
        self._starts = {p: start.read_start(task, p) for p in range(task.partitions)}
        self._clock_ms: dict[int, int] = dict.fromkeys(self._starts, 0)

    def decode(self, value: bytes) -> tuple[str, dict[str, Any]]:
        """The record's name and the record."""
        return self._codec.decode(value)

    def stored(self, partition: int, subscriber: str) -> bytes | None:
        """The profile as it stood before the measured events."""
        return self._starts[partition].profiles.get(subscriber)

    def apply(
        self,
        partition: int,
        subscriber: str,
        name: str,
        event: dict[str, Any],
        stored: bytes | None,
    ) -> tuple[bytes, list[bytes]]:
        """Step one event; returns the profile and what leaves, both encoded."""
        profile = encoding.decode(stored) if stored else new_profile()
        contacts = self._starts[partition].contacts
        contact = None
        if name in self._registry.contact_records and subscriber in contacts:
            contact = self._codec.decode(contacts[subscriber])[1]
        step = Step(subscriber, driven_now_ms(self._clock_ms[partition], event), contact)
        if first_time(profile, event["event_id"]):
            for function in self._registry.events.get(name, ()):
                function(event, profile, step, self._world)
        if step.contact_changed and step.contact is not None:
            contacts[subscriber] = self._codec.encode("contact", step.contact)
        return self._finish(partition, profile, step)

    def due(self, partition: int, at_ms: int) -> Iterator[tuple[str, int]]:
        """Pass a tick: yield the timers that are due by then, those they set included."""
        while due := self._starts[partition].timers.take(at_ms):
            yield from due
        self._clock_ms[partition] = at_ms

    def fire(
        self, partition: int, member: str, due_ms: int, at_ms: int, stored: bytes | None
    ) -> tuple[bytes, list[bytes]]:
        """Fire one timer."""
        name, subscriber = split_timer(member)
        profile = encoding.decode(stored) if stored else new_profile()
        step = Step(subscriber, at_ms)
        self._registry.timers[name.partition(":")[0]](name, due_ms, profile, step, self._world)
        return self._finish(partition, profile, step)

    def _finish(self, partition: int, profile: Profile, step: Step) -> tuple[bytes, list[bytes]]:
        timers = ((timer_member(name, step.subscriber), at) for name, at in step.timers.items())
        self._starts[partition].timers.put(timers)
        leaving = [self._codec.encode(name, record) for name, record in step.emitted]
        return encoding.encode(profile), leaving


def make_app(task: Task, steps: PlainSteps, meter: Meter) -> faust.App:
    """The app: Faust's defaults throughout, but for what names places."""
    app = faust.App(
        task.group,
        broker=f"kafka://{task.bootstrap_servers}",
        store="memory://",
        datadir=task.data_dir,
        web_enabled=False,
        topic_disable_leader=True,
        topic_partitions=task.partitions,
    )
    journal = app.topic(
        Topology(task.namespace, task.partitions).name("journal"),
        key_serializer="raw",
        value_serializer="raw",
    )
    decisions = app.topic(f"{task.group}-decisions", key_serializer="raw", value_serializer="raw")
    profiles: Any = app.Table(
        "profiles", partitions=task.partitions, key_type=bytes, value_type=bytes
    )

    async def put(subscriber: str, stepped: tuple[bytes, list[bytes]]) -> None:
        key = subscriber.encode()
        profiles[key], leaving = stepped
        for value in leaving:
            await decisions.send(key=key, value=value)

    def get(partition: int, subscriber: str) -> bytes | None:
        key = subscriber.encode()
        return profiles[key] if key in profiles else steps.stored(partition, subscriber)

    async def step(stream: Any) -> None:
        seen = 0
        async for event in stream.events():
            meter.start()
            partition = event.message.partition
            name, record = steps.decode(event.value)
            if name == "tick":
                at_ms = record["at"]
                for member, due_ms in steps.due(partition, at_ms):
                    subscriber = split_timer(member)[1]
                    stored = get(partition, subscriber)
                    await put(subscriber, steps.fire(partition, member, due_ms, at_ms, stored))
                continue
            subscriber = event.key.decode()
            stored = get(partition, subscriber)
            await put(subscriber, steps.apply(partition, subscriber, name, record, stored))
            seen += 1
            if seen >= task.events:
                meter.stop()
                tell(meter.measured(seen))
                os._exit(0)  # its state is thrown away: nothing to close

    app.agent(journal, name="step")(step)
    return app


def main(task: Task) -> None:
    """Run the app until the agent has seen its events."""
    faust.Worker(
        make_app(task, PlainSteps(task), Meter()), loglevel="WARN"
    ).execute_from_commandline()


if __name__ == "__main__":
    main(Task.read(Path(sys.argv[1])))
