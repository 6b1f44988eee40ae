from collections.abc import Sequence
from typing import Any

import pytest

from senders.preflight.dns_checks import (
    check_dkim,
    check_dmarc,
    check_from_domain,
    check_ptr,
    check_spf,
)
from senders.preflight.finding import Finding, Outcome
from senders.preflight.target import PublicKey
from tests.senders.preflight.table import Table, target

KEY = PublicKey("s1._domainkey.shop.example", "rsa", "MIIBAAAA")
ED = PublicKey("e1._domainkey.shop.example", "ed25519", "AAAA")
RELAY = ["192.0.2.1"]


def outcome(finding: Finding) -> str:
    assert finding.looked_at
    assert finding.found
    assert bool(finding.do) == (finding.outcome is not Outcome.PASS)
    return finding.outcome.value


@pytest.mark.parametrize(
    ("mx", "addresses", "ended"),
    [
        (["mx.example"], [], "pass"),
        ([], ["192.0.2.1"], "warn"),
        ([], [], "fail"),
        ([""], ["192.0.2.1"], "fail"),
    ],
)
async def test_from_domain(mx: list[str], addresses: list[str], ended: str) -> None:
    table = Table({("shop.example", "mx"): mx, ("shop.example", "addresses"): addresses})
    assert outcome(await check_from_domain(target(), table)) == ended


@pytest.mark.parametrize(
    ("record", "direct", "ended", "said"),
    [
        (None, False, "fail", "no SPF record"),
        ("v=spf1 ip4:192.0.2.1 -all", False, "pass", "may send"),
        ("v=spf1 ip4:192.0.2.1 -all", True, "pass", "may send"),
        ("v=spf1 ip4:192.0.2.2 -all", True, "fail", "192.0.2.1 (fail)"),
        ("v=spf1 ip4:192.0.2.2 -all", False, "fail", "covers no relay"),
        ("v=spf1 include:b.example -all", False, "warn", "includes b.example"),
        ("v=spf1 include:b.example -all", True, "fail", "192.0.2.1 (fail)"),
        ("v=spf1 include:nobody.example -all", False, "fail", "no SPF record"),
        ("v=spf1 +all", False, "fail", "lets everybody send"),
        ("v=spf1 ip4:192.0.2.1 ?all", False, "fail", "lets everybody send"),
    ],
)
async def test_spf(record: str | None, direct: bool, ended: str, said: str) -> None:  # noqa: FBT001
    table = Table(
        {
            ("bounce.shop.example", "txt"): [record] if record else [],
            ("b.example", "txt"): ["v=spf1 ip4:203.0.113.1 -all"],
        }
    )
    finding = await check_spf(target(direct=direct), table, RELAY)
    assert outcome(finding) == ended
    assert said in finding.found


@pytest.mark.parametrize(
    ("records", "ended", "said"),
    [
        (["v=DKIM1; k=rsa; p=MIIBAAAA"], "pass", "our public keys"),
        (["p=MIIB AAAA"], "pass", "our public keys"),
        (["v=DKIM1; h=sha1:sha256; s=email; p=MIIBAAAA"], "pass", ""),
        (["v=DKIM1; t=y:s; p=MIIBAAAA"], "warn", "only tested"),
        ([], "fail", "not published"),
        (["v=DKIM1; p=MIIBBBBB"], "fail", "another key"),
        (["v=DKIM1; p="], "fail", "revoked"),
        (["v=DKIM1; k=ed25519; p=MIIBAAAA"], "fail", "for ed25519, and ours is for rsa"),
        (["v=DKIM1; h=sha1; p=MIIBAAAA"], "fail", "sha256"),
        (["v=DKIM1; s=other; p=MIIBAAAA"], "fail", "email"),
        (["v=DKIM2; p=MIIBAAAA"], "fail", "no DKIM record"),
        (["hello"], "fail", "no DKIM record"),
        (["v=DKIM1; p=MIIBAAAA", "v=DKIM1; p=MIIBBBBB"], "fail", "2 records"),
    ],
)
async def test_dkim(records: Sequence[str], ended: str, said: str) -> None:
    finding = await check_dkim(target(keys=(KEY,)), Table({(KEY.name, "txt"): records}))
    assert outcome(finding) == ended
    assert said in finding.found


