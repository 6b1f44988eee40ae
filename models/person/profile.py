"""What is kept about one person: bounded, without personal data, explicit about its order.

The fields are stored by position (`models.person.encoding`): append, never insert, remove or
reorder; a change that isn't an append raises `VERSION`. Times are epoch milliseconds, 0 for never.
Names and ids longer than their limit are cut or left out (`models.bounds`), lists keep their
newest. What grows with time ("days since") is computed when deciding and is not here. Address and
names are in the contact record, never here.

Most events only touch what browsing needs. The rest (mails, waiting decisions, orders, consent,
hours of reading, the person's model) is a part of its own, `models.person.past`, kept as bytes and
read when first asked for: a browse neither reads nor writes it.
"""

from typing import Any

import msgspec

from models.audience import recent
from models.decay import EMPTY
from models.person import past
from models.person.memory import Order
from models.person.past import Consent, Followed, Message, Past, Pending
from models.replenishment.repeat import Repeat
from models.waiting.wait import Wait

VERSION = 3
"""Version of the stored form; raised by any change other than an appended field."""


Value = str | float | bool | int | list[str]
"""Of an attribute: text or choice, number, boolean, date in epoch milliseconds, tags."""


class CartItem(msgspec.Struct, array_like=True, gc=False):
    """One product in the open cart."""

    product_id: str
    quantity: int
    price: float
    at_ms: int


class Armed(msgspec.Struct, array_like=True, gc=False):
    """A flow waiting for its moment.

    Attributes:
        due_ms: When its timer falls due; 0 where no timer was set (an anonymous person).
        trigger_ms: Own time of the latest event that triggers the flow.
        episode: The decision that chose to wait; empty where none did yet.
        about: The product or category that the flow is about; empty for none in particular.
    """

    due_ms: int
    trigger_ms: int
    episode: str = ""
    about: str = ""


