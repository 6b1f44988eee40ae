"""From a decision to its outcome: what is waited for, what counts, what it was worth.

Every decision, a hold too, waits in the profile until its window closes and then becomes an
`outcome` record, from which this person's model learns at once and the population's by the
trainer. What the person is worth in the window counts, clicked or not; the click only says which
mail gets the credit in reports.
"""

from collections.abc import Collection
from dataclasses import dataclass

from models import bounds
from models.decay import DAY_MS
from models.decision.arms import HOLD, mails, waits
from models.decision.features import ARM, ARM_LEAN, named
from models.learning import lessons
from models.person import choices
from models.person.memory import Worded
from models.person.past import Message, Pending
from models.person.profile import VERSION as PROFILE_VERSION
from models.person.profile import Profile
from models.step import Record, Step
from models.world import PolicySettings, World

TIMER_PREFIX = "outcome"


@dataclass(frozen=True, slots=True)
class Counted:
    """The waiting decisions that counted an order, and the one that has the credit, if any."""

    by: list[Pending]
    credited: Pending | None


def timer_of(decision_id: str) -> str:
    """Name of the timer by which a decision's window closes."""
    return f"{TIMER_PREFIX}:{decision_id}"


def await_outcome(
    decision: Record,
    profile: Profile,
    step: Step,
    world: World,
    features: list[int],
    *,
    untaught: bool = False,
) -> None:
    """Start waiting for what follows a decision, of which nothing is learned where `untaught`.

    A decision that another chose to wait for takes over from it: the episode has one outcome. When
    too many wait already, the oldest is closed early rather than forgotten.
    """
    policy, episode = world.policy, decision["episode_id"]
    episode = "" if episode == decision["decision_id"] else episode
    followed = find(profile, episode)
    if followed is not None:
        profile.pending.remove(followed)
        step.cancel_timer(timer_of(followed.decision_id))
        _pass_on(followed, decision["decision_id"], profile)
    seen = decision["features"]
    choices = sum(1 for candidate in decision["candidates"] if candidate["fence"] is None)
    # A wait is taken over by what is decided at its end; should that not come, it closes by itself.
    due_ms = max(decision["decided_at"] + policy.outcome_window_ms, decision["wait_until"] + DAY_MS)
    profile.pending.append(
        Pending(
            decision_id=decision["decision_id"],
            arm=decision["arm"],
            flow=decision["flow"],
            goal=decision["goal"],
            decided_ms=decision["decided_at"],
            due_ms=due_ms,
            features=features,
            about_arm=[round(seen[name] * 1000) for name in ARM],
            propensity=decision["propensity"],
            choices=choices,
            population=decision["versions"]["population"],
            programme=decision["versions"]["programme"],
            episode=episode,
            milestone=world.programme.milestone_of(decision["goal"]),
            purchases=followed.purchases if followed else 0,
            revenue=followed.revenue if followed else 0,
            discount=followed.discount if followed else 0,
            milestones=followed.milestones if followed else 0,
            milestone_value=followed.milestone_value if followed else 0,
            reached=followed.reached if followed else False,
            # Where one variant alone would have been true, nothing can be learned of it.
            slots=[Worded.of(drawn) for drawn in decision["slots"] if len(drawn["variants"]) > 1],
            segments=list(decision["segments"]),
            cluster=decision["cluster"],
            untaught=untaught,
        )
    )
    step.set_timer(timer_of(decision["decision_id"]), due_ms)
    while len(profile.pending) > bounds.PENDING:
        oldest = min(profile.pending, key=lambda p: (p.due_ms, p.decision_id))
        step.cancel_timer(timer_of(oldest.decision_id))
        close(oldest, step.now_ms, profile, step, policy)


def find(profile: Profile, decision_id: str | None) -> Pending | None:
    """The waiting decision of this id, or None."""
    for pending in profile.pending:
        if pending.decision_id == decision_id:
            return pending
    return None


def reworded(pending: Pending, slots: Collection[str]) -> None:
    """Forget how slots were worded: not as decided, and as nothing that was drawn."""
    pending.slots = [worded for worded in pending.slots if worded.slot not in slots]


def within(profile: Profile, at_ms: int) -> list[Pending]:
    """The waiting decisions whose window covers an instant."""
    return [p for p in profile.pending if p.decided_ms <= at_ms < p.due_ms]


