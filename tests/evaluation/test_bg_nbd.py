"""BG/NBD: what its paper says, and that it finds what made the data."""

import numpy as np
import pytest

from evaluation.bg_nbd import BgNbd, Repeats, fit

PAPER = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
"""As fitted in the paper to a tenth of CDNOW, in weeks."""


def people(*rows: tuple[float, float, float]) -> Repeats:
    orders, last, age = (np.array(column) for column in zip(*rows, strict=True))
    return Repeats(orders, last, age)


def test_it_expects_what_the_paper_expects() -> None:
    """Customer 0001 of the paper's spreadsheet: 2 repeats by week 30.43 of 38.86."""
    one = people((2.0, 30.43, 38.86))
    assert PAPER.counts(one, 39.0)[0] == pytest.approx(1.226, abs=0.001)


def test_who_never_came_back_may_still_and_who_stopped_hardly() -> None:
    never, stopped, going = (
        PAPER.active(people(row))[0] for row in ((0, 0, 38), (9, 9, 38), (9, 37, 38))
    )
    assert never == 1.0
    assert stopped < 0.01
    assert going > 0.9


def test_a_chance_is_that_of_at_least_one() -> None:
    seen = people((0, 0, 20), (3, 15, 20), (20, 19, 20))
    for weeks in (0.01, 5.0, 200.0):
        chances, counts = PAPER.chances(seen, weeks), PAPER.counts(seen, weeks)
        assert (chances <= counts + 1e-9).all()
    assert PAPER.chances(seen, 0.01) == pytest.approx(PAPER.counts(seen, 0.01), rel=0.05)


def test_it_finds_what_made_the_data() -> None:
    luck, rows = np.random.default_rng(2), []
    for _ in range(4_000):
        rate, leaves, at, last, orders = luck.gamma(0.8, 1 / 6.0), luck.beta(1.0, 3.0), 0.0, 0.0, 0
        age = luck.uniform(30.0, 60.0)
        while True:
            at += luck.exponential(1.0 / rate)
            if at > age:
                break
            last, orders = at, orders + 1
            if luck.random() < leaves:
                break
        rows.append((float(orders), last, age))
    found = fit(people(*rows))
    assert found.r / found.alpha == pytest.approx(0.8 / 6.0, rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(0.25, abs=0.05)


@pytest.mark.parametrize(
    "seen",
    [people((0, 0, 0)), people(*[(0.0, 0.0, float(n)) for n in range(9)]), people((9, 9, 9))],
)
def test_what_says_too_little_gives_numbers_all_the_same(seen: Repeats) -> None:
    model = fit(seen)
    for weeks in (1.0, 5_000.0):
        assert np.isfinite(model.chances(seen, weeks)).all()
        counts = model.counts(seen, weeks)
        assert np.isfinite(counts).all()
        assert (counts >= 0.0).all()