class Profile(msgspec.Struct, array_like=True, gc=False):
    """Everything known about one person that a decision may use.

    Attributes:
        dedupe: The last 32 event ids, 8 bytes of hash each, oldest first.
        identified_as: For an anonymous profile, who they turned out to be; else empty.
        activity: Decayed count of what the person did, as a level (`models.decay`).
        categories: Affinity by category, as levels.
        viewed: Products looked at last, and when.
        price_mean: Exponentially weighted mean of prices looked at; `price_spread` the mean
            absolute distance from it, `price_seen` how many prices were seen (it stops at 1000).
        revenue_level: Decayed revenue, as a level.
        flows: Flow to the trigger time of its last decision.
        accepted: Mails accepted by the recipient's server.
        suppressed: `bounced`, `complained` or `suppressed` where mail must not be sent.
        told_ms: Own time of the newest `profile` event.
        visits: Hours of the day, in UTC, of the last visits, newest last.
        kept_past: `Past`, or its stored form until it is asked for, which is empty for an empty
            one. Read it by the properties.
        recent_browses: When the last few were, as `models.audience.recent` keeps them;
            `recent_carts`, `recent_clicks` and `recent_searches` likewise.
        last_category: The category looked at last.
        attributes: What profile events told and the programme declares, by name, each of its type.
        segments: Segments the person was last found in, and since when.
        segments_due_ms: When time alone may change that; 0 where no timer was set.
        segments_of: Stands for the definitions they were found by; 0 for none.
        cluster: The cluster the person was last found to behave like; -1 for none.
        visit_ms: When the visit of the last event began; `last_wish_ms` when they last wished.
        withdrawn_ms: The newest withdrawal of consent that stands, for whatever purpose; 0 for
            none, -1 where that wasn't kept yet.
        impersonal: Whether they don't want mails to follow from what they do.
    """

    dedupe: bytes = b""
    identified_as: str = ""
    first_ms: int = 0
    last_ms: int = 0
    last_browse_ms: int = 0
    last_cart_ms: int = 0
    last_click_ms: int = 0
    last_purchase_ms: int = 0
    last_search_ms: int = 0
    browses: int = 0
    carts: int = 0
    clicks: int = 0
    purchases: int = 0
    searches: int = 0
    activity: float = EMPTY
    categories: dict[str, float] = msgspec.field(default_factory=dict)
    price_mean: float = 0.0
    price_spread: float = 0.0
    price_seen: int = 0
    viewed: dict[str, int] = msgspec.field(default_factory=dict)
    cart: list[CartItem] = msgspec.field(default_factory=list)
    cart_opened_ms: int = 0
    cart_updated_ms: int = 0
    checkout_ms: int = 0
    revenue: float = 0.0
    revenue_level: float = EMPTY
    accepted: int = 0
    has_address: bool = False
    suppressed: str = ""
    suppressed_ms: int = 0
    time_zone: str = ""
    locale: str = ""
    told_ms: int = 0
    armed: dict[str, Armed] = msgspec.field(default_factory=dict)
    flows: dict[str, int] = msgspec.field(default_factory=dict)
    kept_past: bytes | Past = b""
    visits: bytes = b""
    recent_browses: list[int] = msgspec.field(default_factory=list)
    recent_carts: list[int] = msgspec.field(default_factory=list)
    recent_clicks: list[int] = msgspec.field(default_factory=list)
    recent_searches: list[int] = msgspec.field(default_factory=list)
    last_category: str = ""
    attributes: dict[str, Value] = msgspec.field(default_factory=dict)
    segments: dict[str, int] = msgspec.field(default_factory=dict)
    segments_due_ms: int = 0
    segments_of: int = 0
    cluster: int = -1
    visit_ms: int = 0
    last_wish_ms: int = 0
    withdrawn_ms: int = -1
    impersonal: bool = False

    def past(self) -> Past:
        """The part kept apart, read from its bytes when first asked for.

        Raises:
            ProfileBytesError: The bytes are damaged.
        """
        kept = self.kept_past
        if isinstance(kept, bytes):
            kept = self.kept_past = past.from_bytes(kept)
        return kept

    def close_past(self) -> None:
        """Write the part kept apart back to its bytes, if it was opened; ends its references."""
        kept = self.kept_past
        if not isinstance(kept, bytes):
            self.kept_past = past.to_bytes(kept)

    def consent_for(self, purpose: str) -> Consent | None:
        """Consent for a purpose, or None; the hot path's way, which opens no empty past."""
        if not self.kept_past:
            return None
        return self.past().consent.get(purpose)

    @property
    def messages(self) -> list[Message]:
        """The last mails, oldest first."""
        return self.past().messages

    @property
    def pending(self) -> list[Pending]:
        """Decisions whose outcome is not known yet."""
        return self.past().pending

    @property
    def bought(self) -> dict[str, int]:
        """Products bought last, and when."""
        return self.past().bought

    @property
    def milestones(self) -> dict[str, int]:
        """Milestones reached last, and when."""
        return self.past().milestones

    @property
    def waits(self) -> list[Wait]:
        """What the person waits for, longest first."""
        return self.past().waits

    @property
    def repeats(self) -> list[Repeat]:
        """Products that the person buys again and again."""
        return self.past().repeats

    @property
    def flow_mails(self) -> dict[str, list[int]]:
        """When the last mails of each flow that has a cap of its own were decided."""
        return self.past().flow_mails

    @property
    def reads(self) -> bytes:
        """Hours of the last clicks in mails."""
        return self.past().reads

    @reads.setter
    def reads(self, hours: bytes) -> None:
        self.past().reads = hours

    @property
    def consent(self) -> dict[str, Consent]:
        """Consent by purpose."""
        return self.past().consent

    @property
    def weights(self) -> dict[str, float]:
        """The person's own model by feature name; empty for a newcomer."""
        return self.past().weights

    @weights.setter
    def weights(self, weights: dict[str, float]) -> None:
        self.past().weights = weights

    @property
    def machine_clicks(self) -> int:
        """Clicks that were a machine's."""
        return self.past().machine_clicks

    @machine_clicks.setter
    def machine_clicks(self, count: int) -> None:
        self.past().machine_clicks = count

    @property
    def scanned_ms(self) -> int:
        """When a machine last clicked in this mailbox; 0 for never."""
        return self.past().scanned_ms

    @scanned_ms.setter
    def scanned_ms(self, at_ms: int) -> None:
        self.past().scanned_ms = at_ms

    @property
    def followed(self) -> Followed | None:
        """The last click on a kept mail."""
        return self.past().followed

    @followed.setter
    def followed(self, followed: Followed | None) -> None:
        self.past().followed = followed

    def become(self, other: "Profile") -> None:
        """Take over everything from another profile, which is not to be used any more."""
        other.close_past()
        for name in self.__struct_fields__:
            setattr(self, name, getattr(other, name))


def new_profile() -> Profile:
    """The profile of someone of whom nothing is known."""
    return Profile(withdrawn_ms=0)


def readable(profile: Profile) -> dict[str, Any]:
    """Everything in a profile by name, for people to look at; hashes left out."""
    past: dict[str, Any] = msgspec.structs.asdict(profile.past())
    known: dict[str, Any] = msgspec.structs.asdict(profile)
    plain: dict[str, Any] = {}
    for name, field in {**known, **past}.items():
        if name.startswith("recent_"):
            plain[name] = recent.instants(field)
        elif name not in ("dedupe", "kept_past"):
            plain[name] = _plain(field)
    return plain


def _plain(field: Any) -> Any:
    if isinstance(field, Order | Wait):
        return field.readable()
    if isinstance(field, msgspec.Struct):
        return {name: _plain(part) for name, part in msgspec.structs.asdict(field).items()}
    if isinstance(field, dict):
        return {name: _plain(part) for name, part in field.items()}
    if isinstance(field, list):
        return [_plain(part) for part in field]
    if isinstance(field, bytes):
        return list(field)
    return field
