"""Reading a file of single-use codes: one a line, in a CSV each with an expiry of its own. Pure.

Everything wrong with it is found before anything is written.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from models.offers.code import LONGEST, wellformed
from schemas.errors import StopError

SHOWN = 20
"""Most problems that are listed; the others are counted."""
_HEADERS = frozenset({"code", "codes"})


class BadCodesError(StopError):
    """A file of codes has lines that are none; nothing of it is loaded.

    Attributes:
        problems: What is wrong, each with its line.
    """

    def __init__(self, problems: list[str]) -> None:
        lines = "".join(f"\n  - {problem}" for problem in problems[:SHOWN])
        more = len(problems) - SHOWN
        rest = f"\n  … and {more} more" if more > 0 else ""
        super().__init__(
            f"nothing was loaded: {len(problems)} problem(s) in the file; correct each:"
            f"{lines}{rest}"
        )
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Code:
    """A code as the file has it; `expires_ms` in epoch milliseconds, `NEVER_MS` for never."""

    code: str
    expires_ms: int


def read_codes(
    lines: Iterable[str], *, default_ms: int, now_ms: int, end_of: Callable[[str], int]
) -> list[Code]:
    """Read codes.

    Args:
        lines: `CODE`, or `CODE,EXPIRY`; the first may be a header. Empty ones don't count.
        default_ms: When a code without an expiry of its own expires, epoch milliseconds.
        now_ms: The present, epoch milliseconds.
        end_of: Gives the end of a day, or a minute of it, in epoch milliseconds.

    Raises:
        BadCodesError: Some lines are no codes, come twice or have expired; all are listed.
    """
    found: dict[str, Code] = {}
    first: dict[str, int] = {}
    problems: list[str] = []
    for number, line in enumerate(lines, 1):
        code, _, expiry = (part.strip().strip('"') for part in line.strip().partition(","))
        if not code or (number == 1 and code.lower() in _HEADERS):
            continue
        problem, expires_ms = "", default_ms
        if code in first:
            problem = f"{code!r} stands in line {first[code]} already"
        elif not wellformed(code):
            problem = f"{code[: LONGEST + 1]!r} is no code: 4 to {LONGEST} letters, digits, - and _"
        elif expiry:
            expires_ms, problem = _expiry(expiry, end_of)
        if not problem and expires_ms <= now_ms:
            problem = f"{code!r} has expired"
        first.setdefault(code, number)
        if problem:
            problems.append(f"line {number}: {problem}")
        else:
            found[code] = Code(code, expires_ms)
    if not found and not problems:
        problems.append("there is no code in it")
    if problems:
        raise BadCodesError(problems)
    return list(found.values())


def _expiry(text: str, end_of: Callable[[str], int]) -> tuple[int, str]:
    try:
        return end_of(text), ""
    except ValueError:
        return 0, f"{text!r} is no day; write 2026-12-24, or 2026-12-24T18:00, without a time zone"
