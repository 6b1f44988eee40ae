"""What a rule is, and what it finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from senders.linting.page import Page

Severity = Literal["error", "warning"]
Find = Callable[[Page], Iterator[str]]
"""Tells what breaks the rule, one text for each place."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a message must or should not do.

    Attributes:
        code: Names it.
        severity: An error keeps the message from being sent.
        why: What is wrong with it and what to do instead.
        find: Finds it.
    """

    code: str
    severity: Severity
    why: str
    find: Find


@dataclass(frozen=True, slots=True)
class Finding:
    """A message that breaks a rule.

    Attributes:
        message: The message's name.
        code: The rule's.
        severity: The rule's.
        found: What, in the message's words.
        sample: The first case it was seen in.
        why: The rule's.
    """

    message: str
    code: str
    severity: Severity
    found: str
    sample: str
    why: str

    def line(self) -> str:
        """In one line, for people."""
        return f"{self.message}: {self.severity} {self.code}: {self.found}. {self.why}"
