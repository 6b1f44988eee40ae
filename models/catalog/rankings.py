"""The best few of each of many groups, kept in order while their members change.

A ranking is made when first asked for, so that reading a whole catalog orders nothing; afterwards
a change moves one place. More are kept than are shown: only when so many have left that the shown
ones are no longer sure to be the best is a group looked through again.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from heapq import nsmallest

from schemas.catalog_entry import Entry

SHELF = 20
"""How many of a group are ever considered."""
_KEPT = 4 * SHELF
_GROUPS = 20_000
"""Rankings kept; with more, all are forgotten and made again when asked for."""

Rank = tuple[float, float, str]
"""Orders entries, the best first: what counts, what decides among equals, and the id."""
RankOf = Callable[[Entry], Rank | None]
"""An entry's rank; None for one that doesn't belong into the ranking."""


class Ranking:
    """The best of one group: always the very first of its order, or known not to be.

    Args:
        ranks: Those of all members, in any order.
    """

    __slots__ = ("_whole", "ranks")

    def __init__(self, ranks: Iterable[Rank]) -> None:
        self.ranks = nsmallest(_KEPT + 1, ranks)
        self._whole = len(self.ranks) <= _KEPT
        del self.ranks[_KEPT:]

    @property
    def sure(self) -> bool:
        """Whether the first `SHELF` are the best there are."""
        return self._whole or len(self.ranks) >= SHELF

    def drop(self, rank: Rank) -> bool:
        """Take a member out; whether that changed what is kept."""
        place = bisect_left(self.ranks, rank)
        if place == len(self.ranks) or self.ranks[place] != rank:
            return False
        del self.ranks[place]
        return True

    def take(self, rank: Rank) -> bool:
        """Put a new member in; whether that changed what is kept."""
        if not self._whole and not (self.ranks and rank < self.ranks[-1]):
            return False
        insort(self.ranks, rank)
        if len(self.ranks) > _KEPT:
            self._whole = False
            self.ranks.pop()
        return True


class Rankings:
    """A ranking for each group.

    Args:
        rank_of: The order.
        members: All entries of a group; asked when a ranking is made.
    """

    def __init__(self, rank_of: RankOf, members: Callable[[str], Iterable[Entry]]) -> None:
        self._rank_of = rank_of
        self._members = members
        self._made: dict[str, Ranking] = {}

    def changed(self, group: str, before: Entry | None, after: Entry | None) -> bool:
        """Note what became of a member; whether the best of the group may be others now.

        Args:
            group: Its group.
            before: It as it was; None for a new member.
            after: It as it is; None for one that left.
        """
        ranking = self._made.get(group)
        if ranking is None:
            return False
        old = None if before is None else self._rank_of(before)
        new = None if after is None else self._rank_of(after)
        if old == new:
            return False
        left = old is not None and ranking.drop(old)
        came = new is not None and ranking.take(new)
        if not ranking.sure:
            del self._made[group]
        return left or came

    def best(self, group: str) -> list[Rank]:
        """The first `SHELF` of a group's order."""
        ranking = self._made.get(group)
        if ranking is None:
            if len(self._made) >= _GROUPS:
                self._made.clear()
            found = map(self._rank_of, self._members(group))
            ranking = Ranking(rank for rank in found if rank is not None)
            self._made[group] = ranking
        return ranking.ranks[:SHELF]
