"""Structured logs: JSON lines, readable text on a terminal, and never an e-mail address.

`configure` routes the standard library's logging (Faust, aiokafka, aiohttp) through the same
processors, so that redaction holds for everything a process writes. Our own lines don't go through
it, which would double what they cost: a sender writes one for each mail.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any, TextIO

import structlog

REDACTED = "[address]"
# Wider than RFC 5321 on purpose: a false alarm costs a word, a miss leaks a person. Also as
# percent-encoded in URLs.
_ADDRESS = re.compile(
    r"[^\s@<>\"'(),:;\[\]=/]{1,64}(?:@|%40)[^\s@<>\"'(),:;\[\]/?&]*[\w\]]", re.IGNORECASE
)
# redis://user:secret@host and the like: the secret goes, host and scheme stay.
_URL_SECRET = re.compile(r"(\w+://)[^\s/@]*@")

Value = Any


def redact(text: str) -> str:
    """Take e-mail addresses, and user and password of URLs, out of a text."""
    if "@" not in text and "%40" not in text:
        return text
    return _ADDRESS.sub(REDACTED, _URL_SECRET.sub(r"\1", text))


def _redact_value(value: Value) -> Value:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, bytes):
        return redact(value.decode("utf-8", "backslashreplace"))
    if isinstance(value, Mapping):
        # Keys as text: those of different kinds can't be sorted.
        return {str(_redact_value(key)): _redact_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redact_value(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(str(value))


def redact_addresses(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Take addresses out of every value of a log line, nested ones too (structlog processor)."""
    for name, value in event.items():
        if name.startswith("_") or name == "exc_info":
            continue  # structlog's own; exc_info has become text by the time this runs
        event[name] = _redact_value(value)
    return event


def configure(role: str, level: str = "info", *, stream: TextIO | None = None) -> None:
    """Set up logging for the process.

    Args:
        role: Bound to every line.
        level: Least level written: debug, info, warning or error.
        stream: Where lines go; stderr by default. Text when it is a terminal, else JSON lines.

    """
    out = stream or sys.stderr
    said: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_role(role),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact_addresses,
    ]
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer()
        if out.isatty()
        else structlog.processors.JSONRenderer(sort_keys=True)
    )
    _configure_others(said, renderer, level, out)
    structlog.configure(
        processors=[*said, renderer],
        logger_factory=lambda name="": _Lines(name, out),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def _configure_others(
    said: list[structlog.types.Processor],
    renderer: structlog.types.Processor,
    level: str,
    out: TextIO,
) -> None:
    """Have what libraries log look as what we do."""
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=said,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # aiosmtpd tells every command of every client.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


class _Lines:
    """Writes finished lines.

    Args:
        name: The logger's, for `add_logger_name`.
        out: Where to.
    """

    def __init__(self, name: str, out: TextIO) -> None:
        self.name = name
        self._out = out

    def msg(self, line: str) -> None:
        """Write a line in one piece, as others may write meanwhile; lost where that fails."""
        with suppress(OSError, ValueError):  # a full disk, a reader gone, a stream closed
            self._out.write(f"{line}\n")
            self._out.flush()

    debug = info = warning = error = critical = exception = msg


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Give the logger of a module; bind ids (decision, trigger, partition) as keywords."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(name)
    return logger


def _add_role(role: str) -> structlog.types.Processor:
    def add(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        event.setdefault("role", role)
        return event

    return add
