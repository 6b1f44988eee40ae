"""The models can't see the truth: no import, and no event that says more than a shop knows."""

import ast
from pathlib import Path

import pytest

from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.simulation.test_run import told
from tests.simulation.tiny import lively, run

ROOT = Path(__file__).parents[2]
HOUSES = ("schemas", "models", "streams", "senders", "runtime")
KNOWS = {"shop.py", "run.py", "truth.py"}
"""The only files that read the truth: the shop, the books' keeper with the oracle, and itself."""


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} | {f"{node.module}.{a.name}" for a in node.names}
    return found


@pytest.mark.parametrize("house", HOUSES)
def test_no_house_of_the_pipeline_imports_the_simulation(house: str) -> None:
    for path in (ROOT / house).rglob("*.py"):
        assert not any(name.split(".")[0] == "simulation" for name in imported(path)), path


def test_only_the_shop_and_the_oracle_read_the_truth() -> None:
    for path in (ROOT / "simulation").glob("*.py"):
        if path.name not in KNOWS:
            assert "simulation.truth" not in imported(path), path.name


def test_events_hold_what_their_schemas_have_and_nothing_else() -> None:
    codec = Codec(BundledRegistry())
    for name, event in told(run(lively("bots", bots=0.5), "random")):
        read = codec.decode(codec.encode(name, event))
        assert read[0] == name
        assert set(event) == set(read[1])
        assert read[1] == event


def test_people_alike_in_deed_are_alike_in_events() -> None:
    """What a person would do about mail shows nowhere before a mail came to them."""
    quiet = told(run(lively(clicks=0.0), "hold"))
    eager = told(run(lively(clicks=0.9, price_sensitive=1.0, conversion=0.9), "hold"))
    assert quiet == eager
