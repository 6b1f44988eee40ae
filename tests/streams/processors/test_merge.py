from models.person import encoding
from models.person.profile import new_profile
from tests.models.life import NOON_MS, Life, event


def test_an_empty_profile_adds_nothing() -> None:
    life = Life().reachable()
    before = encoding.decode(encoding.encode(life.profile))
    record = event("merge", NOON_MS, "merge-1", profile=encoding.encode(new_profile()))
    life.apply("merge", record, NOON_MS)
    before.dedupe = life.profile.dedupe
    assert encoding.encode(life.profile) == encoding.encode(before)


def test_the_same_merge_twice_adds_once() -> None:
    life = Life()
    other = Life()
    other.happens("browse", NOON_MS, product_id="tent-1")
    record = event("merge", NOON_MS + 1, "merge-1", profile=encoding.encode(other.profile))
    for _ in range(2):
        life.apply("merge", record, NOON_MS + 1)
    assert life.profile.browses == 1
