from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.preflight.spf import evaluate
from tests.senders.preflight.table import Table

DOMAIN = "a.example"


def names(record: str, **more: str) -> Table:
    """Records of `a.example`, and of `x.example` for each `x`."""
    others = {(f"{name}.example", "txt"): [text] for name, text in more.items()}
    return Table(
        {
            (DOMAIN, "txt"): ["other text", record],
            (DOMAIN, "addresses"): ["192.0.2.1", "2001:db8::1"],
            (DOMAIN, "mx"): ["mx.example"],
            ("mx.example", "addresses"): ["192.0.2.25"],
            **others,
        }
    )


@pytest.mark.parametrize(
    ("record", "address", "result"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.9", "pass"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "198.51.100.1", "fail"),
        ("v=spf1 ip6:2001:db8::/32 ~all", "2001:db8::9", "pass"),
        ("v=spf1 ip6:2001:db8::/32 ~all", "192.0.2.1", "softfail"),
        ("v=spf1 a -all", "192.0.2.1", "pass"),
        ("v=spf1 a -all", "2001:db8::1", "pass"),
        ("v=spf1 a/24 -all", "192.0.2.77", "pass"),
        ("v=spf1 a//64 -all", "2001:db8::77", "pass"),
        ("v=spf1 mx -all", "192.0.2.25", "pass"),
        ("v=spf1 mx:a.example -all", "192.0.2.1", "fail"),
        ("v=spf1 -ip4:192.0.2.9 ip4:192.0.2.0/24 -all", "192.0.2.9", "fail"),
        ("v=spf1 ?all", "192.0.2.1", "neutral"),
        ("v=spf1", "192.0.2.1", "neutral"),
        ("v=spf1 include:b.example -all", "198.51.100.1", "pass"),
        ("v=spf1 include:b.example ~all", "198.51.100.2", "softfail"),
        ("v=spf1 redirect=b.example", "198.51.100.1", "pass"),
        ("v=spf1 redirect=b.example", "198.51.100.2", "fail"),
        ("V=SPF1 IP4:192.0.2.1 -ALL", "192.0.2.1", "pass"),
        ("v=spf1 exists:%{i}.x.example exp=why.example -all", "192.0.2.1", "fail"),
    ],
)
async def test_results(record: str, address: str, result: str) -> None:
    found = await evaluate(names(record, b="v=spf1 ip4:198.51.100.1 -all"), DOMAIN, address)
    assert (found.result, found.problem) == (result, "")


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ("v=spf1 " + "a:b.example " * 1 + "a:c.example a:d.example -all", "find nothing"),
        ("v=spf1 include:nobody.example -all", "no SPF record"),
        ("v=spf1 redirect=nobody.example", "no SPF record"),
        ("v=spf1 ip4:999.1.1.1 -all", "no network"),
        ("v=spf1 ipv4:192.0.2.1 -all", "unknown term"),
        ("v=spf1 " + "a " * 11 + "-all", "more than 10 lookups"),
        ("v=spf1 include:loop.example -all", "more than 10 lookups"),
    ],
)
async def test_permanent_errors(record: str, problem: str) -> None:
    table = names(record, loop="v=spf1 include:loop.example -all")
    found = await evaluate(table, DOMAIN, None)
    assert found.result == "permerror"
    assert problem in found.problem


async def test_lookups_are_counted_through_what_is_included() -> None:
    table = names("v=spf1 mx include:b.example a -all", b="v=spf1 a:a.example ip4:192.0.2.1 -all")
    found = await evaluate(table, DOMAIN, None)
    assert found.lookups == 4
    assert found.includes == ["b.example"]


async def test_two_records_are_an_error_and_none_is_none() -> None:
    two = Table({(DOMAIN, "txt"): ["v=spf1 -all", "v=spf1 a -all"]})
    assert "one only" in (await evaluate(two, DOMAIN, None)).problem
    assert (await evaluate(Table({}), DOMAIN, "192.0.2.1")).result == "none"
    near = Table({(DOMAIN, "txt"): ["v=spf10 -all"]})
    assert (await evaluate(near, DOMAIN, "192.0.2.1")).result == "none"


@given(st.text(max_size=60), st.ip_addresses())
async def test_any_record_has_a_result(text: str, address: object) -> None:
    found = await evaluate(names(f"v=spf1 {text}"), DOMAIN, str(ip_address(str(address))))
    assert found.result in {"pass", "fail", "softfail", "neutral", "permerror"}
