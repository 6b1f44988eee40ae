"""What has become of an offer's codes, by reading the state Redis; never writing."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from models.offers import code as codes
from nextbest.connections import open_state
from runtime.settings import Settings
from schemas.keys import codes_key, state_tag

_COLUMN = {
    codes.FREE: "free",
    codes.RESERVED: "reserved",
    codes.GIVEN: "given",
    codes.WITHDRAWN: "withdrawn",
}


@dataclass(slots=True)
class Counts:
    """An offer's codes.

    Attributes:
        free: May be given.
        reserved: Taken by decisions whose mails are under way.
        given: Left with a mail, or may have.
        redeemed: Came back with an order.
        expired: Were free when they expired.
        withdrawn: Are given no more, and nobody has them.
    """

    free: int = 0
    reserved: int = 0
    given: int = 0
    redeemed: int = 0
    expired: int = 0
    withdrawn: int = 0

    def add(self, known: codes.Known, now_ms: int) -> None:
        """Count a code as it is now."""
        column = _COLUMN.get(known.state, "redeemed")
        if column == "free" and known.expires_ms <= now_ms:
            column = "expired"
        setattr(self, column, getattr(self, column) + 1)


async def count_codes(settings: Settings, now_ms: int) -> Mapping[str, Counts]:
    """Count the codes of every offer, by name.

    Args:
        settings: All settings.
        now_ms: The present, epoch milliseconds.

    Raises:
        RedisAwayError: The state doesn't answer.
    """
    found: dict[str, Counts] = {}
    async for _, known in _codes(settings):
        found.setdefault(known.offer, Counts()).add(known, now_ms)
    return dict(sorted(found.items()))


async def unissued_codes(settings: Settings, offer: str) -> Mapping[str, codes.Known]:
    """The codes of an offer that no mail has left with: free ones and reserved ones.

    Args:
        settings: All settings.
        offer: Its name; the programme needn't have it any more.

    Raises:
        RedisAwayError: The state doesn't answer.
    """
    open_ = (codes.FREE, codes.RESERVED)
    return {
        code: known
        async for code, known in _codes(settings)
        if known.offer == offer and known.state in open_ and not known.withdraw
    }


async def _codes(settings: Settings) -> AsyncIterator[tuple[str, codes.Known]]:
    async with open_state(settings) as state:
        for partition in range(settings.kafka.journal_partitions):
            key = codes_key(state_tag(settings.namespace, partition))
            async for code, data in state.hscan_iter(key, count=1_000):
                yield code.decode(), codes.from_bytes(data)
