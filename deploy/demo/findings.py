"""Reading back the final state: every stored profile and contact, from the state Redis."""

from collections.abc import Sequence

import redis

from deploy.demo.account import Found, FoundPerson
from deploy.demo.observer import Observer
from models.person import encoding
from schemas.codec import Codec
from schemas.keys import contact_key, profile_key, state_tag
from schemas.topics import Topology

_PAGE = 1_000
PURPOSE = "marketing"


def read_back(state: redis.Redis, topology: Topology, codec: Codec, observer: Observer) -> Found:
    """Gather what is found at the end.

    Raises:
        StopError: A stored profile can't be read.
    """
    found = Found(journaled=observer.journaled, dead=dict(observer.dead))
    for partition in range(topology.journal_partitions):
        tag = state_tag(topology.namespace, partition)
        prefix = profile_key(tag, "")
        pattern = prefix.replace("[", "\\[").replace("{", "\\{") + "*"
        keys = list(state.scan_iter(match=pattern, count=_PAGE))
        for start in range(0, len(keys), _PAGE):
            page = [key.decode().removeprefix(prefix) for key in keys[start : start + _PAGE]]
            profiles = _bytes(state.mget([profile_key(tag, key) for key in page]))
            contacts = _bytes(state.mget([contact_key(tag, key) for key in page]))
            for key, profile, contact in zip(page, profiles, contacts, strict=True):
                if profile is not None:
                    found.people[key] = _person(profile, contact, codec)
    return found


def _bytes(answers: Sequence[bytes | str | None]) -> list[bytes | None]:
    """Narrow what the client's types leave open: this one decodes nothing."""
    return [answer if isinstance(answer, bytes) else None for answer in answers]


def _person(stored: bytes, contact: bytes | None, codec: Codec) -> FoundPerson:
    profile = encoding.decode(stored)
    person = FoundPerson(identified_as=profile.identified_as, told_ms=profile.told_ms)
    person.wished_ms = profile.last_wish_ms
    person.counts.update(
        browse=profile.browses,
        cart=profile.carts,
        click=profile.clicks + profile.machine_clicks,
        purchase=profile.purchases,
        search=profile.searches,
    )
    if (consent := profile.consent.get(PURPOSE)) is not None:
        person.consent = (consent.granted, consent.at_ms)
    if contact is not None:
        _, record = codec.decode(contact)
        person.address = record["address"] or ""
    return person
