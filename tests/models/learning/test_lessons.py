"""A person's model without a machine's clicks: to the bit, while their lesson is kept."""

from hypothesis import given, settings
from hypothesis import strategies as st

from models import bounds
from models.learning import lessons
from models.learning.lessons import QUESTIONED_MS
from models.person import encoding
from models.person.past import Followed, Pending
from models.person.profile import Profile
from tests.models.life import NOON_MS

Mail = tuple[str, int, int]
"""Arm, log-odds in thousandths, clicks."""

ARMS = st.sampled_from(["reminder/none", "reminder/small", "win_back/none"])
TAUGHT = st.lists(
    st.tuples(ARMS, st.integers(-6_000, 2_000), st.integers(0, 2)), max_size=bounds.LESSONS - 1
)


def outcome(number: int, arm: str, clicks: int) -> Pending:
    identity = f"{number:032d}"[::-1]
    pending = Pending(identity, arm, "cart", "buy", NOON_MS, NOON_MS, [], [], 0.5, 2, "0", "p")
    pending.clicks = clicks
    return pending


def taught(
    before: list[Mail],
    mail: Mail,
    after: list[Mail],
) -> Profile:
    """A profile that learned of several mails, the last click being on the one in the middle."""
    profile = Profile()
    for number, (arm, lean, clicks) in enumerate([*before, mail, *after]):
        pending = outcome(number, arm, clicks)
        if number == len(before) and clicks:
            profile.followed = Followed(
                pending.decision_id[:16], 1, NOON_MS, clicks, counted=clicks
            )
        lessons.learn(pending, lean, profile, NOON_MS + 10)
    return profile


@settings(deadline=None)
@given(TAUGHT, st.tuples(ARMS, st.integers(-6_000, 2_000), st.integers(1, 2)), TAUGHT)
def test_clicks_taken_back_are_as_if_never_learned(
    before: list[Mail],
    mail: Mail,
    after: list[Mail],
) -> None:
    arm, lean, clicks = mail
    wrong, right = taught(before, mail, after), taught(before, (arm, lean, 0), after)
    wrong = encoding.decode(encoding.encode(wrong))
    decision = outcome(len(before), arm, 0).decision_id[:16]
    lessons.take_back(decision, clicks, wrong)
    assert list(wrong.weights.items()) == list(right.weights.items())


@given(TAUGHT, st.tuples(ARMS, st.integers(-6_000, 2_000), st.just(2)), TAUGHT)
def test_a_mail_with_a_persons_click_left_stays_clicked(
    before: list[Mail],
    mail: Mail,
    after: list[Mail],
) -> None:
    profile = taught(before, mail, after)
    weights = dict(profile.weights)
    lessons.take_back(outcome(len(before), mail[0], 0).decision_id[:16], 1, profile)
    assert profile.weights == weights


def test_nothing_is_remembered_of_clicks_out_of_question() -> None:
    profile = Profile()
    pending = outcome(1, "reminder/none", 1)
    profile.followed = Followed(pending.decision_id[:16], 1, NOON_MS, 1)
    lessons.learn(pending, -3_000, profile, NOON_MS + QUESTIONED_MS)
    weights = dict(profile.weights)
    assert weights
    assert profile.past().lessons == []
    lessons.take_back(pending.decision_id[:16], 1, profile)
    assert profile.weights == weights, "too late: it stays, and fades"
