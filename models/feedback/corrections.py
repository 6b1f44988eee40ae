"""Outcomes that correct earlier ones: what is known now and wasn't when the window closed.

A correction holds the difference: counts and amounts to add to those of the decision's outcome, so
that sums over all outcome records come out right, and flags that hold from now on. What the
decision knew (features, arm, propensity) is in the outcome it corrects and not kept here.
"""

from typing import Any

from models.person.profile import VERSION as PROFILE_VERSION
from models.step import Record, Step

CORRECT = "correct"
"""The action of a correction."""


def correct(decision_id: str, event_id: str, step: Step, **differences: Any) -> None:
    """Emit a correction.

    Args:
        decision_id: Whose outcome is corrected.
        event_id: The event by which more is known; repeats are recognised by it.
        step: Emits it.
        differences: By field of the outcome record; what isn't named is as it was.
    """
    nothing: Record = {
        "decision_id": decision_id,
        "episode_id": "",
        "corrects": event_id,
        "subscriber_id": step.subscriber,
        "decided_at": 0,
        "matured_at": step.now_ms,
        "action": CORRECT,
        "arm": "",
        "flow": "",
        "goal": "",
        "message_type": "",
        "offer": "",
        "slots": [],
        "features": {},
        # For whoever takes it for an outcome: no evidence, and nothing that was chosen.
        "propensity": 1.0,
        "evidence": False,
        "versions": {"profile": str(PROFILE_VERSION)},
        "accepted": False,
        "clicks": 0,
        "machine_clicks": 0,
        "purchases": 0,
        "revenue": 0.0,
        "discount": 0.0,
        "milestones": 0,
        "milestone_value": 0.0,
        "reached": None,
        "unsubscribed": False,
        "complained": False,
        "reward": 0.0,
        "attributed_purchases": 0,
        "attributed_revenue": 0.0,
        "segments": [],
        "cluster": -1,
    }
    step.emit("outcome", {**nothing, **differences})
