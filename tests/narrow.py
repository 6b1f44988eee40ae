"""An installation's topics with no more partitions than its tests need."""

from schemas.topics import Topic, Topology


class Narrow(Topology):
    """One partition for each event topic: a broker makes these in half the time.

    For tests in which nobody shares the event topics out; roles take any number.
    """

    def partitions(self, topic: Topic) -> int:
        """How many partitions a topic is made with here."""
        return 1 if topic.is_event else super().partitions(topic)
