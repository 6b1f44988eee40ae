"""What `nextbest up` leaves to try: events that `nextbest emit` takes, and a clean slate."""

import json
from pathlib import Path

from deploy.demo.shoppers import START_MS
from deploy.demo.standing import write_hello
from schemas.checks import check_event
from schemas.codec import Codec
from schemas.registry import BundledRegistry


def test_the_example_is_a_sign_up_that_intake_would_take(tmp_path: Path) -> None:
    lines = write_hello(tmp_path / "hello.jsonl", START_MS).read_text().splitlines()
    codec = Codec(BundledRegistry())
    names = []
    for line in lines:
        event = json.loads(line)
        name = event.pop("type")
        full = {"anonymous_id": None, "preferences": {}, "decision_id": None, **event}
        fields = full if name == "consent" else {"anonymous_id": None, **event}
        check_event(*codec.decode(codec.encode(name, fields)), START_MS)
        names.append(name)
    assert names == ["profile", "consent"]


def test_what_was_sent_of_an_earlier_example_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "hello.jsonl.position").write_text("99")
    write_hello(tmp_path / "hello.jsonl", START_MS)
    assert [path.name for path in tmp_path.iterdir()] == ["hello.jsonl"]
