"""Starting a stream role, as far as it needs no server."""

import subprocess
import sys


def loaded(module: str) -> set[str]:
    """Tell which modules a new process has after importing one."""
    program = f"import sys, {module}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    return set(run.stdout.split())


def test_intake_starts_without_what_decides() -> None:
    """River and SciPy take seconds of CPU to import, at every start of every replica."""
    modules = loaded("streams.role, streams.intake_role")
    assert "streams.intake" in modules
    assert not modules & {"river", "scipy", "numpy", "models.world", "models.population"}
