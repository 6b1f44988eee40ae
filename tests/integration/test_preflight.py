"""A production set-up on the wire: DNS, TLS, HTTPS, the web role, and a sender that waits."""

import json
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dkim
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from runtime.settings import as_environment
from senders.links.tokens import Links, Unsubscribe
from senders.links.verp import ReturnPaths
from senders.preflight.finding import Outcome
from senders.preflight.smtp_checks import check_return_path, check_tls
from senders.preflight.web_checks import check_one_click
from senders.signing.generate import generate_ed25519, generate_rsa
from senders.signing.keys import SigningKey
from tests.integration.tls_files import TlsFiles, make_tls_files
from tests.integration.tls_front import TlsFront
from tests.names_server import NamesServer, quoted
from tests.pipeline import wait_until
from tests.senders.preflight.table import Table, target
from tests.senders.signing.keyring import txt
from tests.sending import LINK_SECRET, ROOT, Sending, contact, decision

pytestmark = pytest.mark.integration

NEXTBEST = str(Path(sys.executable).parent / "nextbest")
DOMAIN = "sender.example"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    return make_tls_files(tmp_path_factory.mktemp("tls"))


def server_context(tls: TlsFiles) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.server_cert, tls.server_key)
    return context


@pytest.fixture
def relay(tls: TlsFiles) -> Iterator[SmtpInbox]:
    with SmtpInbox(tls=server_context(tls)) as inbox:
        yield inbox


@pytest.fixture
def keys(tmp_path: Path) -> tuple[dict[str, Any], list[SigningKey]]:
    """Settings of two keys, and the keys."""
    rsa_path, rsa = generate_rsa(tmp_path, "s1")
    ed_path, ed = generate_ed25519(tmp_path, "e1")
    signing = {"rsa_selector": "s1", "rsa_key_file": rsa_path}
    return {**signing, "ed25519_selector": "e1", "ed25519_key_file": ed_path}, [rsa, ed]


@pytest.fixture
def sending(
    kafka: KafkaServer,
    redis_state: RedisServer,
    redis_ledger: RedisServer,
    relay: SmtpInbox,
    keys: tuple[dict[str, Any], list[SigningKey]],
    tls: TlsFiles,
    namespace: str,
    tmp_path: Path,
) -> Iterator[Sending]:
    house = Sending(kafka, redis_state, redis_ledger, relay, namespace, tmp_path)
    house.overrides = {
        "signing": keys[0],
        "sender": {
            "starttls": "required",
            "smtp_cafile": tls.ca,
            "return_path_domain": f"bounce.{DOMAIN}",
            "preflight_overrides": (),
        },
    }
    yield house
    house.stop()


def records(keys: list[SigningKey]) -> dict[tuple[str, str], Sequence[str]]:
    return {
        (DOMAIN, "MX"): [f"10 mx.{DOMAIN}."],
        (f"bounce.{DOMAIN}", "MX"): ["10 localhost."],
        (f"bounce.{DOMAIN}", "TXT"): [quoted("v=spf1 ip4:127.0.0.1 -all")],
        (f"_dmarc.{DOMAIN}", "TXT"): [quoted("v=DMARC1; p=reject")],
        **{(f"{k.selector}._domainkey.{DOMAIN}", "TXT"): [quoted(k.record)] for k in keys},
    }


