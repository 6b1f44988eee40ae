"""Label records for tests."""

from models.intent import person
from models.step import Record


def label(identity: str, **fields: object) -> Record:
    """A label as the trainer decodes it, of someone who didn't order in a week."""
    known: Record = {
        "label_id": identity,
        "subscriber_id": "ann",
        "sampled_at": 1_700_000_000_000,
        "matured_at": 1_700_691_200_000,
        "days": 7,
        "seen": dict.fromkeys(person.NAMES, 0.0) | {"always": 1.0},
        "age_days": 30.0,
        "idle_days": 10.0,
        "expected": 0.05,
        "orders": [0],
        "clicks": 0,
        "offer_clicks": 0,
        "reading_clicks": 0,
    }
    return {**known, **fields}