async def test_each_key_must_be_published_and_one_must_be_rsa() -> None:
    rsa, ed = ["v=DKIM1; p=MIIBAAAA"], ["v=DKIM1; k=ed25519; p=AAAA"]
    both = Table({(KEY.name, "txt"): rsa, (ED.name, "txt"): ed})
    assert outcome(await check_dkim(target(keys=(KEY, ED)), both)) == "pass"
    one = await check_dkim(target(keys=(KEY, ED)), Table({(KEY.name, "txt"): rsa}))
    assert outcome(one) == "fail"
    assert ED.name in one.found
    assert KEY.name not in one.found
    assert outcome(await check_dkim(target(keys=(ED,)), both)) == "warn"
    assert outcome(await check_dkim(target(), both)) == "fail"


OTHER = {"signing_domain": "esp.example", "return_path_domain": "bounces.esp.example"}


@pytest.mark.parametrize(
    ("record", "changes", "ended", "said"),
    [
        ("v=DMARC1; p=reject", {}, "pass", "p=reject"),
        ("v=DMARC1; p=none", {}, "warn", "p=none"),
        ("v=DMARC1; p=quarantine; adkim=s", {}, "pass", "shop.example is aligned"),
        (None, {}, "fail", "no DMARC record"),
        ("v=DMARC1; p=maybe", {}, "fail", "p=maybe"),
        ("v=DMARC1", {}, "fail", "p=missing"),
        ("p=reject; v=DMARC1", {}, "fail", "no DMARC record"),
        ("v=DMARC1; p=reject", {"signing_domain": "mail.shop.example"}, "pass", "is aligned"),
        (
            "v=DMARC1; p=reject; adkim=s",
            {"signing_domain": "m.shop.example"},
            "warn",
            "not aligned",
        ),
        ("v=DMARC1; p=reject", {"signing_domain": "esp.example"}, "warn", "is not aligned"),
        ("v=DMARC1; p=reject", OTHER, "fail", "SPF's bounces.esp.example is not aligned"),
        (
            "v=DMARC1; p=reject; aspf=s",
            {"signing_domain": "esp.example"},
            "fail",
            "SPF's bounce.shop.example is not aligned",
        ),
        ("v=DMARC1; p=reject", {"from_domain": "news.shop.example"}, "pass", "_dmarc.shop.example"),
    ],
)
async def test_dmarc(record: str | None, changes: dict[str, Any], ended: str, said: str) -> None:
    records = {("_dmarc.esp.example", "txt"): ["v=DMARC1; p=reject"]}
    if record:
        records["_dmarc.shop.example", "txt"] = [record]
    finding = await check_dmarc(target(**changes), Table(records))
    assert outcome(finding) == ended, finding
    assert said in finding.found


async def test_two_policies_are_none() -> None:
    two = ["v=DMARC1; p=reject", "v=DMARC1; p=none"]
    finding = await check_dmarc(target(), Table({("_dmarc.shop.example", "txt"): two}))
    assert outcome(finding) == "fail"


@pytest.mark.parametrize(
    ("ptr", "back", "ended"),
    [
        (["out.shop.example"], ["192.0.2.1"], "pass"),
        (["out.shop.example"], ["192.0.2.2"], "fail"),
        ([], [], "fail"),
    ],
)
async def test_ptr(ptr: list[str], back: list[str], ended: str) -> None:
    table = Table({("192.0.2.1", "ptr"): ptr, ("out.shop.example", "addresses"): back})
    assert outcome(await check_ptr(target(direct=True), table, RELAY)) == ended
    assert outcome(await check_ptr(target(direct=True), table, [])) == "fail"
    assert outcome(await check_ptr(target(), table, [])) == "pass"
