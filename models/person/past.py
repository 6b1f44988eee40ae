"""The part of a profile that only decisions, mails and orders need: mails, orders, consent, model.

Stored by position, like all of a profile: append only (`models.person.profile`); then packed, which
what was stored before that was not (`models.person.packing`).
"""

import msgspec

from models.errors import ProfileBytesError
from models.intent.kept import Kept
from models.person.memory import Lesson, Order, Worded
from models.person.packing import packed, unpacked
from models.replenishment.repeat import Repeat
from models.waiting.wait import Wait


class Message(msgspec.Struct, array_like=True, gc=False):
    """A decided mail and what became of it.

    Attributes:
        decision: First 16 characters of the decision's id.
        status: Empty while under way, else the last status of a `delivery` event.
        sent_ms: When it was decided; once accepted, when it was accepted.
        expires_ms: From when it won't be sent any more; 0 once it is known what became of it.
        clicked_ms: The last click.
        about: The product it was about, where it was about one that had been waited for.
        article: The article it shows, or empty.
        owed: Whether it is transactional: no cap counts it, and its clicks say nothing of taste.
    """

    decision: str
    arm: str
    flow: str
    sent_ms: int
    expires_ms: int
    status: str = ""
    clicks: int = 0
    clicked_ms: int = 0
    about: str = ""
    article: str = ""
    owed: bool = False

    @property
    def carries_offer(self) -> bool:
        """Whether it had an offer in it."""
        return not self.arm.endswith("/none")


class Consent(msgspec.Struct, array_like=True, gc=False):
    """Whether consent for a purpose stands, and since when."""

    granted: bool
    at_ms: int


class Pending(msgspec.Struct, array_like=True, gc=False):
    """A decision whose outcome is not known yet; amounts of 0 take a byte where 0.0 takes nine.

    Attributes:
        features: The features seen, in thousandths, in the order of
            `models.decision.features.NAMES`.
        about_arm: In thousandths, in the order of `models.decision.features.ARM`.
        choices: How many arms were allowed; 1 means that there was no choice.
        due_ms: When its window closes.
        episode: The first decision of its episode; empty where it is the first itself.
        milestone: The milestone that its goal is; empty where that is orders.
        milestones: How many were reached in the window; `milestone_value` what they are worth, net.
        reached: Whether its own was among them.
        slots: What its mail is worded with.
        segments: Those the person was in.
        cluster: The cluster they behaved like; -1 where none were known.
        untaught: Whether nothing may be learned of it, whatever becomes of it.
    """

    decision_id: str
    arm: str
    flow: str
    goal: str
    decided_ms: int
    due_ms: int
    features: list[int]
    about_arm: list[int]
    propensity: float
    choices: int
    population: str
    programme: str
    accepted: bool = False
    clicks: int = 0
    purchases: int = 0
    revenue: int | float = 0
    discount: int | float = 0
    unsubscribed: bool = False
    complained: bool = False
    attributed_purchases: int = 0
    attributed_revenue: int | float = 0
    machine_clicks: int = 0
    episode: str = ""
    milestone: str = ""
    milestones: int = 0
    milestone_value: int | float = 0
    reached: bool = False
    slots: list[Worded] = []  # a new one each, as msgspec has it
    segments: list[str] = []
    cluster: int = -1
    untaught: bool = False


class Followed(msgspec.Struct, array_like=True, gc=False):
    """The last click on a kept mail, and what it takes to take it back.

    Attributes:
        decision: First 16 characters of the mail's decision id.
        link: Stands for the link followed; 0 where it isn't known.
        times: Clicks counted as a person's, one but for double clicks; 0 for a machine's.
        before_ms: The last click before it.
        category: What was liked by it; `before_category` by the click before, where that is known.
        counted: How many of the clicks counted for the mail's outcome.
        reading: How many were on something to read.
    """

    decision: str
    link: int
    at_ms: int
    times: int = 0
    before_ms: int = 0
    category: str = ""
    counted: int = 0
    reading: int = 0
    before_category: str = ""


