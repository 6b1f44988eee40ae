"""Whom an event of ours is about."""

from schemas.keys import ANONYMOUS_PREFIX


def person_fields(subscriber: str) -> dict[str, str | None]:
    """`subscriber_id` and `anonymous_id` of an event about a subscriber key."""
    if subscriber.startswith(ANONYMOUS_PREFIX):
        return {"subscriber_id": None, "anonymous_id": subscriber.removeprefix(ANONYMOUS_PREFIX)}
    return {"subscriber_id": subscriber, "anonymous_id": None}
