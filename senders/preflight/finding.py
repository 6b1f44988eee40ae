"""What a check of a production set-up found."""

from enum import StrEnum

import msgspec


class Outcome(StrEnum):
    """How a check ended; only `FAIL` keeps production mail back."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The end of one check.

    Attributes:
        check: Its name, by which it can be overridden.
        outcome: How it ended.
        looked_at: What was asked.
        found: What the answer was.
        do: What to do about it; empty where nothing is wrong.
    """

    check: str
    outcome: Outcome
    looked_at: str
    found: str
    do: str = ""


def passed(check: str, looked_at: str, found: str) -> Finding:
    """Nothing is wrong."""
    return Finding(check=check, outcome=Outcome.PASS, looked_at=looked_at, found=found)


def warned(check: str, looked_at: str, found: str, do: str) -> Finding:
    """It works, and could be better, or couldn't be seen from here."""
    return Finding(check=check, outcome=Outcome.WARN, looked_at=looked_at, found=found, do=do)


def failed(check: str, looked_at: str, found: str, do: str) -> Finding:
    """It is wrong."""
    return Finding(check=check, outcome=Outcome.FAIL, looked_at=looked_at, found=found, do=do)
