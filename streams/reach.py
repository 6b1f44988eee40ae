"""Whose turn it is in a campaign: everybody who can be mailed, a page at a time.

How far each campaign has come is kept with the partition's state, and moves in the write that holds
the page: a crash begins no page anew.
"""

from dataclasses import dataclass

from models.campaigns.campaign import Campaign
from models.waiting.wait import REACHABLE, SEPARATOR
from models.world import World
from streams.state import PartitionState

DONE = "done"
"""In place of the last one who had their turn, once everybody had."""
_FIRST = f"[{REACHABLE}{SEPARATOR}"
_LAST = f"({REACHABLE}{chr(ord(SEPARATOR) + 1)}"


@dataclass(slots=True)
class Reach:
    """How far the campaigns of a partition have come.

    Attributes:
        state: The partition's fenced state, with the list of who can be mailed.
        cursors: Campaign to the last member who had their turn, or `DONE`.
    """

    state: PartitionState
    cursors: dict[str, str]

    def turn(self, world: World, now_ms: int) -> Campaign | None:
        """The campaign that goes on now: the one that started first of those that are open."""
        there = world.programme.campaigns.values()
        waiting = [c for c in there if c.is_open(now_ms) and self.cursors.get(c.name) != DONE]
        return min(waiting, key=lambda c: (c.starts_ms, c.name), default=None)

    async def page(self, campaign: Campaign, most: int) -> list[str]:
        """The next members who have their turn, at most `most`; moves the cursor behind them."""
        after = self.cursors.get(campaign.name)
        members = await self.state.waiting(f"({after}" if after else _FIRST, _LAST, most)
        self.cursors[campaign.name] = DONE if len(members) < most else members[-1]
        return members
