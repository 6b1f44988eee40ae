"""DNS as a table, for tests of what is made of its answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from senders.preflight.names import NamesAwayError
from senders.preflight.target import Target

Records = Mapping[tuple[str, str], Sequence[str]]
AWAY = ["away"]
"""Instead of records: nobody answers."""


class Table:
    """`Names` from a table by name and kind: `txt`, `mx`, `addresses`, `ptr`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def _get(self, name: str, kind: str) -> list[str]:
        found = list(self._records.get((name, kind), ()))
        if found == AWAY:
            raise NamesAwayError(f"{kind} of {name}")
        return found

    async def txt(self, name: str) -> list[str]:
        return self._get(name, "txt")

    async def mx(self, name: str) -> list[str]:
        return self._get(name, "mx")

    async def addresses(self, name: str) -> list[str]:
        return self._get(name, "addresses")

    async def ptr(self, address: str) -> list[str]:
        return self._get(address, "ptr")


def target(**changes: Any) -> Target:
    """A shop that sends by a relay."""
    return Target(
        **{
            "from_domain": "shop.example",
            "signing_domain": "shop.example",
            "keys": (),
            "return_path_domain": "bounce.shop.example",
            "relay": "relay.example:587",
            "relay_tls": "required",
            "public_url": "https://mail.shop.example",
            **changes,
        }
    )
