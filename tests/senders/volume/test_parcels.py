from typing import Any, cast

from senders.volume.parcels import Parcel, Parcels


class Counted:
    """A ledger that takes mails back."""

    def __init__(self) -> None:
        self.back: list[tuple[int, int]] = []

    async def give_back(self, day: int, _counters: tuple[str, ...], mails: int) -> None:
        self.back.append((day, mails))


async def test_what_is_left_of_one_that_counts_elsewhere_is_given_back() -> None:
    store = Counted()
    parcels = Parcels(cast(Any, store))
    await parcels.add("news", Parcel(1, ("news",), 19))
    await parcels.add("news", Parcel(1, ("news",), 19))
    await parcels.add("news", Parcel(2, ("news",), 5))
    assert store.back == [(1, 38)]
    taken = await parcels.take("news", 2, ("news",))
    assert taken is not None
    assert taken.mails == 4
    await parcels.close()
    assert store.back == [(1, 38), (2, 4)]