class Mailed(msgspec.Struct, array_like=True, gc=False):
    """What a mail showed.

    Attributes:
        decision: First 16 characters of the mail's decision id.
    """

    decision: str
    at_ms: int
    products: list[str]


class Choice(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a person chose in the preference centre, as text, and when."""

    value: str
    at_ms: int


class Past(msgspec.Struct, array_like=True, gc=False):
    """The part of a profile that only decisions, mails and orders need.

    Attributes:
        reads: Hours of the day, in UTC, of the last clicks in mails, newest last.
        weights: The person's own model by feature name.
        machine_clicks: Clicks that were a machine's; they count nowhere else.
        scanned_ms: The last of them: since then the mailbox is known to be scanned; 0 for never.
        followed: The last click on a kept mail.
        milestones: Milestones reached last, and when.
        orders: The last orders, and refunds that came before theirs.
        lessons: What the person's model learned last, where it may have to be taken back;
            `weights_before` the model before the first of them.
        intent: What knowing intent takes, None for nothing yet; see `models.intent.person.kept_of`.
        waits: What the person waits for, longest first; see `models.waiting`.
        repeats: Products bought again and again; see `models.replenishment`.
        flow_mails: When the last mails of each flow that has a cap of its own were decided.
        mailed: What the last mails showed.
        has_name: Whether their first name is known; it is in the contact record.
        choices: What they chose in the preference centre; see `models.person.choices`.
        unanswered: Marketing mails accepted since they last did anything, as of `unanswered_ms`,
            when the last of them was.
        bounced_ms: When their address was found dead (a hard bounce); 0 for never.
        moved_ms: When they got the address they have; 0 for their first.
    """

    messages: list[Message] = msgspec.field(default_factory=list)
    pending: list[Pending] = msgspec.field(default_factory=list)
    bought: dict[str, int] = msgspec.field(default_factory=dict)
    reads: bytes = b""
    consent: dict[str, Consent] = msgspec.field(default_factory=dict)
    weights: dict[str, float] = msgspec.field(default_factory=dict)
    machine_clicks: int = 0
    scanned_ms: int = 0
    followed: Followed | None = None
    milestones: dict[str, int] = msgspec.field(default_factory=dict)
    orders: list[Order] = msgspec.field(default_factory=list)
    lessons: list[Lesson] = msgspec.field(default_factory=list)
    weights_before: dict[str, float] = msgspec.field(default_factory=dict)
    intent: Kept | None = None
    waits: list[Wait] = msgspec.field(default_factory=list)
    repeats: list[Repeat] = msgspec.field(default_factory=list)
    flow_mails: dict[str, list[int]] = msgspec.field(default_factory=dict)
    mailed: list[Mailed] = msgspec.field(default_factory=list)
    has_name: bool = False
    choices: dict[str, Choice] = msgspec.field(default_factory=dict)
    unanswered: int = 0
    unanswered_ms: int = 0
    bounced_ms: int = 0
    moved_ms: int = 0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Past)


def to_bytes(past: Past) -> bytes:
    """Its stored form; empty for an empty one, opened or not: the same gives the same bytes."""
    data = _encoder.encode(past)
    return b"" if data == _EMPTY else packed(data)


def from_bytes(data: bytes) -> Past:
    """What `to_bytes` wrote.

    Raises:
        ProfileBytesError: The bytes are damaged.
    """
    if not data:
        return Past()
    try:
        return _decoder.decode(unpacked(data))
    except ValueError as error:  # MsgspecError is one
        raise ProfileBytesError(
            f"the past in a stored profile ({len(data)} bytes) is damaged: {error}. "
            "Restore the state store, or rebuild it by replaying the journal."
        ) from error


_EMPTY = _encoder.encode(Past())
