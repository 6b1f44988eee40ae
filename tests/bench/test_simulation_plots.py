"""Plots: axes by hand, charts that are whole XML, files for every result."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bench.axes import Axis, around, decades, label
from bench.simulation_plots import charts, main
from bench.svg import Chart

SVG = "{http://www.w3.org/2000/svg}"


def result(
    scenario: str = "default", low: float | None = 0.3, positives: int = 0
) -> dict[str, Any]:
    decile = {"predicted": 0.02, "actual": 0.025, "true": 0.022, "predicted_by_actual": 0.8}
    few = {**decile, "predicted_by_actual": None}
    curve = [{"week": week, "product": week, "oracle": 9.0, "random": -1.0} for week in (1, 2, 3)]
    return {
        "scenario": scenario,
        "title": f"Shops & <{scenario}>",
        "learning_curve": curve,
        "gap_share_at_once": {"mean": 0.5, "low": low, "high": None if low is None else 0.7},
        "calibration": {
            "click": {"deciles": [few, decile, {**decile, "predicted": 0.05}]},
            "leave": {"deciles": [few, few]},
        },
        "buys_soon_second_half": {"positives": positives, "deciles": [few] * 10},
    }


def drawn(chart: Chart) -> ET.Element:
    return ET.fromstring(chart.svg())  # noqa: S314  our own


def test_places_and_ticks() -> None:
    assert Axis(0.0, 10.0).place(2.5) == 0.25
    assert Axis(0.0, 10.0).ticks() == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert Axis(-1.0, 3.9).ticks() == [-1.0, 0.0, 1.0, 2.0, 3.0]
    logs = Axis(0.01, 1.0, logarithmic=True)
    assert logs.place(0.1) == pytest.approx(0.5)
    assert logs.place(0.0) == 0.0
    assert logs.ticks() == pytest.approx([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0])


def test_axes_around_values() -> None:
    assert around([1.0, 9.0]) == Axis(0.0, 9.45)
    assert around([]).high > around([]).low
    assert around([-5.0, 5.0]) == Axis(-5.5, 5.5)
    assert decades([0.0, 0.03, 0.3]) == Axis(0.03 / 1.5, 0.3 * 1.5, logarithmic=True)
    assert [label(value) for value in (0.0, 0.05, -1.5, 1234.0)] == ["0", "0.05", "-1.5", "1,234"]


def test_every_result_has_its_charts_and_they_are_whole() -> None:
    found = charts([result(), result("drift", low=None)])
    assert sorted(found) == [
        "calibration-default-click",
        "calibration-drift-click",
        "gap-share",
        "learning-default",
        "learning-drift",
    ]
    for chart in found.values():
        assert drawn(chart).findtext(f"{SVG}title") == chart.title
    assert len(drawn(found["learning-default"]).findall(f"{SVG}polyline")) == 3
    calibration = drawn(found["calibration-default-click"])
    assert len(calibration.findall(f"{SVG}circle")) == 2
    # One whisker and the line to be reached.
    assert len(drawn(found["gap-share"]).findall(f"{SVG}polyline")) == 2


def test_chances_of_orders_have_a_chart_where_there_were_orders() -> None:
    name = "calibration-default-buys-soon"
    assert name not in charts([result()])
    chart = drawn(charts([result(positives=3)])[name])
    assert len(chart.findall(f"{SVG}circle")) == 10


def test_what_recommending_is_worth_has_a_chart_where_it_was_asked() -> None:
    share = {"mean": 0.2, "low": 0.1, "high": 0.3}
    asked = {**result("shows"), "gap_share": share, "gap_share_popularity": share}
    found = charts([asked, {**result(), "gap_share": share, "gap_share_popularity": None}])
    assert "recommending-default" not in found
    assert len(drawn(found["recommending-shows"]).findall(f"{SVG}polyline")) == 2


def test_parts_left_out_have_a_chart_of_their_own_and_no_other() -> None:
    lost = {"expected_value": {"mean": 1.5, "low": -0.5, "high": 3.5}}
    unsure = {"expected_value": {"mean": -0.2, "low": None, "high": None}}
    without = {"random": lost, "without-person": lost, "without-doubt": unsure}
    found = charts([result("drift"), {**result(), "differences": without}])
    assert sorted(found) == [
        "ablation-default",
        "calibration-drift-click",
        "gap-share",
        "learning-drift",
    ]
    whole = drawn(found["ablation-default"])
    words = {text.text for text in whole.iter(f"{SVG}text")}
    assert {"person", "doubt"} <= words
    assert "random" not in words
    assert len(whole.findall(f"{SVG}polyline")) == 1, "a whisker where there is an interval"


def test_lines_stay_within_the_frame() -> None:
    for line in drawn(charts([result()])["learning-default"]).findall(f"{SVG}polyline"):
        for pair in line.attrib["points"].split():
            x, y = map(float, pair.split(","))
            assert 70 <= x <= 490
            assert 40 <= y <= 300


def test_files_are_written_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, folder = tmp_path / "one.json", tmp_path / "figures"
    source.write_text(json.dumps(result()), encoding="utf-8")
    assert main([str(source), "--output", str(folder)]) == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["calibration-default-click.svg", "gap-share.svg", "learning-default.svg"]
    assert capsys.readouterr().out.count("\n") == 3


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"scenario": "default"}'])
def test_what_is_no_result_is_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, folder = tmp_path / "one.json", tmp_path / "figures"
    source.write_text(text, encoding="utf-8")
    assert main([str(source), "--output", str(folder)]) == 2
    assert "one.json" in capsys.readouterr().err
    assert not folder.exists()
