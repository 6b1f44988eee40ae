"""Logs of sessions for tests."""

from pathlib import Path
from random import Random


def write(folder: Path, lines: list[str], name: str = "sessions.csv") -> Path:
    """Lines as a file, the header among them."""
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def made(sessions: int = 150, seed: int = 1, prefix: str = "s") -> list[str]:
    """People go along one of five aisles, now and then one back."""
    luck, lines = Random(seed), ["session,item"]
    for session in range(sessions):
        aisle, place = luck.randrange(5), luck.randrange(4)
        for _ in range(luck.randrange(1, 7)):
            lines.append(f"{prefix}{session},a{aisle}-{place}")
            place = max(place - 1, 0) if luck.random() < 0.2 else place + 1
    return lines
