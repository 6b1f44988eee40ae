"""What would the product's own learner have been worth on a log of rounds that it didn't write?

The file is read twice: once to see that it makes sense and how its actions were chosen, and once to
pass it through the learner. A group is a test of its own, with a learner of its own.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from evaluation.bandit_result import BanditResult, judged, together
from evaluation.bandit_test import BanditTest, is_even
from evaluation.rounds import Round, RoundsError, read_rounds
from models.bandit.learner import Settings

_KEPT_PROBLEMS = 100


@dataclass(slots=True)
class Survey:
    """What a log holds.

    Attributes:
        even: By group, whether its actions were logged at even odds.
        actions: Every action that was allowed somewhere.
        refused: By reason, lines that give no round; `problems` the first of them in words.
    """

    even: dict[str, bool] = field(default_factory=dict)
    actions: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def survey(path: Path) -> Survey:
    """Read a log and see what is in it."""
    found = Survey()
    for entry in read_rounds(path):
        if isinstance(entry, Round):
            found.even[entry.group] = found.even.get(entry.group, True) and is_even(entry)
            found.actions.update(entry.actions)
            continue
        found.refused[entry.reason] += 1
        if len(found.problems) < _KEPT_PROBLEMS:
            found.problems.append(f"line {entry.line}: {entry.reason}: {entry.detail}")
    return found


def evaluate(
    path: Path,
    *,
    costs: Mapping[str, float] | None = None,
    seed: int = 0,
    settings: Settings | None = None,
    skip_bad: bool = False,
) -> BanditResult:
    """Pass a log once through the product's learner and judge what it would have been worth.

    Args:
        path: JSON lines; see `evaluation.rounds`.
        costs: By action, what taking it costs, in the reward's unit.
        seed: The same seed draws alike.
        settings: The learner's; the product's own where none are given.
        skip_bad: Count lines that give no round and go on, instead of refusing the log.

    Raises:
        RoundsError: Lines give no round and `skip_bad` isn't set, or none does; or a cost is for
            an action that is never allowed.
    """
    found = survey(path)
    if found.refused and (not skip_bad or not found.even):
        raise RoundsError(path, found.problems, found.refused.total())
    if not found.even:
        raise RoundsError(path, ["it holds no rounds"])
    known = costs or {}
    strange = sorted(set(known) - found.actions)
    if strange:
        names = ", ".join(sorted(found.actions)[:10])
        raise RoundsError(
            path, [f"no round allows {name!r}; there are {names}" for name in strange]
        )
    used = settings or Settings()
    tests = {
        group: BanditTest(used, known, _seed(seed, group), even=even)
        for group, even in found.even.items()
    }
    for entry in _rounds(path):
        tests[entry.group].take(entry)
    return together({group: judged(test) for group, test in tests.items()}, dict(found.refused))


def _rounds(path: Path) -> Iterator[Round]:
    return (entry for entry in read_rounds(path) if isinstance(entry, Round))


def _seed(seed: int, group: str) -> int:
    """A seed of the group's own: whatever else is in the log, its test ends the same."""
    return int.from_bytes(blake2b(f"{seed}\0{group}".encode(), digest_size=8).digest(), "big")
