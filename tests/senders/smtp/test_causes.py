"""Whom temporary refusals of real servers are about, by what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.smtp.replies import Cause, Reply, Stage, Verdict, asked_seconds, cause_of, judge

REPLIES = """
# Gmail: answer 3726730 of its help, and what it says
RATE        DATA    421 4.7.0 Try again later, closing connection. (EHLO) gsmtp
RATE        DATA    421 4.7.28 Gmail has detected an unusual rate of unsolicited mail
RATE        DATA    450 4.7.28 mail flood
RATE        DATA    421 4.7.26 Your email has been rate limited: it is unauthenticated
RATE        DATA    421 4.7.0 This message is suspicious due to the very low reputation
RATE        CONNECT 421 4.7.0 IP not in whitelist for RCPT domain, closing connection.
MAILBOX     RCPT    450 4.2.1 The user you are trying to contact is receiving mail at a
MAILBOX     RCPT    450 4.2.1 The user you are trying to contact is receiving mail too
MAILBOX     RCPT    452 4.2.2 The email account that you tried to reach is over quota.
OTHER       DATA    451 4.3.0 Mail server temporarily rejected message. gsmtp
OTHER       DATA    451 4.4.2 Timeout - closing connection. gsmtp
# Outlook.com and Exchange Online
RATE        CONNECT 421 RP-001 (BAY004-MC1F13) some messages from 192.0.2.1 weren't sent
RATE        RCPT    451 4.7.650 The mail server [192.0.2.1] has been temporarily rate
RATE        MAIL    451 4.7.652 The mail server [192.0.2.1] has exceeded the maximum
RATE        RCPT    451 4.7.500 Server busy. Please try again later from [192.0.2.1].
RATE        RCPT    451 4.7.550 Access denied, please try again later
CONNECTIONS MAIL    421 4.3.2 The maximum number of concurrent server connections has
OTHER       RCPT    451 4.7.0 Temporary server error. Please try again later. PRX4
OTHER       DATA    451 4.7.0 Temporary server error. Please try again later. PRX2
OTHER       RCPT    450 4.1.8 <news@sender.example>: Sender address: Domain not found
MAILBOX     RCPT    450 4.1.1 <ann@b.example>: Recipient address: unverified address
OTHER       RCPT    452 4.3.1 Insufficient system resources
MAILBOX     RCPT    452 4.2.2 Mailbox full
# Yahoo
RATE        CONNECT 421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to
RATE        MAIL    421 4.7.1 [TS03] All messages from 192.0.2.1 will be permanently
RATE        MAIL    451 4.7.0 [TSS09] Message deferred
GREYLIST    DATA    451 4.7.1 [GL01] Message from (192.0.2.1) temporarily deferred
GREYLIST    RCPT    421 4.7.0 [GL01] Message from (192.0.2.1) temporarily deferred
RATE        DATA    451 Message temporarily deferred - [160]
# GMX and WEB.DE
CONNECTIONS CONNECT 421 Requested action aborted. Too many connections from your IP
MAILBOX     RCPT    450 Requested mail action not taken: mailbox unavailable
RATE        RCPT    450 Requested action not taken: exceeded send rate
# Telekom, Orange, Free, Comcast, Apple
RATE        CONNECT 421 4.7.0 The number of mails you can send is limited. Slow down
CONNECTIONS CONNECT 421 opmta1mti Trop de connexions, veuillez verifier. OFR004_104
RATE        CONNECT 421 Too many spams from your IP (192.0.2.1), please visit
RATE        CONNECT 421 imta1.comcast.net comcast Throttled - RL000001
MAILBOX     RCPT    450 4.2.2 ann: user is overquota
RATE        RCPT    452 4.5.3 Too many recipients this hour
# Relays and ESPs
RATE        DATA    454 Throttling failure: Maximum sending rate exceeded.
RATE        DATA    454 Throttling failure: Daily message quota exceeded.
CONNECTIONS CONNECT 421 Too many concurrent SMTP connections
CONNECTIONS MAIL    452 4.3.2 Connection rate limit exceeded
CONNECTIONS CONNECT 421 4.7.0 mail.example Error: too many connections from 192.0.2.1
RATE        RCPT    450 4.7.1 Error: too much mail from 192.0.2.1
RATE        MAIL    421 4.3.2 All servers busy; please slow down
RATE        CONNECT 450 4.7.1 Service refused
# Greylisting
GREYLIST    RCPT    450 4.2.0 <ann@b.example>: Recipient address rejected: Greylisted,
GREYLIST    RCPT    451 4.7.1 Greylisting in action, please come back in 00:05:00
GREYLIST    RCPT    451 Temporary greylisting in effect. Try again in 300 seconds
GREYLIST    RCPT    451 graylisted - please retry
GREYLIST    RCPT    450 4.7.1 <ann@b.example>: Recipient address rejected: Try again later
GREYLIST    DATA    451 4.7.1 Try again later
GREYLIST    RCPT    451 4.7.0 grey-listed, 300 seconds
GREYLIST    MAIL    421 4.7.1 Grey listing
GREYLIST    RCPT    451 Internal resources are temporarily unavailable
# Nothing that slows anybody
OTHER       RCPT    450 4.7.1 Client host rejected: cannot find your reverse hostname
OTHER       RCPT    451 Temporary local problem - please try later
OTHER       RCPT    451 4.3.0 Temporary lookup failure
OTHER       RCPT    450 4.4.3 DNS trouble
OTHER       MAIL    450 4.1.8 Sender domain not found
OTHER       RCPT    451
OTHER       RCPT    550 5.7.1 rate limited
OTHER       RCPT    550 5.2.2 over quota
OTHER       RCPT    -1 what?
# 421 is about us, but where it names a mailbox
RATE        CONNECT 421
RATE        DATA    421 4.4.2 idle too long
MAILBOX     RCPT    421 4.2.1 Mailbox busy
RATE        CONNECT 421 4.2.1 Service not available
"""


@pytest.mark.parametrize("line", [one for one in REPLIES.splitlines() if one[:1] not in ("", "#")])
def test_whom_a_temporary_refusal_is_about(line: str) -> None:
    cause, stage, code, *text = line.split(maxsplit=3)
    reply = Reply(int(code), "".join(text))
    assert cause_of(Stage[stage], reply) is Cause[cause]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Greylisted, try again in 300 seconds", 300),
        ("please come back in 00:05:00", 300),
        ("come back in 01:30:00", 3_600),
        ("retry in 5 minutes", 300),
        ("wait 10 min", 600),
        ("greylisted for 240s", 240),
        ("try again in 2 hours", 3_600),
        ("4.7.1 Try again later", 0),
        ("from [192.0.2.1] 5 servers busy", 0),
        ("", 0),
    ],
)
def test_how_long_a_server_asks_to_wait(text: str, seconds: float) -> None:
    assert asked_seconds(Reply(451, text)) == seconds


@given(code=st.integers(-1, 999), text=st.text(), stage=st.sampled_from(Stage))
def test_whatever_a_server_says_there_is_an_answer(code: int, text: str, stage: Stage) -> None:
    reply = Reply(code, text)
    assert isinstance(cause_of(stage, reply), Cause)
    assert isinstance(judge(stage, reply), Verdict)
    assert asked_seconds(reply) >= 0
