"""Taking what there is: a wait for the first record, none for the others."""

from confluent_kafka import Consumer, Message


def take_batch(consumer: Consumer, most: int, timeout_seconds: float) -> list[Message]:
    """At least one record or event where one comes in time, and whatever else is there already.

    `Consumer.consume` itself waits until it has all it was asked for or the time is over, which
    would put that time on every record.
    """
    batch = list(consumer.consume(1, timeout_seconds))
    if batch and most > 1:
        batch += consumer.consume(most - 1, 0)
    return batch
