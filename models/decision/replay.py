"""Making a decision again from its own record."""

from models.decision import moment as moments
from models.decision.decide import decide, seed_of
from models.step import Record


def replay(decision: Record) -> Record:
    """The record that the same code decides from what this record says it saw.

    Equal, byte for byte once encoded, to the record itself unless the code of `models` changed.

    Raises:
        SnapshotError: The record's `replay` is missing, damaged or of another version.
    """
    moment = moments.from_bytes(decision["replay"])
    return decide(moment, seed_of(moment))
