"""Alike sessions: which, and what they recommend."""

from models.recommend.items import Items
from models.recommend.neighbours import near
from models.recommend.sessions import Sessions
from models.recommend.settings import Settings


def kept(*visits: str, settings: Settings | None = None) -> tuple[Items, Sessions, Settings]:
    """Sessions 1, 2, … of items of one letter; each letter once in a session is enough."""
    used = settings or Settings()
    items, sessions = Items(used), Sessions(used)
    for at, visit in enumerate(visits):
        session = sessions.seen(f"s{at}")
        for name in visit:
            item = items.seen(name)
            if name not in session.items:
                items.add(item, session.number)
            sessions.append(session, item.name)
    return items, sessions, used


def test_what_stands_closer_to_what_is_shared_weighs_more() -> None:
    ahead, behind, count = near(["c"], 0, *kept("abcde", "xyz"))
    assert count == 1
    assert (list(ahead), list(behind)) == (["d", "e"], ["b", "a"])
    assert ahead["d"] == behind["b"] > ahead["e"] == behind["a"]


def test_a_session_is_no_neighbour_of_itself() -> None:
    ahead, _, count = near(["b", "a"], 2, *kept("abc", "abd"))
    assert count == 1
    assert set(ahead) == {"c"}


def test_only_the_most_alike_are_asked() -> None:
    shop = kept("abx", "bzq", "bz", settings=Settings(neighbours=1))
    ahead, behind, count = near(["b", "a"], 0, *shop)
    assert count == 3
    assert (set(ahead), set(behind)) == ({"x"}, {"a"})


def test_sessions_that_were_forgotten_or_went_on_say_nothing() -> None:
    few = Settings(sessions=1, session_items=2)
    assert near(["a"], 0, *kept("ab", "xy", settings=few)) == ({}, {}, 1)
    assert near(["a"], 0, *kept("abc", settings=few)) == ({}, {}, 1)
    assert near(["unknown"], 0, *kept("abc")) == ({}, {}, 0)
