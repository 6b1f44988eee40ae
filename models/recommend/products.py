"""What decisions know of products beside the catalog: what was learned, what is popular, tastes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.recommend.learner import Learner
from models.recommend.tastes.tastes import Tastes


@dataclass(frozen=True, slots=True)
class Products:
    """Made anew with each publication, and then only read.

    Attributes:
        learned: What comes next in a visit, what is bought together, what is popular.
        popular: By category its popular products, the most popular first.
        tastes: What tells tastes apart.
    """

    learned: Learner = field(default_factory=Learner)
    popular: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tastes: Tastes = field(default_factory=Tastes)
