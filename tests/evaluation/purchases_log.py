"""Logs of transactions for tests."""

from pathlib import Path
from random import Random

from evaluation.purchase_log import PurchaseLog, date_of, read_purchase_log

FIRST = 18_262
"""2020-01-01, in days since 1970."""


def write(folder: Path, lines: list[str], name: str = "orders.csv") -> Path:
    """Lines as a file, the header among them."""
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def made(customers: int = 200, days: int = 300, seed: int = 1) -> list[str]:
    """People who come in the first half, and order at rates of their own until they leave."""
    luck, lines = Random(seed), ["customer,date,value"]
    for number in range(customers):
        day, rate = luck.randrange(days // 2), luck.gammavariate(0.6, 1 / 20)
        leaves = luck.expovariate(1 / 200)
        began = day
        while day < days and day - began <= leaves:
            lines.append(f"c{number},{date_of(FIRST + day)},{luck.randrange(5, 90)}")
            day += 1 + int(luck.expovariate(rate)) if rate > 0.001 else days
    return lines


def read(folder: Path, lines: list[str]) -> PurchaseLog:
    """Lines as a log."""
    return read_purchase_log(write(folder, lines))
