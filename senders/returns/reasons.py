"""Why a mail came back, in a fixed vocabulary, and whether its address is dead then.

The names are sisimai's (https://libsisimai.org/en/reason/), so that whoever knows its reports can
read ours.
"""

from typing import Final

HARD: Final = frozenset({"userunknown", "hostunknown", "hasmoved", "notaccept"})
"""The address can never be written to: no such mailbox, no such domain, moved, null MX."""

ABOUT_THE_MAILBOX: Final = frozenset({"mailboxfull", "suspend", "expired", "filtered"})
"""It may pass; an address that goes on so is dead. Others are about us, the mail or the network."""

REASONS: Final = (
    HARD
    | ABOUT_THE_MAILBOX
    | {
        "authfailure",
        "badreputation",
        "blocked",
        "contenterror",
        "delivered",
        "emailtoolarge",
        "failedstarttls",
        "feedback",
        "mailererror",
        "networkerror",
        "norelaying",
        "notcompliantrfc",
        "onhold",
        "policyviolation",
        "ratelimited",
        "rejected",
        "requireptr",
        "securityerror",
        "spamdetected",
        "suppressed",
        "syntaxerror",
        "systemerror",
        "systemfull",
        "undefined",
        "virusdetected",
    }
)
"""Every reason there is."""


def is_hard(reason: str) -> bool:
    """Whether a reason means that the address is dead."""
    return reason in HARD
