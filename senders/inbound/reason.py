"""From what a server said, by codes and words, to a reason."""

import re
from dataclasses import dataclass
from typing import Final

from senders.inbound.patterns import sign
from senders.inbound.wording import reason_in
from senders.returns.reasons import HARD

_BY_STATUS: Final = {
    "1.0": "userunknown",
    "1.1": "userunknown",
    "1.2": "hostunknown",
    "1.3": "userunknown",
    "1.4": "filtered",
    "1.6": "hasmoved",
    "1.7": "rejected",
    "1.8": "rejected",
    "1.9": "systemerror",
    "1.10": "notaccept",
    "2.0": "filtered",
    "2.1": "suspend",
    "2.2": "mailboxfull",
    "2.3": "emailtoolarge",
    "2.4": "filtered",
    "3.0": "systemerror",
    "3.1": "systemfull",
    "3.2": "notaccept",
    "3.3": "systemerror",
    "3.4": "emailtoolarge",
    "3.5": "systemerror",
    "4.1": "expired",
    "4.2": "networkerror",
    "4.3": "systemerror",
    "4.4": "hostunknown",
    "4.5": "systemfull",
    "4.6": "networkerror",
    "4.7": "expired",
    "5.2": "syntaxerror",
    "5.3": "ratelimited",
    "5.4": "systemerror",
    "5.5": "systemerror",
    "7.13": "suspend",
    "7.17": "hasmoved",
    "7.18": "hasmoved",
    "7.20": "authfailure",
    "7.21": "authfailure",
    "7.22": "authfailure",
    "7.23": "authfailure",
    "7.24": "authfailure",
    "7.25": "requireptr",
    "7.26": "authfailure",
    "7.27": "notaccept",
    "7.28": "spamdetected",
    "7.29": "authfailure",
}
"""Subject and detail of an enhanced status code (RFC 3463; 5321, 7372, 7505 and the registry) to
the reason it tells by itself."""
_BY_SUBJECT: Final = {"6": "contenterror", "7": "securityerror"}
_SOFT_STATUS: Final = {
    "1.2": "networkerror",
    "4.4": "networkerror",
    "7.1": "blocked",
    "7.0": "blocked",
    "3.2": "systemerror",
}
"""What the same means with a 4 before it, where that is another thing."""
_WEAK: Final = frozenset(
    {
        "",
        "systemerror",
        "securityerror",
        "contenterror",
        "networkerror",
        "expired",
        "mailererror",
        "syntaxerror",
    }
)
"""Reasons whose words stand beside others as well: what else is told comes before them."""
_CERTAIN: Final = re.compile(
    r"does ?n.?t have an? \S{1,80} account|destinataire invalide|resolver\.adr\.", re.IGNORECASE
)
"""Words of servers that look only after DATA whether there is such a recipient."""
_TITLED: Final = re.compile(r"[45]\.\d\.\d{1,3} - [^'\n]{1,80}error \d{3}-'")
_AFTER_DATA: Final = {"DATA", "EOM"}
_ABOUT_SENDER: Final = {"MAIL": "rejected", "EHLO": "blocked", "CONN": "blocked"}
"""Commands that a server answers before it knows the recipient."""
_REPLY = re.compile(r"(?<![\d.])([245]\d\d)(?=[ \-\t:.]|$)", re.MULTILINE)
_COMMANDS: Final = ("EOM", "DATA", "RCPT", "MAIL", "EHLO", "CONN")
_SAYS_COMMAND: Final = {name: sign(f"command_{name.lower()}") for name in _COMMANDS}


@dataclass(frozen=True, slots=True)
class Said:
    """What a server said.

    Attributes:
        status: Enhanced status code, or empty.
        diagnostic: The reply, or what else stands for it, without the recipient's own name.
        words: The whole notice, for want of better.
        action: Of the DSN, or empty.
        unix: Whether the diagnostic is a program's (`x-unix`).
    """

    status: str
    diagnostic: str
    words: str
    action: str = ""
    unix: bool = False


def command_of(text: str) -> str:
    """The SMTP command a refusal answered: EOM, DATA, RCPT, MAIL, EHLO, CONN; empty if untold."""
    return next((name for name in _COMMANDS if _SAYS_COMMAND[name].search(text)), "")


def reply_code(text: str) -> str:
    """The first SMTP reply code of a failure in a text, or empty."""
    for found in _REPLY.finditer(text):
        if found[1][0] in "45":
            return found[1]
    return ""


def quoted(diagnostic: str) -> str:
    """The server's own words where the reporter put a title of its own before them."""
    found = _TITLED.match(diagnostic)
    return diagnostic[found.end() :] if found else diagnostic


def reason_of(said: Said) -> str:
    """The reason a mail came back."""
    command = command_of(said.diagnostic) or command_of(said.words)
    by_status = reason_by_status(said.status)
    reason = _settled(reason_in(said.diagnostic), said, command)
    if said.unix and reason == "mailererror":
        return reason
    if not reason and by_status == "expired":
        return by_status
    if reason in _WEAK and by_status not in _WEAK and reason != "networkerror":
        reason = by_status
    if reason in _WEAK:
        more = _settled(reason_in(said.words), said, command)
        reason = reason if more in _WEAK and reason else more
    return reason or by_status or _by_circumstances(said, command)


def reason_by_status(status: str) -> str:
    """The reason an enhanced status code tells by itself, or empty."""
    klass, _dot, rest = status.partition(".")
    if klass == "4" and rest in _SOFT_STATUS:
        return _SOFT_STATUS[rest]
    return _BY_STATUS.get(rest, _BY_SUBJECT.get(rest.partition(".")[0], ""))


def _settled(reason: str, said: Said, command: str) -> str:
    """What words mean where codes and the command tell more."""
    if said.unix and reason == "userunknown" and "command output" in said.words.lower():
        return "mailererror"
    if reason in HARD and command in _ABOUT_SENDER:
        return _ABOUT_SENDER[command]
    if reason == "hostunknown" and said.status.startswith("4"):
        return "networkerror"  # a name server's trouble: it didn't say that there is no such domain
    if reason == "userunknown" and _is_filter(said, command):
        return "filtered"
    return reason


def _is_filter(said: Said, command: str) -> bool:
    """Whether "unknown" is said by who looks at more than the address.

    After DATA a recipient that doesn't exist had been refused already: what is left is a filter. So
    it is where the code speaks of the mailbox, the system or a policy, and not of the address.
    """
    subject = said.status.partition(".")[2]
    if subject.startswith("1.") or command == "RCPT" or _CERTAIN.search(said.diagnostic):
        return False
    return command in _AFTER_DATA or subject.startswith(("2.", "3.", "7."))


def _by_circumstances(said: Said, command: str) -> str:
    """A reason where nobody told any."""
    if said.unix:
        return "mailererror"
    if said.action == "delayed":
        return "expired"
    if command == "EHLO":
        return "blocked"
    if reply_code(said.diagnostic).startswith("50"):
        return "syntaxerror"
    return "onhold" if said.diagnostic.strip() else "undefined"
