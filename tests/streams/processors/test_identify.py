from models.person import encoding
from tests.models.life import NOON_MS, Life, event


def test_the_merge_carries_the_profile_under_an_id_of_its_own() -> None:
    life = Life(subscriber="anon:cookie-1")
    life.happens("browse", NOON_MS, product_id="tent-1")
    record = event("identify", NOON_MS + 1, "identify-1", anonymous_id="cookie-1")
    life.apply("identify", record, NOON_MS + 1)
    ((name, merge),) = life.emitted
    assert name == "merge"
    assert merge["subscriber_id"] == "sub-1"
    assert merge["anonymous_id"] == "cookie-1"
    assert merge["event_id"] not in ("", "identify-1")
    assert encoding.decode(merge["profile"]).browses == 1
