"""No setting that nothing reads, no metric that nothing counts: both would be promises unkept."""

import re
from functools import cache
from pathlib import Path

import pytest

from runtime.metrics import Metrics
from runtime.setting_errors import all_fields
from runtime.settings import Settings

ROOT = Path(__file__).parents[2]
HOUSES = ("runtime", "streams", "senders", "nextbest")
DECLARING = {"metrics.py", "setting_groups.py", "settings.py"}


@cache
def attributes() -> frozenset[str]:
    """Every name that some line of code asks an object for."""
    files = [
        file
        for house in HOUSES
        for file in (ROOT / house).rglob("*.py")
        if not (house == "runtime" and file.name in DECLARING)
    ]
    return frozenset(
        name for file in files for name in re.findall(r"\.(\w+)", file.read_text(encoding="utf-8"))
    )


@pytest.mark.parametrize("path", all_fields(Settings), ids=".".join)
def test_every_setting_is_read(path: tuple[str, ...]) -> None:
    assert path[-1] in attributes()


@pytest.mark.parametrize("name", sorted(Metrics().labels))
def test_every_metric_is_counted(name: str) -> None:
    assert name.removeprefix("nextbest_") in attributes()
