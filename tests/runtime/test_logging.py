"""Logs: one JSON object a line, and no address or password in it, wherever it comes from."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from runtime.logging import configure, get_logger, redact


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure("worker", "info", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_role_and_ids(lines: io.StringIO) -> None:
    get_logger("streams.lane").info("decided", decision_id="d1", partition=7)
    (line,) = read(lines)
    assert line["event"] == "decided"
    assert line["role"] == "worker"
    assert line["level"] == "info"
    assert line["decision_id"] == "d1"
    assert line["partition"] == 7


def test_the_level_holds(lines: io.StringIO) -> None:
    get_logger("x").debug("quiet")
    logging.getLogger("x").debug("quiet")
    assert lines.getvalue() == ""


def test_addresses_are_redacted_everywhere(lines: io.StringIO) -> None:
    log = get_logger("x")
    log.info("to anna@example.com", to="Reader <anna.b+tag@mail.example.com>")
    log.info("nested", deep={"list": ["anna@example.com", b"anna@example.com"]}, n=3)
    log.info("object", error=ValueError("anna@example.com refused"))
    logging.getLogger("aiosmtplib").warning("550 %s unknown", "anna@example.com")
    try:
        int("anna@example.com")
    except ValueError:
        log.exception("failed")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn("anna@example.com", stacklevel=1)
    assert len(read(lines)) == 6
    assert "anna" not in lines.getvalue().lower()
    assert lines.getvalue().count("[address]") >= 8


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("550 <anna@example.com>: no such user", "550 <[address]>: no such user"),
        ("mailto:anna@example.com", "mailto:[address]"),
        ("/u/x?to=anna%40example.com&y=1", "/u/x?to=[address]&y=1"),
        ("redis://user:word@host:6379/0", "redis://host:6379/0"),
        ("müller@exämple.de, b@c.de", "[address], [address]"),
        ("anna@localhost", "[address]"),
        ("nothing here", "nothing here"),
        ("partition 3 @ offset 7", "partition 3 @ offset 7"),
    ],
)
def test_redact(text: str, safe: str) -> None:
    assert redact(text) == safe


def test_what_can_not_be_written_ends_nothing(lines: io.StringIO) -> None:
    lines.close()
    get_logger("x").warning("nobody hears it")


def test_keys_of_different_kinds_end_nothing(lines: io.StringIO) -> None:
    get_logger("x").info("counts", of={1: 2, None: 3, "ann@example.com": 4})
    (line,) = read(lines)
    assert line["of"] == {"1": 2, "None": 3, "[address]": 4}
