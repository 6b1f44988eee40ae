"""Which items alike sessions had close to what they share with this one.

A nearest-neighbour method: sessions that share items with this one, rare ones and late ones
counting more, recommend what stands close to the latest item they share.

Sources: M. Ludewig, D. Jannach, "Evaluation of session-based recommendation algorithms", User
Modeling and User-Adapted Interaction 28, 2018 (V-SKNN: recent sessions, weights by position and
rarity); D. Garg et al., "Sequence and time aware neighborhood for session-based recommendations",
SIGIR 2019 (STAN: weights by the distance from the shared item).
"""

from collections.abc import Iterable, Sequence
from heapq import nlargest
from itertools import islice

from models.recommend.items import Items
from models.recommend.sessions import Sessions
from models.recommend.settings import Settings


def near(
    distinct: Sequence[str], own: int, items: Items, sessions: Sessions, settings: Settings
) -> tuple[dict[str, float], dict[str, float], int]:
    """Weigh the items of alike sessions.

    Args:
        distinct: The items of this session, each once, the last one first.
        own: The number of this session, which is no neighbour of itself; 0 if it isn't kept.

    Returns:
        A weight of at least 0 by item that came after what is shared, items of this session among
        them; the same of those that came before it; and how many sessions share something.
    """
    alike, shared = _alike(distinct, items, settings)
    alike.pop(own, None)
    nearest: Iterable[tuple[int, float]] = alike.items()
    if len(alike) > settings.neighbours:
        nearest = nlargest(settings.neighbours, nearest, key=_likeness)
    ahead: dict[str, float] = {}
    behind: dict[str, float] = {}
    get, get_behind = ahead.get, behind.get
    kept, window = sessions.items, settings.window
    by_distance = [1.0 / distance for distance in range(1, window + 1)]
    for number, likeness in nearest:
        theirs = kept.get(number)
        if theirs is None:
            continue
        try:
            at = theirs.index(shared[number])
        except ValueError:  # they went on since, and it isn't among their last events any more
            continue
        for name, weight in zip(theirs[at + 1 : at + 1 + window], by_distance, strict=False):
            ahead[name] = get(name, 0.0) + likeness * weight
        if at:
            before = theirs[at - 1 :: -1]
            for name, weight in zip(before, by_distance, strict=False):
                behind[name] = get_behind(name, 0.0) + likeness * weight
    return ahead, behind, len(alike)


def _alike(
    distinct: Sequence[str], items: Items, settings: Settings
) -> tuple[dict[int, float], dict[int, str]]:
    """By session number: how alike it is, and the last item of this session it shares."""
    alike: dict[int, float] = {}
    shared: dict[int, str] = {}
    weight = 1.0
    for name in islice(distinct, settings.reach):
        item = items.known.get(name)
        if item is not None:
            added = weight * items.rarity(item)
            for number in item.sessions:
                if number in alike:
                    alike[number] += added
                else:
                    alike[number] = added
                    shared[number] = name
        weight *= settings.fading
    return alike, shared


def _likeness(entry: tuple[int, float]) -> tuple[float, int]:
    return entry[1], entry[0]
