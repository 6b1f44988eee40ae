"""Logs of rounds for tests."""

import json
from pathlib import Path
from random import Random
from typing import Any


def write(folder: Path, rounds: list[dict[str, Any]]) -> Path:
    """One JSON object a line."""
    path = folder / "rounds.jsonl"
    path.write_text("\n".join(map(json.dumps, rounds)) + "\n", encoding="utf-8")
    return path


def made(
    count: int, *, even: bool = True, seed: int = 1, group: str | None = None
) -> list[dict[str, Any]]:
    """`a` is right for the new (reward 1), `b` for others, `c` never; .2 otherwise.

    With uneven odds `c` is logged most.
    """
    luck, rounds = Random(seed), []
    odds = {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3} if even else {"a": 0.2, "b": 0.2, "c": 0.6}
    for _ in range(count):
        new = luck.random() < 0.5
        [action] = luck.choices(list(odds), list(odds.values()))
        rate = 0.8 if action == ("a" if new else "b") else 0.2
        found = {
            "context": {"new": new, "shop": luck.choice(["web", "app"]), "last": {"days": 3}},
            "actions": list(odds),
            "action": action,
            "reward": float(luck.random() < rate),
            "propensity": odds[action],
        }
        rounds.append(found if group is None else {**found, "group": group})
    return rounds
