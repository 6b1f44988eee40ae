"""Charts as SVG text: lines, points and bars with whiskers, nothing else and nothing installed."""

from collections.abc import Sequence
from html import escape

from bench.axes import Axis, label

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#333333")
"""Told apart by colour-blind readers too: M. Okabe, K. Ito, "Color Universal Design", 2008."""

WIDTH, HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 150, 40, 60
_MANY = 5
"""More words than this under an axis take turns in two rows."""
_GREY = "#cccccc"

Point = tuple[float, float]


class Chart:
    """One chart, drawn piece by piece.

    Args:
        title, across, up: What is shown, and the names of the axes.
        x, y: The axes.
        words: Names of ticks across, by value; round numbers where none are given.
    """

    def __init__(
        self,
        title: str,
        across: str,
        up: str,
        x: Axis,
        y: Axis,
        words: Sequence[tuple[float, str]] | None = None,
    ) -> None:
        self.title = title
        self._x, self._y = x, y
        self._parts: list[str] = []
        self._legend: list[tuple[str, str]] = []
        self._frame(across, up, words or [(tick, label(tick)) for tick in x.ticks()])

    def line(self, points: Sequence[Point], colour: str, name: str = "", dash: str = "") -> None:
        """Connect points; with a name it is in the legend."""
        path = " ".join(f"{self._across(x):.1f},{self._up(y):.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>'
        )
        self._told(name, colour)

    def points(self, points: Sequence[Point], colour: str, name: str = "") -> None:
        """Mark points."""
        for x, y in points:
            place = f'cx="{self._across(x):.1f}" cy="{self._up(y):.1f}"'
            self._parts.append(f'<circle {place} r="4" fill="{colour}"/>')
        self._told(name, colour)

    def bar(self, x: float, value: float, colour: str, ends: Point | None = None) -> None:
        """A bar from 0 to a value, half a unit wide, with its interval as a whisker."""
        left, right = self._across(x - 0.25), self._across(x + 0.25)
        top, bottom = sorted((self._up(value), self._up(0.0)))
        self._parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
            f'height="{bottom - top:.1f}" fill="{colour}"/>'
        )
        if ends is not None:
            self.line([(x, ends[0]), (x, ends[1])], "#333333")

    def svg(self) -> str:
        """The whole chart."""
        legend = "".join(
            f'<rect x="{WIDTH - _RIGHT + 12}" y="{_TOP + 20 * row}" width="12" height="12" '
            f'fill="{colour}"/>' + _text(WIDTH - _RIGHT + 30, _TOP + 20 * row + 10, name, "start")
            for row, (name, colour) in enumerate(self._legend)
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">\n'
            f"<title>{escape(self.title)}</title>\n"
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n'
            + "\n".join([*self._parts, legend])
            + "\n</svg>\n"
        )

    def _across(self, x: float) -> float:
        return _LEFT + self._x.place(x) * (WIDTH - _LEFT - _RIGHT)

    def _up(self, y: float) -> float:
        return HEIGHT - _BOTTOM - self._y.place(y) * (HEIGHT - _TOP - _BOTTOM)

    def _told(self, name: str, colour: str) -> None:
        if name:
            self._legend.append((name, colour))

    def _frame(self, across: str, up: str, words: Sequence[tuple[float, str]]) -> None:
        right, bottom, middle = WIDTH - _RIGHT, HEIGHT - _BOTTOM, (_TOP + HEIGHT - _BOTTOM) / 2
        for tick in self._y.ticks():
            y = self._up(tick)
            self._parts.append(_rule(_LEFT, y, right, y))
            self._parts.append(_text(_LEFT - 6, y + 4, label(tick), "end"))
        rows = 2 if len(words) > _MANY and max(len(word) for _, word in words) > _MANY else 1
        for number, (tick, word) in enumerate(words):
            x = self._across(tick)
            self._parts.append(_rule(x, bottom, x, bottom + 4))
            self._parts.append(_text(x, bottom + 17 + 14 * (number % rows), word))
        self._parts.append(_text((_LEFT + right) / 2, 22, self.title, size=14))
        self._parts.append(_text((_LEFT + right) / 2, HEIGHT - 10, across))
        turned = f'<g transform="rotate(-90 16 {middle:.1f})">{_text(16, middle, up)}</g>'
        self._parts.append(turned)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{_GREY}"/>'


def _text(x: float, y: float, words: str, anchor: str = "middle", size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">'
        f"{escape(words)}</text>"
    )
