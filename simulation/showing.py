"""What mails show under each policy, where it matters: in place of the product's recommendations.

`popularity` is the product but for that: it shows what everybody looks at, by the same rules. The
`oracle` shows what is truly worth most to this person, `random` anything; neither shows what the
rules bar.
"""

from collections.abc import Callable, Sequence

from models.catalog import Catalog
from models.decision.content import SHOWN
from models.recommend import sources
from models.recommend.asked import Asked
from models.recommend.choose import chosen
from models.recommend.preferences import Preferences
from models.recommend.sources import Found, Purpose
from models.world import Recommend, World
from schemas.catalog_entry import PRODUCT
from simulation.luck import uniforms
from simulation.pipeline import person_of

POLICIES = ("popularity",)
"""Policies that differ from the product by what they show alone."""

Best = Callable[[int], Sequence[str]]
"""The products that are truly best shown to a person, the best first."""


def showing(policy: str, world: World, seed: int, best: Best) -> Recommend | None:
    """How a policy chooses what to show; None where it is as the product does.

    Args:
        policy: Its name.
        world: What the pipeline reads.
        seed: The run's.
        best: Says the truth.
    """
    if policy == "popularity":
        return _popular(world)
    if policy == "random":
        return _random(world.catalog, seed)
    return _best(best) if policy.startswith("oracle") else None


def _popular(world: World) -> Recommend:
    def recommend(_purpose: Purpose, _subscriber: str, asked: Asked) -> list[Found]:
        named = sources.popular(world.products, world.catalog)
        anybody = Asked((), (), {}, asked.barred, asked.now_ms)
        wishes: Preferences = world.programme.preferences
        return chosen(named, anybody, world.catalog, wishes, SHOWN)

    return recommend


def _open(names: Sequence[str], asked: Asked) -> list[str]:
    return [name for name in names if name not in asked.barred]


def _random(catalog: Catalog, seed: int) -> Recommend:
    names = sorted(name for name, entry in catalog.items() if entry.kind == PRODUCT)

    def recommend(purpose: Purpose, subscriber: str, asked: Asked) -> list[Found]:
        left = _open(names, asked)
        key = (seed, "shown", subscriber, purpose, *asked.recent, *sorted(asked.barred))
        draws = uniforms(SHOWN, *key)
        taken = [left[int(luck * len(left))] for luck in draws] if left else []
        return [Found(name, 1.0, "popularity") for name in dict.fromkeys(taken)]

    return recommend


def _best(best: Best) -> Recommend:
    def recommend(_purpose: Purpose, subscriber: str, asked: Asked) -> list[Found]:
        left = _open(best(person_of(subscriber)), asked)
        return [Found(name, 1.0, "sequence") for name in left[:SHOWN]]

    return recommend
