"""Which outcomes teach, and what came of them."""

from models.decision.arms import waits
from models.errors import NotLearnableError
from models.learning.linear import finite
from models.step import Record


def succeeded(outcome: Record) -> bool:
    """Whether the goal was reached: its milestone, or an order where it has none."""
    reached = outcome.get("reached")
    return bool(outcome["purchases"] > 0 if reached is None else reached)


def check(outcome: Record) -> None:
    """Check that an outcome record can be learned from.

    Raises:
        NotLearnableError: A value isn't finite (`non_finite`), or the propensity is 0 or less
            (`bad_propensity`).
    """
    shares = [share for drawn in outcome.get("slots", ()) for share in drawn["variants"].values()]
    told = (outcome["reward"], outcome["propensity"], *outcome["features"].values(), *shares)
    if not finite(*told):
        raise NotLearnableError(
            "non_finite", f"outcome {outcome['decision_id']} holds a value that isn't finite"
        )
    if not outcome["propensity"] > 0.0:
        raise NotLearnableError(
            "bad_propensity",
            f"outcome {outcome['decision_id']} was chosen with probability "
            f"{outcome['propensity']:g}; nothing that happened has none",
        )


def chosen(outcome: Record) -> bool:
    """Whether an outcome is of a choice between arms that ended its episode."""
    # What follows a wait is the outcome of the decision it led to.
    return bool(outcome["propensity"] < 1.0 and not waits(outcome["arm"]))
