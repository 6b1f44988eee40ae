"""Reading a log of rounds: in what context, what was allowed, what was done, and what followed.

One JSON object a line:

    {"context": {…}, "actions": […], "action": …, "reward": …, "propensity": …, "group": …}

The file is read line by line, as often as asked; nothing of it is kept.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import msgspec

from evaluation.log_error import LogError
from models.bandit.context import Flat, flatten
from models.bandit.mixed import REWARD_LIMIT
from models.errors import BadRoundError

_QUOTED = 60


class RoundsError(LogError):
    """A log of rounds can't be used; see `LogError`."""

    def __init__(self, path: Path, problems: list[str], count: int | None = None) -> None:
        super().__init__(path, "log of rounds to judge by", problems, count)


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a log.

    Attributes:
        context: Flat, as the learner takes it.
        actions: Names of what was allowed; what isn't a word is named by its JSON.
        action: What was done: one of `actions`.
        propensity: With what probability, above 0.
        group: The test it belongs to; empty where the log names none.
    """

    context: Flat
    actions: tuple[str, ...]
    action: str
    reward: float
    propensity: float
    group: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that gives no round.

    Attributes:
        line: Its number, from 1.
        reason: A short code; `detail` says it in words.
    """

    line: int
    reason: str
    detail: str


def read_rounds(path: Path) -> Iterator[Round | Refused]:
    """Read a file of rounds; empty lines are passed over."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield parse_round(line)
            except BadRoundError as error:
                yield Refused(number, error.reason, error.detail)


def parse_round(line: bytes) -> Round:
    """Make a round of a line.

    Raises:
        BadRoundError: The line is no JSON object (`bad_json`); a field is missing (`missing`) or
            makes no sense (`bad_context`, `bad_actions`, `contradictory_actions`,
            `unknown_action`, `bad_reward`, `bad_propensity`); or a number isn't finite
            (`non_finite`).
    """
    found = _object(line)
    for name in ("actions", "action", "reward", "propensity"):
        if found.get(name) is None:
            raise BadRoundError("missing", f"{name!r} is missing")
    context = found.get("context")
    if context is None:
        context = {}
    if not isinstance(context, Mapping):
        raise BadRoundError("bad_context", f"context is {_quoted(context)}, not an object")
    actions = _actions(found["actions"])
    action = action_name(found["action"])
    if action not in actions:
        raise BadRoundError("unknown_action", f"action {_quoted(action)} is not among the actions")
    reward = _number("reward", found["reward"])
    if abs(reward) > REWARD_LIMIT:
        raise BadRoundError("bad_reward", f"reward is {reward:g}, not within ±{REWARD_LIMIT:g}")
    propensity = _number("propensity", found["propensity"])
    if not 0.0 < propensity <= 1.0:
        raise BadRoundError(
            "bad_propensity", f"propensity is {propensity:g}, not above 0 and at most 1"
        )
    group = found.get("group")
    return Round(
        flatten(context),
        actions,
        action,
        reward,
        propensity,
        "" if group is None else action_name(group),
    )


def action_name(value: Any) -> str:
    """An action's name: a word itself, anything else by its JSON, keys in order."""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(line)
    except msgspec.DecodeError:
        try:
            found = json.loads(line)  # knows NaN, so that it can be named as what it is
        except (ValueError, RecursionError) as error:
            raise BadRoundError("bad_json", f"not JSON: {error}") from None
    except RecursionError:
        raise BadRoundError("bad_json", "nested too deep") from None
    if not isinstance(found, dict):
        raise BadRoundError("bad_json", f"{_quoted(found)} is not an object")
    return found


def _actions(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise BadRoundError("bad_actions", f"actions is {_quoted(value)}, not a list of some")
    actions = tuple(action_name(action) for action in value)
    if len(set(actions)) != len(actions):
        twice = next(action for action in actions if actions.count(action) > 1)
        raise BadRoundError("contradictory_actions", f"action {_quoted(twice)} is offered twice")
    return actions


def _number(name: str, value: Any) -> float:
    if not isinstance(value, int | float):
        raise BadRoundError(f"bad_{name}", f"{name} is {_quoted(value)}, not a number")
    try:
        number = float(value)
    except OverflowError:
        raise BadRoundError("non_finite", f"{name} is beyond all bounds") from None
    if not isfinite(number):
        raise BadRoundError("non_finite", f"{name} is {number}")
    return number


def _quoted(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"
