"""Mails of a day's volume counted for one process ahead of their leaving, where there is plenty."""

import time
from dataclasses import dataclass
from typing import Final

from redis.exceptions import RedisError

from runtime.logging import get_logger
from senders.volume.store import VolumeStore

PLENTY_SECONDS: Final = 5.0
"""So long after there was plenty nobody need ask whether there would be room."""
log = get_logger(__name__)


@dataclass(slots=True)
class Parcel:
    """Mails counted for this process and not yet used.

    Attributes:
        day: Of which day, counted from 1970.
        counters: What they are counted in.
        mails: How many are left.
    """

    day: int
    counters: tuple[str, ...]
    mails: int


class Parcels:
    """What this process has, by kind of mail: all of one kind need room in the same budgets.

    Args:
        store: The domain's volume.
    """

    def __init__(self, store: VolumeStore) -> None:
        self._store = store
        self._held: dict[str, Parcel] = {}
        self._plenty_at: dict[str, float] = {}

    def likely(self, kind: str, day: int, counters: tuple[str, ...]) -> bool:
        """Whether room is to be expected, as far as is known without asking."""
        parcel = self._held.get(kind)
        if parcel is not None and parcel.mails and (parcel.day, parcel.counters) == (day, counters):
            return True
        told_at = self._plenty_at.get(kind)
        return told_at is not None and time.monotonic() - told_at < PLENTY_SECONDS

    def told(self, kind: str, *, plenty: bool) -> None:
        """Note whether there is plenty."""
        if plenty:
            self._plenty_at[kind] = time.monotonic()
        else:
            self._plenty_at.pop(kind, None)

    async def take(self, kind: str, day: int, counters: tuple[str, ...]) -> Parcel | None:
        """Take a mail of the last parcel, where one is left that counts in the same."""
        parcel = self._held.get(kind)
        if parcel is None or not parcel.mails:
            return None
        if (parcel.day, parcel.counters) == (day, counters):
            parcel.mails -= 1
            return parcel
        del self._held[kind]
        await self.give_back(parcel, parcel.mails)
        return None

    async def add(self, kind: str, new: Parcel) -> Parcel:
        """Keep a new parcel, with what is left of another that was asked for at the same time.

        What is left of one that counts elsewhere, as at midnight, is given back.
        """
        held = self._held.get(kind)
        if held is not None and (held.day, held.counters) == (new.day, new.counters):
            held.mails += new.mails
            return held
        self._held[kind] = new
        if held is not None:
            await self.give_back(held, held.mails)
        return new

    async def give_back(self, parcel: Parcel, mails: int = 1) -> None:
        """Uncount mails that didn't leave; where the ledger doesn't answer they stay counted."""
        try:
            if mails:
                await self._store.give_back(parcel.day, parcel.counters, mails)
        except RedisError as error:
            log.warning("volume_not_given_back", mails=mails, problem=str(error))

    async def close(self) -> None:
        """Give back all that wasn't used."""
        for parcel in list(self._held.values()):
            await self.give_back(parcel, parcel.mails)
        self._held.clear()
