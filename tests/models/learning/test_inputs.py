"""What the beliefs are asked: how far each input may move them."""

import pytest

from models.learning import inputs


def test_what_is_known_of_a_person_moves_clicks_a_third_as_far_as_an_arm() -> None:
    found = inputs.click({"affinity": 0.9, "always": 1.0, "hour": 0.5, "looks_soon": 0.4})
    assert found["affinity"] == pytest.approx(0.3)
    assert found["always"] == pytest.approx(1.0 / 3.0)
    assert found["looks_soon"] == pytest.approx(inputs.SOON * 0.4), "hours as far as ever"
    assert found[inputs.hours_of(0.5)] == inputs.HOURS
    assert "hour" not in found
    assert inputs.arm("reminder/none", "cart", 0.0)["cart|reminder/none"] == 1.0
