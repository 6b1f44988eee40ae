"""What a server's refusal means: try again, give up, or never write to this address again."""

import re
from dataclasses import dataclass
from enum import Enum

_ENHANCED = re.compile(r"^\s*([245])\.(\d{1,3})\.(\d{1,3})\b")


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

    Only a 5xx to RCPT speaks of the recipient, and only where its enhanced status code (RFC 3463)
    is not about the message, the network or policy (X.3 to X.7) or a full mailbox (X.2.2); without
    one a 5xx there suppresses. A 5xx to DATA is about this message. Refused connections and senders
    are our set-up's fault: those decisions wait, since every other would be lost with them.
    """
    if reply.code // 100 != 5 or stage in {Stage.CONNECT, Stage.MAIL}:
        return Verdict.RETRY
    if stage is Stage.DATA:
        return Verdict.REJECT
    found = _ENHANCED.match(reply.text)
    if found is None:
        return Verdict.SUPPRESS
    subject, detail = int(found[2]), int(found[3])
    about_recipient = subject == 1 or (subject == 2 and detail != 2)
    return Verdict.SUPPRESS if about_recipient else Verdict.REJECT


def safe_detail(stage: Stage, reply: Reply) -> str:
    """The reply for logs and records: its codes only, since its text may quote the address."""
    found = _ENHANCED.match(reply.text)
    enhanced = f" {found[0].strip()}" if found else ""
    return f"{reply.code}{enhanced} to {stage.value.upper()}"
