"""What a server's refusal means: try again, give up, or never write to this address again."""

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
