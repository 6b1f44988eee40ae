"""A person's side of a recommendation, from their profile."""

import pytest

from models.decay import DAY_MS
from models.person import mailed
from models.person.half_lives import CATEGORY_HALF_LIFE_MS
from models.person.profile import CartItem, Profile
from models.recommend.asked import asked_of
from tests.models.person.test_mailed import sent

NOW_MS = 1_790_000_000_000
NOW_LEVEL = NOW_MS / CATEGORY_HALF_LIFE_MS


def test_what_was_looked_at_in_its_order_and_what_is_not_wanted() -> None:
    profile = Profile(
        viewed={"late": NOW_MS - 1, "early": NOW_MS - 9, "carted": NOW_MS - 8},
        cart=[CartItem("carted", 1, 5.0, NOW_MS - 3)],
        categories={"less": NOW_LEVEL, "most": NOW_LEVEL + 2.0},
    )
    day_ago = NOW_MS - DAY_MS
    profile.bought.update({"old": NOW_MS - 60 * DAY_MS, "b": day_ago, "a": day_ago - 5})
    mailed.remember(profile, sent("d" * 32, ["shown"], NOW_MS - 2 * DAY_MS))
    asked = asked_of(profile, NOW_MS, 30 * DAY_MS, 7 * DAY_MS)
    assert asked.recent == ("early", "carted", "late")
    assert asked.bought == ("a", "b")
    assert asked.liked == {"most": 1.0, "less": 0.25}
    assert next(iter(asked.liked)) == "most"
    assert asked.known == pytest.approx(5.0)
    assert asked.barred == {"late", "early", "carted", "a", "b", "shown"}
    later = asked_of(profile, NOW_MS + 6 * DAY_MS, 30 * DAY_MS, 7 * DAY_MS)
    assert "shown" not in later.barred


def test_of_somebody_who_only_bought_that_is_what_was_looked_at() -> None:
    profile = Profile()
    profile.bought["a"] = NOW_MS - 90 * DAY_MS
    asked = asked_of(profile, NOW_MS, 30 * DAY_MS, 7 * DAY_MS)
    assert asked.recent == asked.bought == ("a",)
    assert not asked.barred
    assert asked_of(Profile(), NOW_MS, DAY_MS, DAY_MS).recent == ()
    assert asked_of(Profile(), NOW_MS, DAY_MS, DAY_MS).known == 0.0
