"""What every step may read and none may change, as it stands at that moment."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.catalog import Catalog
from models.decay import DAY_MS
from models.intent.model import IntentModel
from models.learning.learners import DEFAULT
from models.learning.population import Population
from models.programme.flows import Programme
from models.recommend.asked import Asked
from models.recommend.products import Products
from models.recommend.sources import Found, Purpose
from models.step import Record

if TYPE_CHECKING:
    from models.decision.moment import Moment

Decide = Callable[["Moment", int], Record]
"""Makes a whole `decision` record from a moment and a seed, as `models.decision.decide` does."""

Recommend = Callable[[Purpose, str, Asked], list[Found]]
"""Names products for a purpose and a person, the best first, as `models.recommend.choose` does."""


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """How a decision is valued and how freely it is chosen. Money in the shop's currency.

    Attributes:
        outcome_window_ms: How long after a decision what follows counts for it.
        attribution_window_ms: How long after its last click a mail earns a purchase in reports.
        margin_rate: Share of revenue that is margin, 0 to 1.
        mail_cost: Price of one accepted mail.
        unsubscribe_cost: Price of a withdrawn consent.
        complaint_cost: Price of a complaint.
        typical_order: What an order comes to, assumed of people who never looked at a price.
        width: How freely doubt is acted on: 1 takes each arm as often as it may be the best one, 0
            always what looks best.
        learning: Whether models are read and learn at all; off, a flow's first message that nothing
            rules out is sent, but for the exploration share.
        belief: The class behind the population's beliefs, as `module:Class`.
    """

    outcome_window_ms: int = 7 * DAY_MS
    attribution_window_ms: int = 7 * DAY_MS
    margin_rate: float = 0.3
    mail_cost: float = 0.002
    unsubscribe_cost: float = 2.0
    complaint_cost: float = 10.0
    typical_order: float = 50.0
    width: float = 0.25
    learning: bool = True
    belief: str = DEFAULT


@dataclass(slots=True)
class World:
    """The surroundings of all steps; the lane swaps its parts between chunks, never during one.

    Attributes:
        products: What is learned of products: what comes next in a visit, what is bought together.
        decide: Decides in place of `models.decision.decide`, to compare policies; None in
            operation.
        recommend: Chooses products likewise, in place of `models.recommend.choose`.
    """

    programme: Programme
    catalog: Catalog = field(default_factory=Catalog)
    population: Population = field(default_factory=Population)
    policy: PolicySettings = field(default_factory=PolicySettings)
    products: Products = field(default_factory=Products)
    decide: Decide | None = None
    intent: IntentModel = field(default_factory=IntentModel)
    recommend: Recommend | None = None
