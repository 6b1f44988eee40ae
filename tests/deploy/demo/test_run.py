"""What ends a run unwinds it, whichever signal it is. See also tests/integration/test_demo.py."""

import signal
from pathlib import Path

import pytest

import deploy.demo.run


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_it_unwinds_as_after_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    unwound = []

    def run(*_: object) -> int:
        try:
            signal.raise_signal(number)
            return deploy.demo.run.PASSED
        finally:
            unwound.append(number)

    before = signal.getsignal(number)
    monkeypatch.setattr(deploy.demo.run, "_run", run)
    assert deploy.demo.run.run_demo(data_dir=tmp_path) == deploy.demo.run.INTERRUPTED
    assert unwound == [number]
    assert signal.getsignal(number) is before
