from models.world import PolicySettings
from runtime.settings import load_settings
from streams.worlds import policy


def test_without_settings_the_models_get_their_own_defaults() -> None:
    assert policy(load_settings()) == PolicySettings()


def test_every_setting_of_a_decision_reaches_the_models_times_in_milliseconds() -> None:
    told: dict[str, float] = {
        "outcome_window_seconds": 3_600.0,
        "attribution_window_seconds": 7_200.0,
        "margin_rate": 0.4,
        "mail_cost": 0.01,
        "unsubscribe_cost": 3.0,
        "complaint_cost": 20.0,
        "typical_order": 80.0,
        "width": 0.5,
        "learning": False,
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
    )
