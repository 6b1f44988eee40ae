"""What one sees while a run goes on: a live panel in a terminal, plain lines elsewhere."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

_REDRAW_SECONDS = 0.25
_LINE_SECONDS = 5.0


@dataclass(slots=True)
class Figures:
    """What is shown, as it stands now; `share` is None where there is no end to come to."""

    clock_ms: int = 0
    share: float | None = None
    emitted: int = 0
    journaled: int = 0
    dead_letters: int = 0
    decisions: int = 0
    holds: Counter[str] = field(default_factory=Counter)
    mails: int = 0
    clicks: int = 0
    purchases: int = 0
    unsubscribes: int = 0
    intake_lag: int = 0
    worker_lag: int = 0
    sender_lag: int = 0
    waiting_for: str = ""


class View:
    """Shows figures now and then.

    Args:
        console: Where to.
        figures: Gives them as they stand now.
    """

    def __init__(self, console: Console, figures: Callable[[], Figures]) -> None:
        self._console = console
        self._figures = figures
        self._began = time.monotonic()
        self._shown_at = 0.0
        self._live: Live | None = None

    def tell(self, what: str) -> None:
        """Say a sentence."""
        self._console.print(what, style="dim", highlight=False)

    def look(self) -> None:
        """Redraw if it is time to."""
        now = time.monotonic()
        every = _REDRAW_SECONDS if self._live is not None else _LINE_SECONDS
        if now - self._shown_at < every:
            return
        self._shown_at = now
        figures = self._figures()
        seconds = now - self._began
        if self._live is not None:
            self._live.update(panel(figures, seconds), refresh=True)
        else:
            self._console.print(line(figures, seconds), highlight=False, soft_wrap=True)

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        if self._console.is_terminal:
            # Redrawn by `look` alone: a thread of its own would draw half-changed figures.
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def _when(clock_ms: int) -> str:
    return datetime.fromtimestamp(clock_ms / 1000, UTC).strftime("%a %d %b %Y %H:%M UTC")


def line(figures: Figures, seconds: float) -> str:
    """One plain line, for logs."""
    share = "" if figures.share is None else f"{figures.share:4.0%}  "
    waiting = f"  waiting for {figures.waiting_for}" if figures.waiting_for else ""
    return (
        f"{seconds:5.0f} s  {_when(figures.clock_ms)}  {share}"
        f"events {figures.emitted:,}  decisions {figures.decisions:,}  "
        f"holds {figures.holds.total():,}  mails {figures.mails:,}  clicks {figures.clicks:,}  "
        f"purchases {figures.purchases:,}  unsubscribes {figures.unsubscribes:,}  "
        f"lag {figures.intake_lag}/{figures.worker_lag}/{figures.sender_lag}{waiting}"
    )


def panel(figures: Figures, seconds: float) -> Panel:
    """The live panel."""
    left = Table.grid(padding=(0, 2))
    left.add_column(style="bold")
    left.add_column(justify="right")
    left.add_column(style="dim")
    per_second = figures.emitted / seconds if seconds > 1 else 0.0
    left.add_row("events emitted", f"{figures.emitted:,}", f"{per_second:,.0f} a second")
    left.add_row("journaled", f"{figures.journaled:,}", f"{figures.intake_lag:,} behind")
    left.add_row("dead letters", f"{figures.dead_letters:,}", "made on purpose")
    left.add_row("decisions", f"{figures.decisions:,}", f"{figures.worker_lag:,} records behind")
    left.add_row("mails accepted", f"{figures.mails:,}", f"{figures.sender_lag:,} under way")
    left.add_row("clicks", f"{figures.clicks:,}", "")
    left.add_row("purchases", f"{figures.purchases:,}", "")
    left.add_row("unsubscribes", f"{figures.unsubscribes:,}", "")
    right = Table.grid(padding=(0, 2))
    right.add_column(style="bold")
    right.add_column(justify="right")
    right.add_row(Text("held, and why", style="dim"), f"{figures.holds.total():,}")
    for reason, count in figures.holds.most_common(7):
        right.add_row(reason, f"{count:,}")
    both = Table.grid(padding=(0, 6))
    both.add_row(left, right)
    bar = ProgressBar(total=1.0, completed=figures.share or 0.0, width=72)
    title = f"nextbest demo · {_when(figures.clock_ms)} · {seconds:.0f} s"
    shown = Group(both) if figures.share is None else Group(both, Text(), bar)
    return Panel(shown, title=title, expand=False)
