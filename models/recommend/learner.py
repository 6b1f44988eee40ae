"""What recommendations are made from, learned from `interactions` records.

A visit's views and carts teach what comes next, its orders what goes together. The same records in
the same order give the same model, to the bit, wherever it was stored and read back in between.
"""

from typing import Any

from models.bounds import known_id
from models.recommend.copurchases import CoPurchases
from models.recommend.recommender import Recommender
from models.recommend.settings import Settings
from models.step import Record


class Learner:
    """All that is learned of products from what people do with them.

    Args:
        settings: Sizes; all that is kept is bounded by them.

    Attributes:
        recommender: What comes next in a visit.
        bought: What is bought with and after a product.
        heard: By journal partition, the offset until which its interactions were learned.
        journal_id: The journal that these offsets are of.
        learned: Interactions learned.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.recommender = Recommender(settings)
        self.bought = CoPurchases(self.recommender.settings.items)
        self.heard: dict[int, int] = {}
        self.journal_id = ""
        self.learned = 0

    def hear(self, record: Record) -> int:
        """Learn an `interactions` record; returns how many interactions it taught.

        A repeat teaches nothing: of each partition, offsets only rise. Another journal's offsets
        begin anew.
        """
        partition, until = record["partition"], record["until"]
        if record["journal_id"] != self.journal_id:
            self.journal_id, self.heard = record["journal_id"], {}
        if until <= self.heard.get(partition, -1):
            return 0
        self.heard[partition] = until
        taught = 0
        for interaction in record["interactions"]:
            taught += self._learn(interaction)
        self.learned += taught
        return taught

    def _learn(self, interaction: Record) -> bool:
        products = [product for product in interaction["products"] if known_id(product)]
        session: bytes = interaction["session"]
        if not products or not session or len(session) > 20:
            return False
        if interaction["kind"] == "purchase":
            before = [product for product in interaction["before"] if known_id(product)]
            basket = dict.fromkeys(products)
            self.bought.learn(list(basket), [p for p in dict.fromkeys(before) if p not in basket])
            return True
        key = session.hex()
        if interaction["kind"] == "cart" and self.recommender.last_of(key) == products[0]:
            return True  # what was looked at goes into the cart: no step further
        self.recommender.learn(key, products[0])
        return True

    def shed(self, count: int) -> bool:
        """Let go of some rows, of what isn't used any more; tells whether anything is left.

        Large tables dropped at once take as long as a hundred events.
        """
        recommender = self.recommender
        tables: tuple[dict[Any, Any], ...] = (
            recommender.items.known,
            recommender.sessions.by_key,
            recommender.sessions.items,
            self.bought.known,
        )
        for table in tables:
            while table and count:
                table.popitem()
                count -= 1
        return any(tables)
