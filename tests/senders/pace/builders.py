"""Providers to test with."""

from typing import Any

from senders.pace.provider import DEFAULT, Match, Provider, Providers


def provider(name: str, **changes: Any) -> Provider:
    """A provider, its patterns as lists."""
    match = Match(**changes.pop("match", {}))
    return Provider(name=name, match=match, **changes)


def providers(*others: Provider, **default: Any) -> Providers:
    """Providers, with a `default` among them."""
    made = {one.name: one for one in others}
    return Providers({DEFAULT: provider(DEFAULT, **default), **made})


BIG = provider(
    "big", match={"domains": ("big.example",), "mx": ("*.big.example", "mx.odd.example")}
)
PART = provider("part", match={"domains": ("*.big.example",), "mx": ("*.eu.big.example",)})
