"""A mail's picture was loaded: on record in the journal, and no more.

Mailbox providers' proxies load pictures as a mail arrives, read or not (Apple's for most of its
users), and readers who see no pictures load none. Whoever learned from that would learn who uses
which program, so no count, time or interest of a profile follows it (docs/decisions/0517).
"""

from models.person.profile import Profile
from models.step import Record, Step
from models.world import World
from streams.registry import on_event


@on_event("open", name="open")
def opened(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Change nothing, whatever it says."""
    del event, profile, step, world
