"""One shopper: who they are, what is in their cart, and how they say it in events."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from deploy.demo.actions import Emit, Letter, Record
from deploy.demo.habits import Habits, draw_habits

DOMAIN = "shoppers.example"
"""Where all shoppers have their mail; reserved by RFC 2606."""
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
_DEAD: Final = 0.01
_FULL: Final = 0.005
_COMPLAINS: Final = 0.004


class Mailbox(Enum):
    """What becomes of mail to somebody's address."""

    FINE = "fine"
    DEAD = "dead"
    """Taken by the server, and sent back a little later: nobody is there by that name."""
    FULL = "full"
    """Sent back, too, but for the time being."""


@dataclass(slots=True)
class Shopper:
    """One shopper.

    Attributes:
        number: From 0.
        rng: Their own source of chance, so that one shopper's run changes no other's.
        prefix: Begins their event ids.
        known: Whether they have given their name.
        by_mail: Whether their opt-in is confirmed by the link in the mail that asks for it; the
            shop's own form confirms the others'.
        visits: Visits so far.
        cart: Product to units, as it stands.
        wished: Products on the wish list, oldest first.
        consented: Whether they think they get mail.
        read_at_ms: When they read mails, the last ten, for fatigue.
        mailbox: What becomes of mail to them.
        complains: Whether they call a mail spam, some day, rather than unsubscribe.
    """

    number: int
    habits: Habits
    rng: random.Random
    prefix: str
    known: bool
    by_mail: bool = False
    visits: int = 0
    cart: dict[str, int] = field(default_factory=dict)
    wished: list[str] = field(default_factory=list)
    consented: bool = False
    introduced: bool = False
    read_at_ms: list[int] = field(default_factory=list)
    mailbox: Mailbox = Mailbox.FINE
    complains: bool = False
    _events: int = 0

    @property
    def subscriber_id(self) -> str:
        """Their id once known."""
        return f"s{self.number:05d}"

    @property
    def anonymous_id(self) -> str:
        """Their cookie's id before that."""
        return f"a{self.number:05d}"

    @property
    def address(self) -> str:
        """Their e-mail address."""
        return f"{self.subscriber_id}@{DOMAIN}"

    def say(self, name: str, at_ms: int, **fields: object) -> Emit:
        """Put an event of now into words."""
        self._events += 1
        record: Record = {
            "event_id": f"{self.prefix}{self.number:05d}-{self._events:05d}",
            "occurred_at": at_ms,
            "subscriber_id": self.subscriber_id if self.known else None,
            "anonymous_id": None if self.known else self.anonymous_id,
            **fields,
        }
        return Emit(at_ms, self.number, name, record)

    def introduce(self, at_ms: int) -> list[Emit]:
        """Give name, address and, for most, consent; and be recognised if nameless so far."""
        said: list[Emit] = []
        if not self.known:
            self.known = True
            said.append(self.say("identify", at_ms, anonymous_id=self.anonymous_id))
        self.introduced = True
        said.append(
            self.say(
                "profile",
                at_ms + 1_000,
                address=self.address,
                locale=self.habits.locale,
                time_zone=self.habits.time_zone,
                attributes={"first_name": self.habits.first_name},
            )
        )
        if self.habits.consents:
            self.consented = not self.by_mail
            proof = {
                "source": "demo sign-up form",
                "text_version": "2026-01",
                "confirmed_at": None if self.by_mail else at_ms + 2_000,
            }
            said.append(self._consent("opt_in", at_ms + 2_000, proof=proof))
        return said

    def confirmed(self) -> None:
        """Know that their opt-in counts: they followed the link in the mail, and its page told."""
        self.consented = True

    def withdraw(self, at_ms: int) -> Emit:
        """Switch mails off in the shop's preferences."""
        self.consented = False
        return self._consent("opt_out", at_ms, proof=None)

    def _consent(self, action: str, at_ms: int, *, proof: Record | None) -> Emit:
        return self.say(
            "consent",
            at_ms,
            action=action,
            purpose="marketing",
            preferences={},
            proof=proof,
            decision_id=None,
        )

    def next_visit_ms(self, after_ms: int, scale: float) -> int:
        """Draw when the next visit begins, at one of their hours, after `after_ms`."""
        rate_per_day = self.habits.sessions_per_day * scale
        gap_ms = self.rng.expovariate(rate_per_day) * DAY_MS
        drawn = self.at_local_hour(int(after_ms + gap_ms), self.habits.active_hours)
        # Their hour may lie before the drawn moment; never go back.
        return drawn if drawn > after_ms else after_ms + self.rng.randint(20, 180) * 60_000

    def reading_ms(self, letter: Letter) -> int:
        """Draw when a mail is read: at the next of their reading hours."""
        at_ms = self.at_local_hour(letter.accepted_at_ms, self.habits.reading_hours)
        while at_ms <= letter.accepted_at_ms:
            at_ms += DAY_MS
        return at_ms

    def at_local_hour(self, day_ms: int, hours: tuple[int, ...]) -> int:
        """Draw a moment in one of `hours` on the local day of `day_ms`, epoch milliseconds."""
        zone = ZoneInfo(self.habits.time_zone)
        local = datetime.fromtimestamp(day_ms / 1000, UTC).astimezone(zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        moment = midnight + timedelta(hours=self.rng.choice(hours))
        return int(moment.timestamp() * 1000) + self.rng.randrange(HOUR_MS)


def make_shopper(seed: int, number: int, by_mail_share: float = 0.0) -> Shopper:
    """Draw one shopper; the same seed and number give the same one.

    Args:
        seed: Of the whole crowd.
        number: From 0.
        by_mail_share: Share of shoppers who confirm their opt-in by mail, 0 to 1.
    """
    rng = random.Random(f"shopper/{seed}/{number}")
    habits = draw_habits(rng)
    # Drawn apart, so that the rest of a shopper is the same whatever the share.
    by_mail = random.Random(f"by-mail/{seed}/{number}").random() < by_mail_share
    known = habits.starts_anonymous == 0
    shopper = Shopper(number, habits, rng, f"d{seed}-", known=known, by_mail=by_mail)
    luck = random.Random(f"mailbox/{seed}/{number}").random()
    if luck < _DEAD:
        shopper.mailbox = Mailbox.DEAD
    elif luck < _DEAD + _FULL:
        shopper.mailbox = Mailbox.FULL
    shopper.complains = luck > 1.0 - _COMPLAINS
    return shopper
