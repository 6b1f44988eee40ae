"""Processors are found, ordered and never lost silently."""

import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

import streams.processors
from models.person.profile import Profile
from models.step import Record, Step
from models.world import World
from streams.registry import BrokenProcessorError, build, discover, on_event, on_timer


def one(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Do nothing."""


def other(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Do nothing either."""


def fire(name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
    """Do nothing when due."""


def declared(function: object) -> object:
    return vars(function)["__nextbest_processor__"]


@pytest.fixture
def package(tmp_path: Path) -> Iterator[types.ModuleType]:
    """An empty package of processors on disk."""
    folder = tmp_path / "some_processors"
    folder.mkdir()
    made = types.ModuleType("some_processors")
    made.__path__ = [str(folder)]
    sys.modules["some_processors"] = made
    yield made
    for name in [n for n in sys.modules if n.startswith("some_processors")]:
        del sys.modules[name]


def write(package: types.ModuleType, name: str, text: str) -> None:
    (Path(package.__path__[0]) / f"{name}.py").write_text(text)


GOOD = """
from streams.registry import on_event

@on_event("browse", name="{name}", order={order})
def step(event, profile, step, world):
    pass
"""


def test_the_shipped_processors_are_all_found() -> None:
    names = {path.stem for path in Path(streams.processors.__path__[0]).glob("[a-z]*.py")}
    registry = discover(streams.processors)
    assert len(registry.names) >= len(names)
    assert {"browse", "cart", "click", "purchase", "search", "consent", "profile"} <= set(
        registry.events
    )
    assert {"flow", "outcome"} <= set(registry.timers)


def test_lower_order_runs_first_and_ties_go_by_name(package: types.ModuleType) -> None:
    write(package, "a", GOOD.format(name="z", order=10))
    write(package, "b", GOOD.format(name="m", order=50))
    write(package, "c", GOOD.format(name="a", order=50))
    functions = discover(package).events["browse"]
    assert [f.__module__ for f in functions] == [
        "some_processors.a",
        "some_processors.c",
        "some_processors.b",
    ]


def test_a_duplicate_name_is_refused_naming_both(package: types.ModuleType) -> None:
    write(package, "a", GOOD.format(name="same", order=1))
    write(package, "b", GOOD.format(name="same", order=2))
    with pytest.raises(BrokenProcessorError, match=r"some_processors\.a and some_processors\.b"):
        discover(package)


def test_a_module_that_fails_to_import_is_refused(package: types.ModuleType) -> None:
    write(package, "broken", "import there_is_no_such_module")
    with pytest.raises(BrokenProcessorError, match=r"some_processors\.broken failed to import"):
        discover(package)


def test_a_module_without_a_processor_is_refused(package: types.ModuleType) -> None:
    write(package, "empty", "def forgot(event, profile, step, world): pass")
    with pytest.raises(BrokenProcessorError, match="declares no processor"):
        discover(package)


def test_a_timer_prefix_taken_twice_is_refused() -> None:
    def late(name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
        """Do nothing."""

    first = declared(on_timer("flow", name="first")(fire))
    second = declared(on_timer("flow", name="second")(late))
    with pytest.raises(BrokenProcessorError, match="'flow' is declared twice"):
        build([first, second])  # type: ignore[list-item]


def test_records_that_need_the_contact_are_known() -> None:
    first = declared(on_event("browse", name="first")(one))
    second = declared(on_event("consent", name="second", contact=True)(other))
    assert build([first, second]).contact_records == {"consent"}  # type: ignore[list-item]
