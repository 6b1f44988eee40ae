"""The floor: a bare confluent-kafka loop that consumes the journal, decodes, and discards.

python -m bench.peers.floor TASK
"""

import sys
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

from bench import start
from bench.meter import Meter, tell
from bench.task import Task
from schemas.topics import Topology

_BATCH_RECORDS = 1_000


def main(task: Task) -> None:
    """Read the measured stretch once."""
    codec = start.codec()
    journal = Topology(task.namespace, task.partitions).name("journal")
    consumer = Consumer({"bootstrap.servers": task.bootstrap_servers, "group.id": task.group})
    consumer.assign([TopicPartition(journal, p, offset) for p, offset in task.start.items()])
    meter, seen = Meter(), 0
    meter.start()
    while seen < task.events:
        for message in consumer.consume(_BATCH_RECORDS, 1.0):
            name, _ = codec.decode(message.value())
            seen += name != "tick"
    meter.stop()
    consumer.close()
    tell(meter.measured(seen))


if __name__ == "__main__":
    main(Task.read(Path(sys.argv[1])))
