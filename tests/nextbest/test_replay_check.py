"""What replaying a dead letter would come to."""

import re
import time
from typing import Any

import pytest

from nextbest.dead_letter_store import Letter
from nextbest.replay_check import ReplayCheck
from runtime.settings import load_settings
from schemas.codec import Codec
from schemas.dead_letters import Placed, dead_letter
from schemas.errors import DeadLetterError
from schemas.registry import BundledRegistry
from tests.schemas.samples import sample

CODEC = Codec(BundledRegistry())
GOOD = CODEC.encode("browse", sample("browse"))
NO_SENSE = CODEC.encode("browse", sample("browse", price=-1.0))
AHEAD = CODEC.encode("browse", sample("browse", occurred_at=(int(time.time()) + 10**6) * 1000))
UNKNOWN = b"\0\x7f\0\0\1rest"


def letter(value: bytes, topic: str = "events.browse", **changes: Any) -> Letter:
    made = dead_letter(
        DeadLetterError("threw", "whatever it was"),
        "intake",
        Placed(topic, 0, 1, 1, b"ann", value),
        personal=False,
    )
    return Letter(made["dead_letter_id"], made | changes, {0})


@pytest.fixture
def check() -> ReplayCheck:
    return ReplayCheck(load_settings())


@pytest.mark.parametrize("topic", ["events.browse", "journal"])
def test_what_intake_would_take_now_is_worth_it(check: ReplayCheck, topic: str) -> None:
    assert check.in_vain(letter(GOOD, topic)) is None
    assert check.outlook(letter(GOOD, topic)) == "possible"


@pytest.mark.parametrize(
    ("value", "topic", "reason"),
    [
        (b"{}", "events.browse", "wrong_magic"),
        (GOOD[:-1], "events.browse", "truncated"),
        (GOOD + b"x", "events.browse", "undecodable"),
        (UNKNOWN, "events.browse", "unknown_schema"),
        (GOOD, "events.cart", "wrong_topic"),
        (NO_SENSE, "events.browse", "bad_price"),
        (NO_SENSE, "journal", "bad_price"),
        (AHEAD, "events.browse", "future"),
    ],
    # Values hold the present: as names, they would differ between the processes of a parallel run.
    ids=lambda part: "value" if isinstance(part, bytes) else part,
)
def test_what_would_come_back_is_told_with_the_reason(
    check: ReplayCheck, value: bytes, topic: str, reason: str
) -> None:
    said = check.in_vain(letter(value, topic))
    assert said is not None
    assert said.startswith(f"it would be set aside again: {reason}")
    # The reason may name the present, which has gone on meanwhile.
    present = re.compile(r"\d{13}")
    assert present.sub("", check.outlook(letter(value, topic))) == present.sub("", said)


def test_the_outlook_of_what_cannot_be_replayed(check: ReplayCheck) -> None:
    assert check.outlook(letter(GOOD, "outcomes")) == "it came from no events topic"
    withheld = letter(b"", "events.profile", truncated=True)
    assert check.outlook(withheld) == "possible while its topic keeps it"
