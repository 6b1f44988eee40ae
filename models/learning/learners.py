"""The class behind the population's beliefs, by name: whoever has a better learner names theirs.

A learner is made with `spread` and `memory` and answers as `models.belief.Belief` does:

- `chance(x, offset, beside)`: log-odds within ±30 and their variance, 0 where it knows none;
- `sums(x)`: what features add to both;
- `towards(x, target, offset)`: learns from one outcome, a share too, and says what it had expected;
- `widen(share)`: grows unsure again after a change, where that means anything;
- `weights`: all that is stored, `{name: (number, number)}`, both finite, the second 0 or more; set
  again, it goes on exactly as before.

It does no I/O, reads no clock, draws nothing at random and is bounded in size. The contract suite
over learners holds the ones that come along to that.
"""

from importlib import import_module
from math import isfinite
from typing import Any, cast

from models.belief import Belief
from models.errors import LearnerError

SHIPPED = ("models.belief:Belief", "models.river_belief:RiverBelief")
DEFAULT = SHIPPED[0]

_VERBS = ("chance", "sums", "towards", "widen")
_LESSONS = (({"a": 1.0, "b": -2.0}, 1.0, -3.0), ({"a": 1.0, "c": 0.5}, 0.3, 0.0))


def load(name: str) -> type[Belief]:
    """The class of that name, or what answers as it does.

    Args:
        name: `module:Class`.

    Raises:
        LearnerError: It can't be imported, or isn't such a learner; everything wrong is listed.
    """
    module, _, attribute = name.partition(":")
    try:
        found: Any = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise LearnerError(name, [f"not importable: {error}"]) from error
    except Exception as error:
        told = f"importing it fails with {type(error).__name__}: {error}"
        raise LearnerError(name, [told]) from error
    if found is Belief:
        return Belief
    problems = _problems(found)
    if problems:
        raise LearnerError(name, problems)
    return cast("type[Belief]", found)


def _problems(found: Any) -> list[str]:
    """What keeps a class from standing behind the beliefs, as far as a short trial shows."""
    if not isinstance(found, type):
        return ["it is no class"]
    missing = [f"it has no method {v}" for v in _VERBS if not callable(getattr(found, v, None))]
    try:
        learner, again = found(0.3, 1_000.0), found(0.3, 1_000.0)
    except Exception as error:  # noqa: BLE001 - whatever a stranger's class raises
        return [*missing, f"it can't be made with (spread, memory): {error}"]
    if missing:
        return missing
    try:
        return _tried(learner, again)
    except Exception as error:  # noqa: BLE001
        return [f"learning a little fails with {type(error).__name__}: {error}"]


def _tried(learner: Any, again: Any) -> list[str]:
    problems = []
    if learner.chance({"a": 1.0}, -3.0)[0] != -3.0:
        problems.append("with nothing learned, chance doesn't say the offset it was given")
    for x, target, offset in _LESSONS:
        expected = learner.towards(x, target, offset)
        if not 0.0 < expected < 1.0:
            problems.append("towards doesn't say the chance that it had expected")
    learner.widen(0.5)
    again.weights = dict(learner.weights)
    told = (learner.chance({"a": 1.0, "b": 1.0}), learner.sums({"a": 1.0}))
    if not all(len(pair) == 2 and all(map(isfinite, pair)) and pair[1] >= 0.0 for pair in told):
        problems.append("chance and sums must give a finite number and a variance")
    if again.chance({"a": 1.0, "b": 1.0}) != learner.chance({"a": 1.0, "b": 1.0}):
        problems.append("set again, weights don't give the same learner")
    return list(dict.fromkeys(problems))
