"""Runs the tests in three stages, the cheap ones first, each under a heading of its own.

A pytest plugin (loaded by conftest): whatever a run is made of, what fails soonest is told first.
"""

import pytest

STAGES = (
    ("fast", "fast tests: no server"),
    ("integration", "integration tests: Apache Kafka, Redis, SMTP"),
    ("faults", "kill tests: processes die and stall, nothing is lost or doubled"),
)
_NAMES = [name for name, _ in STAGES]


def stage_of(item: pytest.Item) -> int:
    """Return the index of the stage that a test belongs to."""
    if item.get_closest_marker("faults"):
        return _NAMES.index("faults")
    if item.get_closest_marker("integration"):
        return _NAMES.index("integration")
    return _NAMES.index("fast")


class Stages:
    """Sorts the tests by stage and prints a heading where one begins."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._heading_before: dict[str, str] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Order by stage; within one, the order stays."""
        items.sort(key=stage_of)
        for number, (_, heading) in enumerate(STAGES):
            members = [item for item in items if stage_of(item) == number]
            if members:
                self._heading_before[members[0].nodeid] = f"{heading} ({len(members)})"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Print the heading of a stage before its first test."""
        heading = self._heading_before.pop(nodeid, None)
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if heading and reporter is not None:
            reporter.write("\n")
            reporter.currentfspath = None  # or pytest goes on in the line above the heading
            reporter.section(heading, "-")
