import pytest

from senders.smtp.replies import (
    Reply,
    Stage,
    Verdict,
    judge,
    safe_detail,
)


@pytest.mark.parametrize(
    ("stage", "code", "text", "verdict"),
    [
        (Stage.RCPT, 550, "5.1.1 No such user", Verdict.SUPPRESS),
        (Stage.RCPT, 550, "5.1.10 Null MX", Verdict.SUPPRESS),
        (Stage.RCPT, 550, "#5.1.2 bad destination host", Verdict.SUPPRESS),
        (Stage.RCPT, 550, "5.1.1. no such user", Verdict.SUPPRESS),
        # Postfix, of a mailbox that isn't there: the code counts, not the words.
        (Stage.RCPT, 550, "5.1.1 <a@b>: User unknown in relay recipient table", Verdict.SUPPRESS),
        (Stage.RCPT, 550, "5.1.0 Address rejected", Verdict.SUPPRESS),
        (Stage.RCPT, 550, "Requested action not taken: mailbox unavailable", Verdict.SUPPRESS),
        (Stage.RCPT, 551, "User not local; please try <ann@b.example>", Verdict.SUPPRESS),
        (Stage.RCPT, 553, "no such user here", Verdict.SUPPRESS),
        (Stage.RCPT, 550, "5.2.1 Mailbox disabled", Verdict.REJECT),
        (Stage.RCPT, 552, "5.2.2 Mailbox full", Verdict.REJECT),
        (Stage.RCPT, 550, "5.7.1 Blocked by policy", Verdict.REJECT),
        (Stage.RCPT, 554, "5.4.4 Unroutable", Verdict.REJECT),
        (Stage.RCPT, 550, "5.1.0 Sender rejected", Verdict.REJECT),
        (Stage.RCPT, 550, "5.1.8 Sender address rejected: Domain not found", Verdict.REJECT),
        (Stage.RCPT, 550, "5.7.1 Relaying denied", Verdict.REJECT),
        (Stage.RCPT, 550, "#5.7.1 Your access has been rejected", Verdict.REJECT),
        (Stage.RCPT, 554, "5.7.1 <ann@b.example>: Relay access denied", Verdict.REJECT),
        (Stage.RCPT, 530, "5.7.0 Authentication required", Verdict.REJECT),
        (Stage.RCPT, 550, "4.1.1 of another class", Verdict.REJECT),
        (Stage.RCPT, 550, "relaying denied", Verdict.REJECT),
        (Stage.RCPT, 550, "Relay not permitted", Verdict.REJECT),
        (Stage.RCPT, 550, "rejected by policy", Verdict.REJECT),
        (Stage.RCPT, 550, "Authentication is required", Verdict.REJECT),
        (Stage.RCPT, 550, "looks like SPAM", Verdict.REJECT),
        (Stage.RCPT, 550, "5.1.1.9 is blocked, see rbl.example", Verdict.REJECT),
        (Stage.RCPT, 550, "Sender verify failed", Verdict.REJECT),
        (Stage.RCPT, 553, "sorry, that domain isn't in my list of allowed relays", Verdict.REJECT),
        (Stage.RCPT, 550, "bad HELO", Verdict.REJECT),
        (Stage.RCPT, 530, "Must issue a STARTTLS command first", Verdict.REJECT),
        (Stage.RCPT, 552, "mailbox unavailable", Verdict.REJECT),
        (Stage.RCPT, 554, "no such user", Verdict.REJECT),
        (Stage.RCPT, 503, "bad sequence of commands", Verdict.REJECT),
        (Stage.DATA, 550, "5.1.1 No such user", Verdict.REJECT),
        (Stage.RCPT, 450, "4.2.1 Greylisted", Verdict.RETRY),
        (Stage.RCPT, 421, "4.7.0 Slow down", Verdict.RETRY),
        (Stage.DATA, 554, "5.7.1 Spam", Verdict.REJECT),
        (Stage.DATA, 451, "4.3.0 Later", Verdict.RETRY),
        (Stage.MAIL, 550, "5.7.1 Sender refused", Verdict.RETRY),
        (Stage.MAIL, 530, "5.7.0 Authentication required", Verdict.RETRY),
        (Stage.CONNECT, 554, "5.7.1 Go away", Verdict.RETRY),
    ],
)
def test_what_a_refusal_means(stage: Stage, code: int, text: str, verdict: Verdict) -> None:
    assert judge(stage, Reply(code, text)) is verdict


def test_details_hold_codes_and_never_the_servers_words() -> None:
    reply = Reply(550, "5.1.1 <ann@inbox.example>: no such user")
    assert safe_detail(Stage.RCPT, reply) == "550 5.1.1 to RCPT"
    assert safe_detail(Stage.RCPT, Reply(550, "#5.1.0 rejected")) == "550 5.1.0 to RCPT"
    assert safe_detail(Stage.DATA, Reply(451, "ann@inbox.example later")) == "451 to DATA"
