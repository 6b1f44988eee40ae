"""The inbox misbehaves on demand as real mail servers do, and speaks TLS and AUTH."""

import smtplib
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.servers.packages import require
from deploy.servers.smtp_inbox import SmtpInbox
from deploy.servers.smtp_script import Stage

pytestmark = pytest.mark.integration

ANN, BOB, SHOP = "ann@people.test", "bob@people.test", "shop@shop.test"
CONTENT = b"Subject: hello\r\n\r\ntext\r\n"


@contextmanager
def client(inbox: SmtpInbox) -> Iterator[smtplib.SMTP]:
    """Connect; tests may leave the connection in any state."""
    connection = smtplib.SMTP(inbox.host, inbox.port, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def test_a_deferred_recipient_is_accepted_the_next_time(smtp_server: SmtpInbox) -> None:
    smtp_server.script.defer(Stage.RCPT, address=ANN, times=2)
    with client(smtp_server) as smtp:
        for _ in range(2):
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                smtp.sendmail(SHOP, [ANN], CONTENT)
            assert refused.value.recipients[ANN][0] == 451
        smtp.sendmail(SHOP, [ANN], CONTENT)
        smtp.sendmail(SHOP, [BOB], CONTENT)
    assert [mail.recipients for mail in smtp_server.mailbox.all()] == [[ANN], [BOB]]


def test_a_refused_address_stays_refused_in_any_case(smtp_server: SmtpInbox) -> None:
    smtp_server.script.refuse(ANN)
    with client(smtp_server) as smtp:
        for address in (ANN, ANN.upper()):
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                smtp.sendmail(SHOP, [address], CONTENT)
            assert refused.value.recipients[address][0] == 550
    assert smtp_server.mailbox.all() == []


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.DATA, Stage.MESSAGE])
def test_every_stage_can_refuse_for_now(smtp_server: SmtpInbox, stage: Stage) -> None:
    smtp_server.script.defer(stage)
    with client(smtp_server) as smtp:
        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused)) as refused:
            smtp.sendmail(SHOP, [ANN], CONTENT)
        assert refused.value.smtp_code == 451
        assert smtp_server.mailbox.all() == []
        smtp.rset()  # a refused DATA leaves the transaction open, here as in Postfix
        smtp.sendmail(SHOP, [ANN], CONTENT)
    assert len(smtp_server.mailbox.to(ANN)) == 1


@pytest.mark.parametrize("accepted", [True, False])
def test_an_answer_can_get_lost(smtp_server: SmtpInbox, *, accepted: bool) -> None:
    smtp_server.script.lose_answer(accepted=accepted)
    with client(smtp_server) as smtp, pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.sendmail(SHOP, [ANN], CONTENT)
    assert len(smtp_server.mailbox.all()) == (1 if accepted else 0)


def test_a_stalled_dialogue_goes_on_when_released(smtp_server: SmtpInbox) -> None:
    smtp_server.script.stall(Stage.MESSAGE)

    def send() -> None:
        with client(smtp_server) as smtp:
            smtp.sendmail(SHOP, [ANN], CONTENT)

    sending = threading.Thread(target=send)
    sending.start()
    assert smtp_server.script.stalled.wait(10)
    assert smtp_server.mailbox.all() == []
    smtp_server.script.release()
    assert len(smtp_server.mailbox.wait_for_count(1)) == 1
    sending.join()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a PEM file with a key and a certificate for 127.0.0.1 that signs itself."""
    both, key = tmp_path / "inbox.pem", tmp_path / "inbox.key"
    subprocess.run(
        [
            *[
                require("openssl", "openssl"),
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
            ],
            *[
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=inbox",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
            ],
            *["-keyout", str(key), "-out", str(both)],
        ],
        check=True,
        capture_output=True,
    )
    both.write_bytes(both.read_bytes() + key.read_bytes())
    return both


def test_tls_and_auth_are_required_when_configured(certificate: Path) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with SmtpInbox(tls=server_side, credentials=("shop", "secret")) as inbox:
        with client(inbox) as plain, pytest.raises(smtplib.SMTPSenderRefused) as refused:
            plain.sendmail(SHOP, [ANN], CONTENT)
        assert refused.value.smtp_code == 530
        with client(inbox) as smtp:
            smtp.starttls(context=trusting)
            with pytest.raises(smtplib.SMTPAuthenticationError):
                smtp.login("shop", "wrong")
            smtp.login("shop", "secret")
            smtp.sendmail(SHOP, [ANN], CONTENT)
        assert len(inbox.mailbox.to(ANN)) == 1
