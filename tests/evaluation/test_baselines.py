"""The simple predictors, each on a few events that can be counted by hand."""

from evaluation.baselines import CoOccurrence, Popularity, SessionPopularity
from evaluation.visit import LAST, Predictor, Visit


def passed(predictor: Predictor, *visits: str) -> Predictor:
    for at, items in enumerate(visits):
        visit = Visit(f"s{at}")
        for item in items:
            predictor.learn(visit, item)
            visit.append(item)
    return predictor


def visited(items: str) -> Visit:
    visit = Visit("now")
    for item in items:
        visit.append(item)
    return visit


def test_popularity_counts_all_views() -> None:
    shop = passed(Popularity(), "abb", "bc", "c")
    assert shop.rank(visited("a"), 20, ()) == ["b", "c", "a"]
    assert shop.rank(visited("a"), 1, {"b"}) == ["c"]


def test_session_popularity_counts_those_of_the_session_first() -> None:
    shop = passed(SessionPopularity(), "zzz", "y")
    assert shop.rank(visited("abbca"), 20, ()) == ["a", "b", "c", "z", "y"]
    assert shop.rank(visited("abz"), 2, {"z", "b"}) == ["a", "y"]


def test_co_occurrence_counts_sessions_with_both() -> None:
    shop = passed(CoOccurrence(), "abab", "ac", "cba", "ad")
    assert shop.rank(visited("xa"), 20, ()) == ["b", "c", "d"]
    assert shop.rank(visited("xa"), 20, {"b"}) == ["c", "d"]
    assert shop.rank(visited("x"), 20, ()) == []


def test_a_visit_keeps_its_last_events_and_all_counts() -> None:
    visit = Visit("s")
    for at in range(LAST + 10):
        visit.append(f"i{at}")
    assert (len(visit.last), visit.last[0]) == (LAST, "i10")
    assert len(visit.times) == LAST + 10
