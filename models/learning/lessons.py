"""How a person's own model learns from a mail's outcome, and how it unlearns a machine's clicks.

A step of the model depends on those before it, so a lesson can't be taken out: the model is set
back to before it and learns what came since again, which gives to the bit what it would be without
the mistake. A lesson is kept only while its clicks are in question, that is for a day after the
last of them, and with a few that follow it; for most mails that is over when the window closes. A
click found out later than that stays in the person's model, where it fades as others follow; the
population's is corrected all the same.
"""

from models import bounds
from models.decay import DAY_MS
from models.learning import response
from models.person.memory import Lesson
from models.person.messages import ID_CHARACTERS
from models.person.past import Pending
from models.person.profile import Profile

QUESTIONED_MS = DAY_MS
"""How long after a click its lesson may be taken back: events arrive late, but seldom later."""


def learn(pending: Pending, lean: int, profile: Profile, now_ms: int) -> None:
    """Let the person's model learn from an outcome.

    Args:
        lean: The population's log-odds of a click, in thousandths.
        now_ms: The time it is, epoch milliseconds.
    """
    past, decision = profile.past(), pending.decision_id[:ID_CHARACTERS]
    if past.lessons and not _in_question(past.lessons[0].decision, profile, now_ms):
        _forget(profile)
    lesson = Lesson(decision, pending.arm, lean, pending.clicks)
    if past.lessons or (lesson.clicks and _in_question(decision, profile, now_ms)):
        if not past.lessons:
            past.weights_before = dict(past.weights)
        past.lessons.append(lesson)
    _learn(lesson, profile)
    if len(past.lessons) > bounds.LESSONS:
        _forget(profile)


def take_back(decision: str, clicks: int, profile: Profile) -> None:
    """Learn anew without clicks that turned out to be a machine's, where the lesson is kept.

    Args:
        decision: First 16 characters of the decision's id.
    """
    past = profile.past()
    for lesson in past.lessons:
        if lesson.decision == decision:
            lesson.clicks = max(0, lesson.clicks - clicks)
            past.weights = dict(past.weights_before)
            for each in past.lessons:
                _learn(each, profile)
            return


def _in_question(decision: str, profile: Profile, now_ms: int) -> bool:
    last = profile.followed
    return (
        last is not None
        and last.times > 0
        and last.decision == decision
        and now_ms - last.at_ms < QUESTIONED_MS
    )


def _learn(lesson: Lesson, profile: Profile) -> None:
    response.learn(profile, lesson.arm, lesson.lean / 1000.0, clicked=lesson.clicks > 0)


def _forget(profile: Profile) -> None:
    past = profile.past()
    past.lessons, past.weights_before = [], {}
