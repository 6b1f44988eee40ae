import pytest

from senders.replies import Reply, Stage, Verdict, judge, safe_detail


@pytest.mark.parametrize(
    ("stage", "code", "text", "verdict"),
    [
        (Stage.RCPT, 550, "5.1.1 No such user", Verdict.SUPPRESS),
        (Stage.RCPT, 550, "5.1.10 Null MX", Verdict.SUPPRESS),
        (Stage.RCPT, 550, "5.2.1 Mailbox disabled", Verdict.SUPPRESS),
        (Stage.RCPT, 553, "no such user here", Verdict.SUPPRESS),
        (Stage.RCPT, 552, "5.2.2 Mailbox full", Verdict.REJECT),
        (Stage.RCPT, 550, "5.7.1 Blocked by policy", Verdict.REJECT),
        (Stage.RCPT, 554, "5.4.4 Unroutable", Verdict.REJECT),
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
    assert safe_detail(Stage.DATA, Reply(451, "ann@inbox.example later")) == "451 to DATA"
