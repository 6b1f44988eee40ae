"""What a mail that came back says, as far as anybody can tell."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["hard", "soft", "complaint", "none"]

AUTO_REPLY = "auto_reply"
NOT_A_REPORT = "not_a_report"
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Report:
    """One mail, read.

    Everything in it is what a stranger wrote: it proves nothing until `senders.inbound.proof` has
    seen that the mail is about one of ours.

    Attributes:
        kind: `hard`, the address is dead; `soft`, it may pass; `complaint`; `none`, neither: an
            automatic answer, a success, an ordinary mail.
        recipient: The address it is about, lower case; empty where none could be found.
        original_recipient: The address as we wrote it, where the report tells of a forwarding (RFC
            3464, section 2.3.1); empty otherwise.
        status: Enhanced status code (RFC 3463), `X.0.0` by the reply code where none is told; empty
            where `kind` is neither hard nor soft.
        reason: One of `senders.returns.reasons.REASONS`, `auto_reply`, `not_a_report`,
            `unreadable`, or for complaints `feedback`.
        action: `failed`, `delayed`, `delivered`, `relayed` or `expanded` (RFC 3464, section 2.3.3);
            empty where not told.
        source: How it was read: `dsn`, `arf`, `text` (by its words) or empty.
        return_paths: Addresses that may be return paths of ours, of the embedded mail's too.
        links: Links that the embedded mail's `List-Unsubscribe` holds.
        message_id: The embedded mail's Message-ID, or empty.
        reporter: The reporting server, by its own word; empty where not told.
    """

    kind: Kind = "none"
    recipient: str = ""
    original_recipient: str = ""
    status: str = ""
    reason: str = NOT_A_REPORT
    action: str = ""
    source: str = ""
    return_paths: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    message_id: str = ""
    reporter: str = ""
