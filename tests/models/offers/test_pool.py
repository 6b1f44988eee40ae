"""A partition's codes: order, loading, budget, age, and steps that fail or are stepped again."""

from dataclasses import replace

import pytest

from models.decay import DAY_MS
from models.offers.code import FREE, GIVEN, NEVER_MS, REDEEMED, RESERVED, WITHDRAWN, member
from models.offers.desk import CODE_BUDGET, NO_CODE, Answer, Repeated
from models.offers.pool import KEPT_MS, Pool, RefusedCodesError, UnknownCodeError
from tests.models.offers.store import GIFT, WEEKLY, Keeper

NOW_MS = 10 * DAY_MS


def keeper(*loaded: tuple[str, int], offer: str = "gift") -> Keeper:
    made = Keeper()
    made.load(offer, *loaded)
    made.commit()
    return made


def test_the_soonest_to_expire_goes_first_then_by_code() -> None:
    made = keeper(
        ("NEVER", 0), ("LATER", NOW_MS + 500), ("SOON", NOW_MS + 200), ("ALSO", NOW_MS + 200)
    )
    given = [made.decide(GIFT, f"d{n}", NOW_MS).code for n in range(5)]
    assert given == ["ALSO", "SOON", "LATER", "NEVER", ""]


def test_one_that_expires_before_the_mail_and_its_minimum_is_not_given() -> None:
    made = keeper(("SHORT", NOW_MS + GIFT.code_life_ms - 1), ("EXACT", NOW_MS + GIFT.code_life_ms))
    assert made.decide(GIFT, "d1", NOW_MS).code == "EXACT"
    assert made.decide(GIFT, "d2", NOW_MS) == Answer(NO_CODE)
    assert made.pool.free(NOW_MS)["gift"] == 0


def test_what_was_too_old_once_stays_so_after_a_takeover() -> None:
    """Else a record that is behind its time would be answered by when the process began."""
    made = keeper(("SOON", NOW_MS + 150), ("LATER", NOW_MS + 900))
    made.refill(NOW_MS + 200)
    made.desk.ask(GIFT, NOW_MS + 200)
    made.desk.settle()
    made.commit()
    made.start()
    assert made.decide(GIFT, "d1", NOW_MS).code == "LATER"


def test_loading_again_adds_nothing_whatever_became_of_them() -> None:
    made = keeper(*((f"CODE{n}", 0) for n in range(4)))
    for n in range(3):
        made.decide(GIFT, f"{n:016}", NOW_MS)
    made.end("CODE1", "0000000000000001", seen=True)
    made.redeem("CODE2")
    made.load("gift", *((f"CODE{n}", NOW_MS + 9_999) for n in range(4)))
    assert made.pool.changes.counts == {("gift", "repeated"): 4}
    made.commit()
    states = made.store.states()
    assert states == {"CODE0": RESERVED, "CODE1": GIVEN, "CODE2": REDEEMED, "CODE3": FREE}
    assert made.store.known("CODE3").expires_ms == NEVER_MS


def test_what_cannot_be_taken_is_refused_and_the_rest_is_taken() -> None:
    made = keeper(("OTHER", 0), offer="weekly")
    with pytest.raises(RefusedCodesError, match="1 codes are known of another offer") as refused:
        made.load("gift", ("GOOD", 0), ("OTHER", 0), ("b d", 0), ("LONG", NEVER_MS + 1))
    assert (refused.value.reason, refused.value.refused) == ("code_of_another_offer", 3)
    with pytest.raises(RefusedCodesError, match="no codes") as refused:
        made.load("gift", ("FINE", 0), ("b d", 0))
    assert refused.value.reason == "bad_code"
    made.commit()
    assert set(made.store.states()) == {"OTHER", "GOOD", "FINE"}


def test_what_is_withdrawn_is_given_to_nobody_until_it_is_loaded_again() -> None:
    made = keeper(*((f"CODE{n}", 0) for n in range(5)))
    for n in range(3):
        made.decide(GIFT, f"{n:016}", NOW_MS)
    made.end("CODE0", "0000000000000000", seen=True)
    made.commit()
    made.withdraw("gift", *(f"CODE{n}" for n in range(5)))
    assert made.pool.changes.counts == {("gift", "withdrawn"): 2}
    assert made.decide(GIFT, "d3", NOW_MS) == Answer(NO_CODE)
    made.end("CODE1", "0000000000000001", seen=True)
    made.end("CODE2", "0000000000000002", seen=False)
    made.commit()
    gone = {f"CODE{n}": WITHDRAWN for n in (2, 3, 4)}
    assert made.store.states() == {"CODE0": GIVEN, "CODE1": GIVEN, **gone}
    assert made.store.free == set()
    made.load("gift", ("CODE1", 0), ("CODE3", NOW_MS + 9_999), ("CODE4", -1))
    assert made.pool.changes.counts == {("gift", "loaded"): 1, ("gift", "repeated"): 2}
    assert made.decide(GIFT, "d4", NOW_MS) == Answer("", "CODE3", NOW_MS + 9_999)


def test_what_is_withdrawn_counts_for_no_budget() -> None:
    made = keeper(*((f"CODE{n}", 0) for n in range(9)), offer="weekly")
    for n in range(3):
        assert made.decide(WEEKLY, f"{n:016}", NOW_MS).code
    made.withdraw("weekly", "CODE0", "CODE1", "CODE8")
    assert made.decide(WEEKLY, "d3", NOW_MS).fence == CODE_BUDGET
    made.end("CODE0", "0000000000000000", seen=False)
    assert made.decide(WEEKLY, "d4", NOW_MS).code == "CODE3"
    assert made.decide(WEEKLY, "d5", NOW_MS).fence == CODE_BUDGET