def _pass_on(followed: Pending, decision_id: str, profile: Profile) -> None:
    """Have the orders that a decision counted know of the one that counts them now."""
    for order in profile.past().orders:
        old, new = bytes.fromhex(followed.decision_id), bytes.fromhex(decision_id)
        order.decisions = order.decisions.replace(old, new)


def purchased(
    profile: Profile, at_ms: int, total: float, discount: float, policy: PolicySettings
) -> Counted:
    """Count an order for every window that covers it, and credit the mail clicked last."""
    earner, credited = _earner(profile, at_ms, policy), None
    counted = within(profile, at_ms)
    for pending in counted:
        pending.purchases += 1
        pending.revenue = bounds.money(pending.revenue + total)
        pending.discount = bounds.money(pending.discount + discount)
        if earner is not None and pending.decision_id.startswith(earner.decision):
            credited = pending
            pending.attributed_purchases += 1
            pending.attributed_revenue = bounds.money(pending.attributed_revenue + total)
    return Counted(counted, credited)


def reached(profile: Profile, at_ms: int, milestone: str, value: float) -> None:
    """Count a milestone for every window that covers it.

    Args:
        value: What it is worth, net, in the shop's currency.
    """
    for pending in within(profile, at_ms):
        pending.milestones += 1
        pending.milestone_value = bounds.money(pending.milestone_value + value)
        pending.reached = pending.reached or milestone == pending.milestone


def _earner(profile: Profile, at_ms: int, policy: PolicySettings) -> Message | None:
    since_ms = at_ms - policy.attribution_window_ms
    clicked = [m for m in profile.messages if since_ms <= m.clicked_ms <= at_ms and m.clicks]
    return max(clicked, key=lambda m: (m.clicked_ms, m.decision), default=None)


def reward_of(pending: Pending, policy: PolicySettings) -> float:
    """Net value of the window: margin and milestones, less discount, mail and a lost reader."""
    return (
        policy.margin_rate * pending.revenue
        + pending.milestone_value
        - pending.discount
        - (policy.mail_cost if pending.accepted else 0.0)
        - (policy.unsubscribe_cost if pending.unsubscribed else 0.0)
        - (policy.complaint_cost if pending.complained else 0.0)
    )


def close(
    pending: Pending, matured_ms: int, profile: Profile, step: Step, policy: PolicySettings
) -> None:
    """End the wait: emit the outcome, and let the person's model learn where there is evidence."""
    profile.pending.remove(pending)
    sends = mails(pending.arm)
    kind, _, offer = pending.arm.partition("/") if sends else ("", "", "none")
    untaught = pending.untaught or choices.teaches_nothing(profile)
    evidence = (pending.accepted or not sends) and not untaught
    reward = reward_of(pending, policy)
    features = named(pending.features)
    about_arm = dict(zip(ARM, (amount / 1000.0 for amount in pending.about_arm), strict=False))
    if sends and evidence and pending.choices > 1 and policy.learning:
        lessons.learn(pending, pending.about_arm[ARM.index(ARM_LEAN)], profile, step.now_ms)
    step.emit(
        "outcome",
        {
            "decision_id": pending.decision_id,
            "episode_id": pending.episode or pending.decision_id,
            "corrects": "",
            "subscriber_id": step.subscriber,
            "decided_at": pending.decided_ms,
            "matured_at": matured_ms,
            "action": "send" if sends else "wait" if waits(pending.arm) else HOLD,
            "arm": pending.arm,
            "flow": pending.flow,
            "goal": pending.goal,
            "message_type": kind,
            "offer": offer,
            "slots": [worded.record() for worded in pending.slots],
            "features": {**features, **about_arm},
            "propensity": pending.propensity,
            "versions": {
                "population": pending.population,
                "programme": pending.programme,
                "profile": str(PROFILE_VERSION),
            },
            "accepted": pending.accepted,
            "evidence": evidence,
            "clicks": pending.clicks,
            "machine_clicks": pending.machine_clicks,
            "purchases": pending.purchases,
            "revenue": float(pending.revenue),
            "discount": float(pending.discount),
            "milestones": pending.milestones,
            "milestone_value": float(pending.milestone_value),
            "reached": pending.reached if pending.milestone else None,
            "unsubscribed": pending.unsubscribed,
            "complained": pending.complained,
            "reward": reward,
            "attributed_purchases": pending.attributed_purchases,
            "attributed_revenue": float(pending.attributed_revenue),
            "segments": pending.segments,
            "cluster": pending.cluster,
        },
    )
