"""The one declaration of the topics: names, records, keys, partitions, retention and sizes."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from schemas.errors import StopError

_DAY_MS = 86_400_000
_MEBIBYTE = 1_048_576

FOREVER_MS: Final = -1

Cleanup = Literal["delete", "compact", "compact,delete"]
Key = Literal["subscriber", "product_id", "dead_letter_id", "journal_partition"]

_LEGAL = re.compile(r"[a-zA-Z0-9._-]*")
_MAX_NAME = 249
"""Kafka's limit on a topic's name, `org.apache.kafka.common.internals.Topic`."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it should be.

    Attributes:
        name: Without the namespace.
        record: The record it is for; None for the journal, which holds every event.
        key: What its records are keyed by. `subscriber` is `schemas.keys.subscriber_key`.
        partitions: How many it is made with.
        exact_partitions: Whether another count is refused; otherwise any will do.
        retention_ms: How long records stay; -1 for ever. Unused where only compacted.
        max_message_bytes: Longest batch the broker accepts. A producer's batch holds many records,
            so this is well above the longest record (`schemas.codec.MAX_RECORD_BYTES`).
        cleanup: The broker's cleanup policy.
        compaction_lag_ms: How long compaction leaves a record alone; 0 where the broker may.
        doc: What it is for.
    """

    name: str
    record: str | None
    key: Key
    doc: str
    partitions: int
    exact_partitions: bool = False
    retention_ms: int = 30 * _DAY_MS
    max_message_bytes: int = _MEBIBYTE
    cleanup: Cleanup = "delete"
    compaction_lag_ms: int = 0

    @property
    def is_event(self) -> bool:
        """Whether product apps or senders write events there, for intake to read."""
        return self.name.startswith("events.")


def _events(record: str, doc: str) -> Topic:
    return Topic(f"events.{record}", record, "subscriber", doc, partitions=4)


TOPICS: Final[tuple[Topic, ...]] = (
    _events("browse", "Products, categories and pages looked at."),
    _events("cart", "Changes to carts, and checkouts begun."),
    _events("click", "Links followed in mails."),
    _events("purchase", "Orders."),
    _events("refund", "Money of orders paid back."),
    _events("search", "Searches."),
    _events("milestone", "Steps reached: of setup, a trial, a subscription."),
    _events("wish", "Wish lists, and who asks to be told of a product."),
    _events("consent", "Consent given, withdrawn and detailed."),
    _events("profile", "What people told the shop about themselves."),
    _events("delivery", "What became of messages."),
    _events("open", "Pictures of mails loaded, where people agreed to that; they say little."),
    _events("identify", "Anonymous people who turned out to be subscribers."),
    Topic(
        "journal",
        None,
        "subscriber",
        "One ordered log per subscriber; profiles are rebuilt by replaying it.",
        partitions=8,
        exact_partitions=True,
        retention_ms=400 * _DAY_MS,
        max_message_bytes=2 * _MEBIBYTE,
    ),
    Topic("decisions", "decision", "subscriber", "What was decided, holds too.", partitions=8),
    Topic(
        "outcomes",
        "outcome",
        "subscriber",
        "What followed decisions, and moments sampled; the trainer reads it in one order.",
        partitions=1,
        exact_partitions=True,
        retention_ms=400 * _DAY_MS,
    ),
    Topic(
        "interactions",
        "interactions",
        "journal_partition",
        "What sampled people did with products; the trainer learns recommendations from it.",
        partitions=1,
        exact_partitions=True,
        retention_ms=7 * _DAY_MS,
    ),
    Topic(
        "dead-letters",
        "dead_letter",
        "dead_letter_id",
        "What could not be decoded or applied. A repeat has the same key and is compacted away.",
        partitions=1,
        retention_ms=90 * _DAY_MS,
        max_message_bytes=2 * _MEBIBYTE,
        cleanup="compact,delete",
    ),
    Topic(
        "catalog",
        "catalog",
        "product_id",
        "Every product, article, review and category as it is now, and its last month.",
        partitions=1,
        retention_ms=FOREVER_MS,
        cleanup="compact",
        # Whoever reads it whole then sees every price of the last 30 days (docs/decisions/0207).
        compaction_lag_ms=31 * _DAY_MS,
    ),
)

JOURNAL: Final = "journal"

_ONLY_JOURNALED: Final = ("merge", "tick", "codes", "redemption")


class BadTopologyError(StopError):
    """The namespace or a partition count can't be used; the message says why."""


@dataclass(frozen=True)
class Topology:
    """The topics of one installation.

    Attributes:
        namespace: Begins every topic's name; empty in production.
        journal_partitions: Fixed once the journal exists: a subscriber's key decides the partition
            by this count.
    """

    namespace: str = ""
    journal_partitions: int = 8

    def __post_init__(self) -> None:
        longest = max(len(topic.name) for topic in TOPICS)
        if not _LEGAL.fullmatch(self.namespace) or len(self.namespace) + longest > _MAX_NAME:
            raise BadTopologyError(
                f"namespace {self.namespace!r} can't begin a topic's name: use letters, digits, "
                f"'.', '_' and '-', at most {_MAX_NAME - longest} of them."
            )
        if not 1 <= self.journal_partitions <= 10_000:
            raise BadTopologyError(
                f"the journal can't have {self.journal_partitions} partitions: use 1 to 10,000."
            )

    def name(self, topic: str) -> str:
        """The full name of a declared topic.

        Raises:
            KeyError: No such topic is declared.
        """
        return self.namespace + self._by_name[topic].name

    def for_record(self, record: str) -> str:
        """The full name of the topic that records of this name are written to.

        `merge`, `tick`, `codes` and `redemption` exist only in the journal; `label` shares the
        topic of outcomes.

        Raises:
            KeyError: The record is in no topic.
        """
        return self._by_record[record]

    def declared(self, full_name: str) -> Topic:
        """The declaration of a topic by its full name.

        Raises:
            KeyError: No such topic is declared.
        """
        return self._by_name[full_name.removeprefix(self.namespace)]

    def partitions(self, topic: Topic) -> int:
        """How many partitions a topic is made with here."""
        return self.journal_partitions if topic.name == JOURNAL else topic.partitions

    @cached_property
    def event_topics(self) -> tuple[str, ...]:
        """The full names of the topics that intake reads."""
        return tuple(self.namespace + topic.name for topic in TOPICS if topic.is_event)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The full names of all topics."""
        return tuple(self.namespace + topic.name for topic in TOPICS)

    @cached_property
    def _by_name(self) -> dict[str, Topic]:
        return {topic.name: topic for topic in TOPICS}

    @cached_property
    def _by_record(self) -> dict[str, str]:
        named = {topic.record: self.namespace + topic.name for topic in TOPICS if topic.record}
        named |= dict.fromkeys(_ONLY_JOURNALED, self.namespace + JOURNAL)
        # In one order with outcomes: one offset says what of either the trainer has learned.
        return named | {"label": named["outcome"]}