def test_a_reservation_that_is_loaded_again_goes_back_when_it_is_released() -> None:
    made = keeper(("CODE", 0))
    made.decide(GIFT, "0000000000000000", NOW_MS)
    made.commit()
    made.withdraw("gift", "CODE")
    made.load("gift", ("CODE", 0))
    made.end("CODE", "0000000000000000", seen=False)
    made.commit()
    assert made.store.states() == {"CODE": FREE}


def test_codes_of_another_offer_or_none_are_not_withdrawn_and_told() -> None:
    made = keeper(("OTHER", 0), offer="weekly")
    made.load("gift", ("CODE", 0))
    with pytest.raises(RefusedCodesError, match="2 codes to withdraw aren't known") as refused:
        made.withdraw("gift", "OTHER", "NONE", "CODE")
    assert refused.value.reason == "unknown_code"
    made.commit()
    assert made.store.states() == {"OTHER": FREE, "CODE": WITHDRAWN}


def test_an_unknown_code_cannot_be_redeemed_nor_end() -> None:
    made = keeper(("CODE", 0))
    with pytest.raises(UnknownCodeError, match="gift doesn't have"):
        made.redeem("NONE")
    made.end("NONE", "d1", seen=False)
    assert not made.pool.changes


def test_the_budget_holds_to_the_code_and_what_goes_back_is_there_again() -> None:
    made = keeper(*((f"CODE{n}", 0) for n in range(9)), offer="weekly")
    day_ms = [NOW_MS + n * DAY_MS for n in range(9)]
    answers = [made.decide(WEEKLY, f"{n:016}", day_ms[0]) for n in range(4)]
    assert [answer.fence for answer in answers] == ["", "", "", CODE_BUDGET]
    made.end("CODE1", "0000000000000001", seen=False)
    assert made.decide(WEEKLY, "0000000000000008", day_ms[6]).code == "CODE1"
    assert made.decide(WEEKLY, "0000000000000009", day_ms[6]).fence == CODE_BUDGET
    assert made.decide(WEEKLY, "0000000000000010", day_ms[7]).code == "CODE3"
    assert made.decide(WEEKLY, "0000000000000011", day_ms[7]).code == "CODE4"
    assert made.decide(WEEKLY, "0000000000000012", day_ms[8]).fence == CODE_BUDGET, "five in all"


def test_partitions_share_the_budget() -> None:
    second = Keeper(partition=1, partitions=2)
    second.load("weekly", ("CODE0", 0), ("CODE1", 0))
    assert second.decide(WEEKLY, "d0", NOW_MS).code == "CODE0"
    assert second.decide(WEEKLY, "d1", NOW_MS).fence == CODE_BUDGET, "one of three"


def test_two_decisions_of_one_step_take_two_codes() -> None:
    made = keeper(("CODE0", 0), ("CODE1", 0))
    made.refill(NOW_MS)
    for n in range(3):
        answer = made.desk.ask(GIFT, NOW_MS)
        if answer.code:
            made.desk.reserve("gift", (answer.expires_ms, answer.code), f"{n:016}", NOW_MS)
    assert [answer.code for answer in made.desk.settle()] == ["CODE0", "CODE1", ""]
    assert {code: known and known.decision for code, known in made.pool.changes.codes.items()} == {
        "CODE0": "0000000000000000",
        "CODE1": "0000000000000001",
    }


def test_a_step_that_fails_takes_nothing_and_one_stepped_again_hears_the_same() -> None:
    made = keeper(("CODE0", 0))
    made.refill(NOW_MS)
    made.desk.ask(GIFT, NOW_MS)
    made.desk.reserve("gift", (NEVER_MS, "CODE0"), "d1", NOW_MS)
    made.desk.drop()
    assert not made.pool.changes
    assert made.decide(GIFT, "d2", NOW_MS).code == "CODE0"
    again = Repeated([Answer("", "CODE0", NEVER_MS)])
    assert again.ask(GIFT, NOW_MS).code == "CODE0"
    again.reserve("gift", (NEVER_MS, "CODE0"), "d1", NOW_MS)
    assert again.ask(GIFT, NOW_MS) == Answer(NO_CODE)


def test_an_offer_that_the_programme_has_no_more_keeps_its_codes() -> None:
    made = keeper(("CODE0", 0))
    made.offers = {"gift": replace(GIFT, codes=False)}
    made.start()
    assert made.pool.next(GIFT, NOW_MS, []) is None
    assert made.pool.good_until_ms == NEVER_MS, "nothing to fill"
    made.redeem("CODE0")
    made.load("gift", ("CODE1", 0))
    made.commit()
    assert made.store.states() == {"CODE0": REDEEMED, "CODE1": FREE}


def test_a_code_is_forgotten_only_long_after_it_expired() -> None:
    made = keeper(("OLD0", 1_000), ("OLD1", 1_000), ("NEVER", 0))
    made.redeem("OLD1")
    made.commit()
    known = {code: made.store.known(code) for code in made.store.codes}
    made.pool.forget_old(known, 1_000 + KEPT_MS)
    assert not made.pool.changes
    made.pool.forget_old(known, 1_001 + KEPT_MS)
    made.commit()
    assert made.store.states() == {"NEVER": FREE}
    assert made.store.free == {member("gift", NEVER_MS, "NEVER")}


def test_a_pool_without_offers_has_nothing() -> None:
    pool = Pool()
    assert pool.next(GIFT, NOW_MS, []) is None
    assert pool.free(NOW_MS) == {}
