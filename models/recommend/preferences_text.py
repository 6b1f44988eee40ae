"""The programme's `recommendations` as they may be written."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from models.decay import DAY_MS
from models.programme.fields import Delay, Number
from models.recommend.preferences import Preferences

Factor = Annotated[float, Number, Field(gt=0.0, le=10.0, allow_inf_nan=False)]
Share = Annotated[float, Number, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Most = Annotated[int, Number, Field(ge=1, le=10)]
Boosts = Annotated[dict[str, Factor], Field(max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BoostsText(_Part):
    """What counts more, or less, by name."""

    brands: Boosts = {}
    categories: Boosts = {}
    tags: Boosts = {}
    margin: Share = 0.0


class RecommendationsText(_Part):
    """See `models.recommend.preferences.Preferences`."""

    not_again_for: Delay = 14 * DAY_MS
    per_category: Most = 2
    per_brand: Most = 3
    diversity: Share = 0.2
    boosts: BoostsText = BoostsText()

    def preferences(self) -> Preferences:
        """As decisions read them."""
        boosts = self.boosts
        return Preferences(
            mailed_ms=self.not_again_for,
            per_category=self.per_category,
            per_brand=self.per_brand,
            diversity=self.diversity,
            margin=boosts.margin,
            brands=dict(boosts.brands),
            categories=dict(boosts.categories),
            tags=dict(boosts.tags),
        )
