"""What a server's refusal means: try again, give up, or never write to this address again.

And of what may be tried again: whom it is about, the recipient or everybody at the provider.
"""

import re
from dataclasses import dataclass
from enum import Enum

_ENHANCED = re.compile(r"^\s*#?([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
"""An enhanced status code (RFC 2034) at the start; some relays put a # before it. What goes on with
a fourth number is an address of the network."""
_BAD_MAILBOX = frozenset({1, 2, 3, 6, 10})
"""X.1.n of RFC 3463 and RFC 7505 by which an address can't be written to: no such mailbox, no such
system, bad syntax, moved, null MX. The others are about the sender (7, 8) or say too little."""
_PLAIN = frozenset({550, 551, 553})
"""The codes of RFC 5321 that, with no enhanced code, may speak of the mailbox (section 4.2.2)."""
_NOT_THE_MAILBOX = re.compile(
    r"relay|polic|auth|log ?in|spam|junk|block|black|deny|denied|banned|reputation|sender|helo|ehlo"
    r"|reverse|too many|\b(spf|dkim|dmarc|rbl|dnsbl|ptr|rdns|ip|tls|rate|quota|full)\b",
    re.IGNORECASE,
)
"""Words by which such a reply speaks of our relay, its rules or us; far too many on purpose."""

_GREYLIST = re.compile(
    r"gr[ae]y[- ]?list|postgrey|\[GL\d+\]|internal resources? (is |are )?temporarily unavailable",
    re.IGNORECASE,
)
"""Greylisting by its name; GL01 is Yahoo's, the last Mimecast's."""
_LATER = re.compile(r"try again|later|come back|defer|retry", re.IGNORECASE)
_CONNECTIONS = re.compile(
    r"(too many|maximum|max|concurrent|simultaneous|limit\w* (of|on)).{0,40}(connection|session)"
    r"|(connection|session)s?.{0,20}(limit|exceeded)|trop de connexions",
    re.IGNORECASE,
)
_RATE = re.compile(
    r"\brate\b|rate-?limit|throttl|slow(er|ly| down)|too (many|much|fast|quick|frequent)|flood"
    r"|unusual|unexpected volume|user complaints|suspicious|reputation|exceed"
    r"|temporarily (deferred|blocked|suspended)|(server|system|service) (is )?(too )?busy"
    r"|\b(daily|hourly)\b.{0,30}(limit|quota)|\bTSS?\d\d\b|\bRL0\d+",
    re.IGNORECASE,
)
"""Words by which a server asks everybody to send less; TSS04 is Yahoo's, RL000001 Comcast's."""
_MAILBOX = re.compile(
    r"(mail ?box|user|account|recipient|inbox).{0,60}(full|quota|storage|busy|locked|unavailable"
    r"|receiving mail (at a rate|too quickly))|over ?quota",
    re.IGNORECASE,
)
_FLOOD = 28
"""X.7.28, "mail flood detected" (IANA, SMTP enhanced status codes); Gmail's."""
_MICROSOFT = 500
"""4.7.500 and above are Exchange Online's, all about who sends."""
_ASKED = re.compile(
    r"(\d{1,5}) ?(s|sec|second|m|min|minute|h|hour)s?\b|(\d\d):(\d\d):(\d\d)", re.IGNORECASE
)
MOST_ASKED_SECONDS = 3_600.0


class Stage(Enum):
    """The command that was answered (RFC 5321, section 3.3)."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"


class Verdict(Enum):
    """What to do about a refusal."""

    RETRY = "retry"
    REJECT = "reject"
    SUPPRESS = "suppress"


class Cause(Enum):
    """Whom a temporary refusal is about.

    RATE: everybody at the provider; it asks for less. CONNECTIONS: the same, of connections.
    GREYLIST: this recipient and us, who don't know each other yet. MAILBOX: this recipient.
    OTHER: the server's own trouble, or it doesn't say.
    """

    RATE = "rate"
    CONNECTIONS = "connections"
    GREYLIST = "greylist"
    MAILBOX = "mailbox"
    OTHER = "other"

    @property
    def slows(self) -> bool:
        """Whether the provider as a whole is to be sent less."""
        return self in (Cause.RATE, Cause.CONNECTIONS)


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply.

    Attributes:
        code: Its three digits; -1 where it was not a reply at all.
        text: The rest, as sent; may hold an address, so it goes nowhere but through `safe_detail`.
    """

    code: int
    text: str


def judge(stage: Stage, reply: Reply) -> Verdict:
    """What a refusal at a stage means.

    Only a 5xx to RCPT can speak of the recipient, and only where it says so is the address
    suppressed: nobody lifts that again, and a relay that refuses us refuses everybody. A 5xx to
    DATA is about this message. Refused connections and senders are our set-up's fault: those
    decisions wait, since every other would be lost with them.
    """
    if reply.code // 100 != 5 or stage in {Stage.CONNECT, Stage.MAIL}:
        return Verdict.RETRY
    if stage is Stage.RCPT and _mailbox_is_bad(reply):
        return Verdict.SUPPRESS
    return Verdict.REJECT


def cause_of(stage: Stage, reply: Reply) -> Cause:
    """Whom a refusal that may be tried again is about; OTHER for one that may not.

    Words of greylisting come before codes, since servers greylist under 4.2.0 and 4.7.1 alike.
    421 closes the channel (RFC 5321, section 3.8) and is about us, but where it names a mailbox.
    """
    if reply.code // 100 != 4:
        return Cause.OTHER
    if _GREYLIST.search(reply.text):
        return Cause.GREYLIST
    if _is_about_mailbox(stage, reply):
        return Cause.MAILBOX
    if _CONNECTIONS.search(reply.text):
        return Cause.CONNECTIONS
    if reply.code == 421 or _RATE.search(reply.text):
        return Cause.RATE
    return _by_policy(stage, reply)


def _is_about_mailbox(stage: Stage, reply: Reply) -> bool:
    if stage not in {Stage.RCPT, Stage.DATA}:
        return False
    found = _ENHANCED.match(reply.text)
    if found is None or found[1] != "4":
        return _MAILBOX.search(reply.text) is not None
    # 4.1.7 and 4.1.8 are about the sender's address.
    return found[2] == "2" or (found[2] == "1" and found[3] not in {"7", "8"})


def _by_policy(stage: Stage, reply: Reply) -> Cause:
    """What 4.7.x means where it speaks of no rate; OTHER for all other codes."""
    found = _ENHANCED.match(reply.text)
    if found is None or (found[1], found[2]) != ("4", "7"):
        return Cause.OTHER
    detail = int(found[3])
    if detail == _FLOOD or detail >= _MICROSOFT or stage is Stage.CONNECT:
        return Cause.RATE
    # "450 4.7.1 Try again later" to a recipient is how many greylist without saying so.
    later = detail <= 1 and _LATER.search(reply.text) and "error" not in reply.text.lower()
    return Cause.GREYLIST if later and stage in {Stage.RCPT, Stage.DATA} else Cause.OTHER


def asked_seconds(reply: Reply) -> float:
    """How long the server asks to wait, where it says so ("try again in 300 seconds"); else 0."""
    found = _ASKED.search(reply.text)
    if found is None:
        return 0.0
    if found[3]:
        seconds = int(found[3]) * 3_600 + int(found[4]) * 60 + int(found[5])
    else:
        seconds = int(found[1]) * {"s": 1, "m": 60, "h": 3_600}[found[2][0].lower()]
    return min(float(seconds), MOST_ASKED_SECONDS)


def _mailbox_is_bad(reply: Reply) -> bool:
    """Whether a 5xx to RCPT says that there is no such mailbox, rather than that we may not."""
    found = _ENHANCED.match(reply.text)
    if found is not None and (found[1], found[2]) != ("5", "1"):
        return False
    # 5.1.0 is "other address status": as much as no code, so the words decide.
    if found is not None and found[3] != "0":
        return int(found[3]) in _BAD_MAILBOX
    return reply.code in _PLAIN and not _NOT_THE_MAILBOX.search(reply.text)


def safe_detail(stage: Stage, reply: Reply) -> str:
    """The reply for logs and records: its codes only, since its text may quote the address."""
    enhanced = enhanced_of(reply.text)
    return " ".join(
        [str(reply.code), *([enhanced] if enhanced else []), f"to {stage.value.upper()}"]
    )


def enhanced_of(text: str) -> str:
    """The enhanced status code (RFC 3463) that a reply's text begins with, or empty."""
    found = _ENHANCED.match(text)
    return f"{found[1]}.{found[2]}.{found[3]}" if found else ""
