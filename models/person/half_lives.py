"""How soon what is known of a person counts half: of their decayed sums (`models.decay`)."""

from models.decay import DAY_MS

ACTIVITY_HALF_LIFE_MS = 7.0 * DAY_MS
"""Of things done."""
CATEGORY_HALF_LIFE_MS = 28.0 * DAY_MS
"""Of what is liked."""
REVENUE_HALF_LIFE_MS = 90.0 * DAY_MS
"""Of what was paid."""
