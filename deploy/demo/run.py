"""What `nextbest demo`, `up` and `down` call: runs, and their exit statuses."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console

from deploy.demo.driver import Driver
from deploy.demo.findings import read_back
from deploy.demo.pidfile import PidFile
from deploy.demo.report import Inboxes, closing_table, failures, make_report, write_report
from deploy.demo.shoppers import Shoppers, Size
from deploy.demo.stage import Stage
from deploy.demo.standing import end, stand
from deploy.demo.view import Figures, View
from schemas.codec import Codec
from schemas.errors import NextbestError
from schemas.registry import BundledRegistry

PASSED = 0
FAILED = 1
INTERRUPTED = 130


class TerminatedError(KeyboardInterrupt):
    """SIGTERM, taken the way Ctrl-C is: everything is stopped on the way out."""


@contextmanager
def stopping_cleanly() -> Iterator[None]:
    """Have SIGTERM and SIGHUP unwind the stack, as Ctrl-C does."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TerminatedError

    before = {s: signal.signal(s, stop) for s in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_demo(
    *,
    shoppers: int = 2_000,
    events: int = 100_000,
    weeks: float = 3.0,
    seed: int = 1,
    data_dir: Path = Path("var"),
) -> int:
    """Run the demo to its end.

    Args:
        shoppers: How many people.
        events: How many events they emit, at least.
        weeks: Simulated weeks.
        seed: Of all chance.
        data_dir: Gets `demo/` with the report, mails and logs.

    Returns:
        The exit status: 0 if nothing is unaccounted for, doubled or without consent; 1 if
        something is, or a process died; 130 after Ctrl-C or SIGTERM.

    """
    console = Console()
    size = Size(shoppers, events, weeks * 7, seed)
    folder = (data_dir / "demo").resolve()
    try:
        with stopping_cleanly():
            return _run(console, size, folder)
    except KeyboardInterrupt:
        console.print("stopped before the end: no report", style="yellow")
        return INTERRUPTED
    except NextbestError as error:
        console.print(f"the demo failed: {error}", style="red", markup=False, highlight=False)
        return FAILED


def run_up(
    *,
    shoppers: int = 2_000,
    events: int = 100_000,
    weeks: float = 3.0,
    seed: int = 1,
    data_dir: Path = Path("var"),
) -> int:
    """Start the same servers, roles and shoppers on the machine's clock, and stay.

    Args:
        shoppers: How many people.
        events: About how many events they emit in a day.
        weeks: Not used: it stays until it is ended.
        seed: Of all chance.
        data_dir: Gets `up/` with mails and logs.

    Returns:
        The exit status: 0 once it was ended by Ctrl-C, SIGTERM or `down`; 1 if a process died.

    """
    console = Console()
    size = Size(shoppers, events, weeks * 7, seed)
    try:
        with stopping_cleanly():
            stand(console, size, (data_dir / "up").resolve())
    except KeyboardInterrupt:
        console.print("ended", style="dim")
    except NextbestError as error:
        console.print(f"failed: {error}", style="red", markup=False, highlight=False)
        return FAILED
    return PASSED


def run_down(*, data_dir: Path = Path("var")) -> int:
    """End what `up` started.

    Returns:
        The exit status: 0 once nothing is left of it, 1 if it would not end.

    """
    return end((data_dir / "up").resolve(), Console())


def _run(console: Console, size: Size, folder: Path) -> int:
    began = time.monotonic()
    (folder / "report.json").unlink(missing_ok=True)
    people = Shoppers(size)
    with PidFile(folder), Stage(folder, "driven", people.told) as stage:
        view = View(console, lambda: figures(driver))
        stage.start(view.tell)
        driver = Driver(stage, people, view.look)
        try:
            with view:
                driver.run()
            seals = driver.examiner.results()
            found = read_back(
                stage.redis_state(), stage.topology, Codec(BundledRegistry()), driver.observer
            )
        finally:
            driver.close()
    report = make_report(
        driver.ledger,
        found,
        driver.progress.mails,
        driver.observer.decisions,
        time.monotonic() - began,
        Inboxes(seals, driver.observer.bounced, driver.observer.complained),
    )
    write_report(report, folder / "report.json")
    console.print(closing_table(report))
    console.print(f"report: {folder / 'report.json'}   mails to look at: {folder / 'mails'}")
    wrong = failures(report)
    for sentence in wrong:
        console.print(f"failed: {sentence}", style="bold red")
    for example in report["unaccounted"]["examples"]:
        console.print(f"  {example}", markup=False, highlight=False)
    return FAILED if wrong else PASSED


def figures(driver: Driver) -> Figures:
    """Gather what the view shows."""
    observer, ledger, progress = driver.observer, driver.ledger, driver.progress
    return Figures(
        clock_ms=progress.clock_ms,
        share=progress.share,
        emitted=ledger.total,
        journaled=len(observer.journaled),
        dead_letters=len(observer.dead),
        decisions=len(observer.decisions),
        holds=observer.holds,
        mails=len(progress.mails),
        clicks=sum(ledger.clicks.values()),
        purchases=ledger.purchases(),
        unsubscribes=len(ledger.unsubscribed),
        intake_lag=observer.intake_lag(),
        worker_lag=driver.settling.worker_lag,
        sender_lag=len(observer.undelivered),
        waiting_for=driver.settling.waiting_for or "",
    )
