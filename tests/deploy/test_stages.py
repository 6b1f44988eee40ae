"""Cheap tests run first, whatever their file is called."""

from dataclasses import dataclass
from typing import Any, cast

import pytest

from tests.stages import Stages


@dataclass
class Item:
    """As much of a collected test as the stages look at."""

    nodeid: str
    markers: tuple[str, ...] = ()

    def get_closest_marker(self, name: str) -> Any:
        return name if name in self.markers else None


def test_fast_tests_come_first_and_kill_tests_last(pytestconfig: pytest.Config) -> None:
    items = [
        Item("a", ("integration", "faults")),
        Item("b", ("integration",)),
        Item("c"),
        Item("d", ("faults",)),
        Item("e"),
    ]
    Stages(pytestconfig).pytest_collection_modifyitems(cast(list[pytest.Item], items))
    assert [item.nodeid for item in items] == ["c", "e", "b", "a", "d"]
