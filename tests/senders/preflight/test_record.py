from runtime.setting_values import PREFLIGHT_CHECKS
from runtime.settings import load_settings
from senders.preflight.finding import failed, passed
from senders.preflight.record import DAY_MS, Report, missing
from senders.preflight.target import target_of
from tests.senders.builders import NOW_MS
from tests.senders.preflight.table import target


def report(*wrong: str, overridden: tuple[str, ...] = (), without: str = "") -> Report:
    return Report(
        fingerprint="f",
        at_ms=NOW_MS,
        findings=tuple(
            failed(name, "a", "b", "c") if name in wrong else passed(name, "a", "b")
            for name in PREFLIGHT_CHECKS
            if name != without
        ),
        overridden=overridden,
    )


def problems(found: Report | None, *overrides: str, later_ms: int = 0) -> list[str]:
    return missing(found, "f", overrides, NOW_MS + later_ms, 30)


def test_a_recent_one_that_passed_lets_go() -> None:
    assert problems(report()) == []
    assert problems(report(), later_ms=30 * DAY_MS) == []
    assert "31 days old" in problems(report(), later_ms=31 * DAY_MS)[0]


def test_without_one_nothing_leaves_unless_each_check_is_overridden() -> None:
    assert problems(None) == ["none was run"]
    assert problems(None, *PREFLIGHT_CHECKS[1:]) == ["none was run"]
    assert problems(None, *PREFLIGHT_CHECKS) == []


def test_what_failed_is_let_go_by_its_name_alone() -> None:
    assert [line.partition(":")[0] for line in problems(report("spf", "tls"))] == ["spf", "tls"]
    assert [line.partition(":")[0] for line in problems(report("spf", "tls"), "spf")] == ["tls"]
    assert problems(report("spf", overridden=("spf",))) == []


def test_another_set_up_needs_another_one() -> None:
    assert "other domains" in missing(report(), "g", (), NOW_MS, 30)[0]
    assert target().fingerprint == target().fingerprint
    changed = [target(relay="other.example:25"), target(public_url="https://b.example")]
    changed += [target(return_path_domain=""), target(signing_domain="b.example")]
    assert len({one.fingerprint for one in [target(), *changed]}) == 5


def test_a_check_that_the_release_before_did_not_know_is_missing() -> None:
    assert problems(report(without="ptr")) == ["ptr: not looked at by the release that ran it"]
    assert problems(report(without="ptr"), "ptr") == []


def test_the_target_is_what_the_settings_say() -> None:
    sender = {"from_address": "news@Shop.example", "smtp_host": "relay.example", "smtp_port": 587}
    found = target_of(load_settings(sender={**sender, "public_url": "https://m.example"}))
    assert found.from_domain == found.signing_domain == found.envelope_domain == "shop.example"
    assert found.relay == "relay.example:587"
    assert found.keys == ()
