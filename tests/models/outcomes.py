"""Outcome records for learning, and what corrects them."""

from models.decision.arms import HOLD, mails
from models.decision.features import ARM_DISCOUNT, CLICK, LEAVE, ORDER, UNASKED
from models.step import Record


def learnable(decision: str, arm: str = "reminder/none", **fields: object) -> Record:
    """The outcome of a decision with a choice, as the trainer decodes it."""
    seen = {"always": 1.0, "active": 0.3, CLICK: -3.0, ORDER: -3.2, LEAVE: -6.2, UNASKED: -2.2}
    known: Record = {
        "decision_id": decision,
        "corrects": "",
        "arm": arm,
        "flow": "cart",
        "features": {**seen, ARM_DISCOUNT: 0.0 if arm.endswith(("/none", HOLD)) else 0.05},
        "propensity": 0.5,
        "accepted": mails(arm),
        "evidence": True,
        "reward": 0.0,
        "clicks": 0,
        "purchases": 0,
        "reached": None,
        "unsubscribed": False,
        "complained": False,
    }
    return {**known, **fields}


def correction(decision: str, event: str, **fields: object) -> Record:
    """A correction of a decision's outcome, in differences."""
    nothing = learnable(
        decision, "", features={}, propensity=1.0, accepted=False, evidence=False, corrects=event
    )
    return {**nothing, **fields}


def whole(record: Record) -> Record:
    """The record with all that the schema asks for and learning doesn't read."""
    rest: Record = {
        "episode_id": record["decision_id"],
        "subscriber_id": "ann",
        "decided_at": 1_700_000_000_000,
        "matured_at": 1_700_600_000_000,
        "action": "correct" if record["corrects"] else "send",
        "goal": "buy",
        "message_type": "reminder",
        "offer": "none",
        "versions": {},
        "machine_clicks": 0,
        "revenue": 0.0,
        "discount": 0.0,
        "milestones": 0,
        "milestone_value": 0.0,
        "attributed_purchases": 0,
        "attributed_revenue": 0.0,
    }
    return {**rest, **record}
