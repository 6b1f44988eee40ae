"""The view: a panel in a terminal, one line now and then elsewhere."""

import io
from collections import Counter

from rich.console import Console

from deploy.demo.shoppers import START_MS
from deploy.demo.view import Figures, View, panel

FIGURES = Figures(
    clock_ms=START_MS,
    share=0.25,
    emitted=12_345,
    decisions=67,
    holds=Counter(cap_day=8, no_consent=3),
    mails=56,
    waiting_for="the sender (2 mails)",
)


def test_without_a_terminal_it_writes_a_line_with_the_figures() -> None:
    out = io.StringIO()
    with View(Console(file=out, width=60), lambda: FIGURES) as view:
        view.look()
        view.look()
    lines = out.getvalue().splitlines()
    assert len(lines) == 1, "not a line per look"
    for piece in ("Mon 05 Jan 2026 00:00 UTC", "25%", "12,345", "holds 11", "the sender (2 mails)"):
        assert piece in lines[0]


def test_in_a_terminal_the_panel_shows_holds_by_reason() -> None:
    console = Console(record=True, width=120, file=io.StringIO())
    console.print(panel(FIGURES, 10.0))
    shown = console.export_text()
    for piece in ("12,345", "1,234 a second", "cap_day", "no_consent", "Mon 05 Jan 2026"):
        assert piece in shown


def test_the_live_panel_leaves_the_terminal_as_it_was() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120)
    with View(console, lambda: FIGURES) as view:
        view.look()
    assert "12,345" in out.getvalue()
    shown, _, after = out.getvalue().partition("\x1b[?25h")  # the cursor is there again
    assert "\x1b[?25l" in shown
    assert "12,345" not in after
