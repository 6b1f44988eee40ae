import pytest

from tests.models.life import DAY_MS, HOUR_MS, MINUTE_MS, NOON_MS, Life


def _decided() -> Life:
    for attempt in range(20):
        life = Life(subscriber=f"sub-{attempt}", deliver=False)
        life.happens("consent", NOON_MS)
        life.happens("profile", NOON_MS + 1, address="a@example.org")
        if life.sent:
            return life
    raise AssertionError("twenty welcomes in a row held")


def test_an_accepted_mail_is_counted_once() -> None:
    life = _decided()
    decision_id = life.sent[0]["decision_id"]
    for number in (1, 2):
        life.happens("delivery", NOON_MS + number, decision_id=decision_id)
    assert life.profile.accepted == 1
    assert life.profile.messages[0].status == "accepted"
    assert life.profile.pending[0].accepted


@pytest.mark.parametrize("order", [("accepted", "bounced"), ("bounced", "accepted")])
def test_a_bounce_takes_an_acceptance_back(order: tuple[str, str]) -> None:
    life = _decided()
    decision_id = life.sent[0]["decision_id"]
    for number, status in enumerate(order):
        life.happens("delivery", NOON_MS + number, decision_id=decision_id, status=status)
    assert life.profile.messages[0].status == "bounced"
    assert life.profile.suppressed == "bounced"
    assert not life.profile.pending[0].accepted


def test_a_complaint_is_not_overwritten_by_a_bounce() -> None:
    life = _decided()
    for number, status in enumerate(["complained", "bounced"]):
        life.happens("delivery", NOON_MS + number, decision_id="any", status=status)
    assert life.profile.suppressed == "complained"


def test_a_status_of_an_unknown_mail_is_fine() -> None:
    life = Life()
    life.happens("delivery", NOON_MS, decision_id="0" * 32)
    assert life.profile.messages == []
    assert life.profile.accepted == 0


@pytest.mark.parametrize(("bounce", "suppressed"), [("soft", ""), ("hard", "bounced")])
def test_only_a_hard_bounce_rules_out_mail_and_either_leaves_no_evidence(
    bounce: str, suppressed: str
) -> None:
    life = _decided()
    told = {"decision_id": life.sent[0]["decision_id"], "source": "dsn"}
    life.happens("delivery", NOON_MS + 2, **told)
    life.happens("delivery", NOON_MS + DAY_MS, status="bounced", bounce=bounce, **told)
    assert life.profile.suppressed == suppressed
    life.pass_time(NOON_MS + 8 * DAY_MS)
    (outcome,) = [o for o in life.outcomes if o["decision_id"] == told["decision_id"]]
    assert (outcome["accepted"], outcome["evidence"]) == (False, False)


def test_a_bounce_of_an_address_that_they_left_says_nothing_of_the_new_one() -> None:
    life = _decided()
    told = {"decision_id": life.sent[0]["decision_id"]}
    life.happens("delivery", NOON_MS + 2, **told)
    life.happens("profile", NOON_MS + DAY_MS, address="new@example.org")
    life.happens("delivery", NOON_MS + 2 * DAY_MS, status="bounced", bounce="hard", **told)
    assert life.profile.suppressed == ""
    assert life.profile.past().bounced_ms == 0


def test_a_complaint_withdraws_costs_and_ends_what_waits() -> None:
    life = _decided()
    told = {"decision_id": life.sent[0]["decision_id"]}
    life.happens("delivery", NOON_MS + 2, **told)
    life.happens("cart", NOON_MS + MINUTE_MS, product_id="tent-1")
    assert "cart_abandonment" in life.profile.armed
    life.happens("delivery", NOON_MS + HOUR_MS, status="complained", source="arf", **told)
    assert life.contact is not None
    assert not life.contact["consent"]["marketing"]["granted"], "the sender sees it, too"
    assert "cart_abandonment" not in life.profile.armed
    assert not life.reached
    life.pass_time(NOON_MS + 8 * DAY_MS)
    (outcome,) = [o for o in life.outcomes if o["decision_id"] == told["decision_id"]]
    assert (outcome["complained"], outcome["evidence"]) == (True, True)
    assert outcome["reward"] < -9.0


def test_a_complaint_older_than_consent_leaves_that_and_still_rules_out_mail() -> None:
    life = _decided()
    life.happens("delivery", NOON_MS - DAY_MS, decision_id="old", status="complained")
    assert life.profile.consent["marketing"].granted
    assert life.profile.suppressed == "complained"


def test_an_address_refused_for_good_as_it_is_written_to_is_as_dead_as_one_that_bounced() -> None:
    life = _decided()
    told = {"decision_id": life.sent[0]["decision_id"]}
    life.happens("delivery", NOON_MS + 2, status="rejected", bounce="hard", **told)
    assert life.profile.suppressed == "bounced"
    assert life.profile.past().bounced_ms == NOON_MS + 2
