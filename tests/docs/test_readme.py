"""The README's examples work exactly as shown. See also tests/integration/test_emitter.py."""

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import schemas.emitter
import streams.processors
import tests.models.life
from deploy.demo.account import Found
from deploy.demo.ledger import Ledger
from deploy.demo.report import MUST_BE_ZERO, Inboxes, make_report
from models.programme.reading import parse_programme
from runtime.settings import load_settings
from schemas.codec import Codec
from schemas.emitter import Emitter
from schemas.recorded import LoggedEvent, RecordedLog
from schemas.rees46 import rees46_reader
from schemas.registry import BundledRegistry
from streams.registry import discover
from tests.docs.pages import DOCS, README, block, blocks

PROCESSOR = "fruitless_search"


class Caught(Emitter):
    """An emitter whose records are caught before they go to the producer."""

    sent: list[tuple[str, bytes | None]]

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__({**config, "bootstrap.servers": "127.0.0.1:1", "log_level": 0})
        type(self).sent = []

    def _produce(self, topic: str, key: str, value: bytes | None) -> None:
        del key
        self.sent.append((topic, value))


def run(text: str, name: str) -> dict[str, Any]:
    """Run a block as a module of its own."""
    space: dict[str, Any] = {"__name__": name}
    exec(compile(text, name, "exec"), space)  # noqa: S102  it is our own example
    return space


def test_the_emitter_example_sends_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas.emitter, "Emitter", Caught)
    example = block(README, "python", "with Emitter(")
    assert len(example.text.strip().splitlines()) <= 10
    run(example.text, "emitter_example")

    codec = Codec(BundledRegistry())
    sent = [(topic, codec.decode(value)[1]) for topic, value in Caught.sent if value]
    assert [topic for topic, _ in sent] == ["events.browse", "events.cart"]
    assert {record["subscriber_id"] for _, record in sent} == {"ann"}


def test_the_log_example_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "shop.jsonl"
    file.write_text(block(README, "json", '"type"').text, encoding="utf-8")
    log = RecordedLog(file, rees46_reader)
    emitter = Caught({})
    for entry in log.entries():
        assert isinstance(entry, LoggedEvent), entry
        emitter.emit(entry.name, entry.record)
    log.close()
    assert [topic for topic, _ in emitter.sent] == [
        "events.profile",
        "events.consent",
        "events.cart",
    ]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The processor of the README among the shipped ones, as if it were written where it says."""
    folder = tmp_path / "streams" / "processors"
    folder.mkdir(parents=True)
    file = folder / f"{PROCESSOR}.py"
    file.write_text(block(README, "python", f"`streams/processors/{PROCESSOR}.py`").text)
    monkeypatch.setattr(streams.processors, "__path__", [*streams.processors.__path__, str(folder)])
    importlib.invalidate_caches()
    yield file
    sys.modules.pop(f"streams.processors.{PROCESSOR}", None)
    vars(streams.processors).pop(PROCESSOR, None)


def example_test() -> Any:
    """The README's test, ready to call."""
    text = block(README, "python", f"`tests/streams/processors/test_{PROCESSOR}.py`").text
    [test] = [value for name, value in run(text, "example").items() if name.startswith("test_")]
    return test


def test_the_processor_is_found_and_its_test_passes(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del written
    registry = discover(streams.processors)
    assert PROCESSOR in registry.names
    assert [f.__name__ for f in registry.events["search"]] == ["search", PROCESSOR, "after"]
    monkeypatch.setattr(tests.models.life, "REGISTRY", registry)
    example_test()()


def test_the_test_fails_without_the_processor() -> None:
    with pytest.raises(AssertionError):
        example_test()()


def test_the_python_examples_pass_the_linter() -> None:
    for shown in blocks(README):
        if shown.language == "python":
            named = re.fullmatch(r"`(.+\.py)`:", shown.above)
            place = named[1] if named else "docs/example.py"
            subprocess.run(
                [sys.executable, "-m", "ruff", "check", "--quiet", "--stdin-filename", place]
                + ([] if named else ["--ignore", "D100,INP001"])
                + ["-"],
                input=shown.text,
                text=True,
                check=True,
                timeout=60,
            )


def test_the_settings_shown_are_enough_to_send(monkeypatch: pytest.MonkeyPatch) -> None:
    exports = block(README, "sh", "export ").text
    for name, value in re.findall(r'^export (\w+)="?([^"\n]+)"?$', exports, re.MULTILINE):
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.sender.missing_identity() == []
    assert settings.sender.allow_recipients == ("you@shop.example",)
    assert len(re.findall("export ", exports)) > 10


def test_the_summary_shown_is_the_demos() -> None:
    report = make_report(Ledger(), Found(), [], {}, 0.0, Inboxes())
    shown = block(README, "text", "What came of it").text
    rows = re.findall(r"^│ (\w[\w ]*?) +│ +(.+?) │$", shown, re.MULTILINE)
    assert [name.replace(" ", "_") for name, _ in rows] == [n for n in report if n != "unaccounted"]
    assert {n.replace(" ", "_") for n, figure in rows if figure == "0"} == set(MUST_BE_ZERO)


def test_the_programme_shown_to_marketers_is_one() -> None:
    programme = parse_programme(block(DOCS / "marketers.md", "yaml", "flows:").text)
    assert set(programme.flows) == {"cart_abandonment"}
