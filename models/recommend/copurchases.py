"""What is bought with a product, or after it: a bounded table of weights by product."""

from collections.abc import Iterator, Sequence
from itertools import permutations

from models.recommend.followers import Followers

FOLLOWERS = 32
"""Products kept of those bought with or after one."""
_AFTER = 0.5
"""What a product bought weeks later says, against one of the same order."""


class CoPurchases:
    """Products that go with others, learned from orders.

    An order counts each pair once, however many pieces it has of them.

    Args:
        most: Most products of which anything is kept; the one unsold for longest goes first.

    Attributes:
        known: By product, what was bought with or after it.

    Examples:
        >>> found = CoPurchases(most=100)
        >>> found.learn(["lamp", "bulb"], before=["socket"])
        >>> found.after(["lamp"]), found.after(["socket"])
        ({'bulb': 1.0}, {'lamp': 0.5, 'bulb': 0.5})
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.known: dict[str, Followers] = {}

    def learn(self, basket: Sequence[str], before: Sequence[str] = ()) -> None:
        """Learn an order.

        Args:
            basket: Its products, each once.
            before: What the same person had bought before, none of it in the basket.
        """
        for product, other in permutations(basket, 2):
            self._seen(product).add(other, 1.0, FOLLOWERS)
        for product in before:
            for later in basket:
                self._seen(product).add(later, _AFTER, FOLLOWERS)

    def after(self, bought: Sequence[str]) -> dict[str, float]:
        """What goes with products that were bought: of each the share of what follows it, summed.

        Args:
            bought: Products, each once.
        """
        found: dict[str, float] = {}
        for product in bought:
            followers = self.known.get(product)
            if followers is not None:
                scale = 1.0 / max(followers.total, 1.0)
                for name, weight in followers.weights.items():
                    found[name] = found.get(name, 0.0) + scale * weight
        return {name: weight for name, weight in found.items() if name not in bought}

    def _seen(self, product: str) -> Followers:
        followers = self.known.pop(product, None)
        if followers is None:
            followers = Followers()
            if len(self.known) >= self._most:
                del self.known[next(iter(self.known))]
        self.known[product] = followers
        return followers

    def rows(self) -> Iterator[tuple[str, Followers]]:
        """All of it, the one unsold for longest first."""
        return iter(self.known.items())

    def restore(self, product: str, followers: Followers) -> None:
        """Take on a stored row; those unsold for longest come first.

        Raises:
            ValueError: It makes no sense.
        """
        followers.check(FOLLOWERS)
        if product in self.known:
            raise ValueError("a product is stored twice")
        if len(self.known) >= self._most:
            del self.known[next(iter(self.known))]
        self.known[product] = followers
