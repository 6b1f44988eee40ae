import pytest

from models.world import PolicySettings
from runtime.settings import BadSettingsError, Read, load_settings
from streams.worlds import learner_problems, policy

RIVER = "models.river_belief:RiverBelief"


def test_without_settings_the_models_get_their_own_defaults() -> None:
    assert policy(load_settings()) == PolicySettings()


def test_every_setting_of_a_decision_reaches_the_models_times_in_milliseconds() -> None:
    told: dict[str, float | str] = {
        "outcome_window_seconds": 3_600.0,
        "attribution_window_seconds": 7_200.0,
        "margin_rate": 0.4,
        "mail_cost": 0.01,
        "unsubscribe_cost": 3.0,
        "complaint_cost": 20.0,
        "typical_order": 80.0,
        "width": 0.5,
        "learning": False,
        "belief": RIVER,
    }
    assert policy(load_settings(decision=told)) == PolicySettings(
        outcome_window_ms=3_600_000,
        attribution_window_ms=7_200_000,
        margin_rate=0.4,
        mail_cost=0.01,
        unsubscribe_cost=3.0,
        complaint_cost=20.0,
        typical_order=80.0,
        width=0.5,
        learning=False,
        belief=RIVER,
    )


def test_a_learner_that_comes_along_is_nothing_to_tell_of() -> None:
    assert learner_problems(Read(load_settings(), [])) == []
    assert learner_problems(Read(load_settings(decision={"belief": RIVER}), [])) == []


def test_a_learner_that_is_none_is_told_of_with_its_setting() -> None:
    wrong = load_settings(decision={"belief": "models.learning.linear:Linear"})
    told = learner_problems(Read(wrong, []))
    assert all(
        line.startswith("NEXTBEST_DECISION__BELIEF = models.learning.linear:Lin") for line in told
    )
    assert any("no method widen" in line for line in told)
    assert any("can't be made" in line for line in told)


def test_a_name_that_is_no_name_is_not_imported() -> None:
    read = Read(load_settings(), [], frozenset({("decision", "belief")}))
    assert learner_problems(read) == []
    for name in ("os.system('x')", "models.belief", ":Belief", "a:b:c"):
        with pytest.raises(BadSettingsError, match="NEXTBEST_DECISION__BELIEF"):
            load_settings(decision={"belief": name})