def preflight(
    sending: Sending, names: NamesServer, tls: TlsFiles, *more: str
) -> tuple[int, dict[str, Any]]:
    """Run the command; its status and what it printed."""
    done = subprocess.run(
        [
            *(NEXTBEST, "preflight", "--json", "--cafile", str(tls.ca)),
            *("--nameserver", f"127.0.0.1:{names.port}", *more),
        ],
        env={**os.environ, **as_environment(sending.plain_settings())},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    return done.returncode, {one["check"]: one["outcome"] for one in found["findings"]} | found


def set_sender(sending: Sending, **changes: Any) -> None:
    sending.overrides = {
        **sending.overrides,
        "sender": {**sending.overrides["sender"], **changes},
    }


def test_a_sender_waits_for_a_preflight_and_then_signs(
    sending: Sending, keys: tuple[dict[str, Any], list[SigningKey]], tls: TlsFiles
) -> None:
    role = sending.start_command([NEXTBEST, "web"])
    wait_until(lambda: '"serving"' in role.output(), "web serves")
    found = re.search(r'"port": (\d+)', role.output())
    assert found is not None
    with TlsFront(server_context(tls), int(found[1])) as front, NamesServer() as names:
        set_sender(sending, public_url=f"https://127.0.0.1:{front.port}")
        sending.contact(contact("ann", "ann@inbox.example"))
        made = sending.decide(decision("ann"))

        names.records = records(keys[1])
        names.records[f"e1._domainkey.{DOMAIN}", "TXT"] = [quoted("v=DKIM1; k=ed25519; p=AAAA")]
        status, seen = preflight(sending, names, tls)
        assert (status, seen["passed"]) == (1, False)
        assert [name for name, ended in seen.items() if ended == "fail"] == ["dkim"]
        early = sending.start_command([NEXTBEST, "sender"])
        wait_until(lambda: not early.alive, "the sender has ended")
        assert early.process.returncode == 2
        assert f"dkim: e1._domainkey.{DOMAIN}: another key" in early.output()

        names.records = records(keys[1])
        status, seen = preflight(sending, names, tls)
        assert (status, seen["passed"]) == (0, True), seen
        # 25 is no port for tests, so the return path is only seen to have an MX.
        assert seen["return_path"] == "warn"
        assert {seen[name] for name in ("spf", "dkim", "dmarc", "tls", "one_click")} == {"pass"}
        keys_left = sending.ledger.keys(f"{sending.namespace}suppressed:*")
        assert keys_left == [], "the probe leaves nothing"

        sending.start()
        sending.wait_for(made["decision_id"], "accepted")
    [mail] = sending.smtp.mailbox.all()
    path = ReturnPaths(f"bounce.{DOMAIN}", [LINK_SECRET])
    assert path.open(mail.mail_from) == made["decision_id"]
    assert mail.header("Feedback-ID").startswith("cart_reminder:marketing:marketing-mail:")
    published = txt({f"{k.selector}._domainkey.{DOMAIN}": k.record for k in keys[1]})
    for number in range(2):
        assert dkim.DKIM(mail.content).verify(number, dnsfunc=published)


def test_other_settings_need_another_one_and_names_let_go(
    sending: Sending, keys: tuple[dict[str, Any], list[SigningKey]], tls: TlsFiles
) -> None:
    with NamesServer(records(keys[1])) as names:
        set_sender(sending, public_url="http://127.0.0.1:9")
        status, seen = preflight(sending, names, tls)
        assert (status, seen["one_click"]) == (1, "fail")
        status, seen = preflight(sending, names, tls, "--override", "one_click")
        assert (status, seen["passed"], seen["one_click"]) == (0, True, "fail")
    sender = sending.start()
    wait_until(lambda: '"sending"' in sender.output(), "the sender is ready")
    assert sender.stop() == 0
    set_sender(sending, return_path_domain="")
    refused = sending.start_command([NEXTBEST, "sender"])
    wait_until(lambda: not refused.alive, "the sender has ended")
    assert "about other domains, keys, relay or URL" in refused.output()


async def test_tls_that_is_not_there_or_does_not_verify(
    tls: TlsFiles, relay: SmtpInbox, smtp_server: SmtpInbox
) -> None:
    trusted = ssl.create_default_context(cafile=str(tls.ca))
    fine = await check_tls(target(relay=relay.address), trusted)
    assert fine.outcome is Outcome.PASS
    lax = await check_tls(target(relay=relay.address, relay_tls="opportunistic"), trusted)
    assert lax.outcome is Outcome.WARN
    unknown = await check_tls(target(relay=relay.address), ssl.create_default_context())
    assert unknown.outcome is Outcome.FAIL
    assert "CERTIFICATE_VERIFY_FAILED" in unknown.found
    plain = await check_tls(target(relay=smtp_server.address), trusted)
    assert "no STARTTLS" in plain.found
    away = await check_tls(target(relay="127.0.0.1:1"), trusted)
    assert away.outcome is Outcome.FAIL


async def test_return_paths_that_are_taken_and_refused(smtp_server: SmtpInbox) -> None:
    paths = ReturnPaths("bounce.shop.example", [LINK_SECRET])
    names = Table({("bounce.shop.example", "mx"): ["127.0.0.1"]})
    taken = await check_return_path(target(), names, paths, smtp_server.port)
    assert taken.outcome is Outcome.PASS
    smtp_server.script.refuse(paths.address("nextbest-preflight"))
    refused = await check_return_path(target(), names, paths, smtp_server.port)
    assert refused.outcome is Outcome.FAIL
    assert (await check_return_path(target(), Table({}), paths)).outcome is Outcome.FAIL
    assert (await check_return_path(target(), Table({}), None)).outcome is Outcome.WARN


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("", ""),
        ("get withdraws", "HEAD or GET withdrew"),
        ("post redirects", "POST was answered 303"),
        ("post sets a cookie", "cookie"),
        ("post does nothing", "not on record"),
        ("get is forbidden", "GET was answered 403"),
        ("get shows nothing", "no page with a button"),
    ],
)
async def test_one_click(tls: TlsFiles, broken: str, said: str) -> None:
    done: set[str] = set()

    async def get(request: web.Request) -> web.Response:
        if broken == "get withdraws":
            done.add("withdrawn")
        page = "" if broken == "get shows nothing" else "<form method=post>"
        return web.Response(text=page, status=403 if broken == "get is forbidden" else 200)

    async def head(request: web.Request) -> web.Response:
        return web.Response()

    async def post(request: web.Request) -> web.Response:
        assert (await request.post())["List-Unsubscribe"] == "One-Click"
        if broken != "post does nothing":
            done.add("withdrawn")
        answer = web.Response(status=303 if broken == "post redirects" else 200)
        if broken == "post sets a cookie":
            answer.set_cookie("a", "b")
        return answer

    async def withdrawn() -> bool:
        return bool(done)

    app = web.Application()
    app.add_routes([web.get("/u/{t}", get, allow_head=False), web.head("/u/{t}", head)])
    app.add_routes([web.post("/u/{t}", post)])
    server = TestServer(app, scheme="https", host="127.0.0.1")
    await server.start_server(ssl=server_context(tls))
    try:
        url = f"https://127.0.0.1:{server.port}"
        finding = await check_one_click(
            target(public_url=url),
            Links(url, [LINK_SECRET]),
            Unsubscribe("nobody", "d", "hash"),
            withdrawn,
            ssl.create_default_context(cafile=str(tls.ca)),
        )
    finally:
        await server.close()
    assert (finding.outcome is Outcome.FAIL) == bool(broken)
    assert said in finding.found


@pytest.fixture(autouse=True)
def no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NEXTBEST_")]:
        monkeypatch.delenv(name)
