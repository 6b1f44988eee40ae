"""Which provider a domain is at, by pattern or mail exchangers, and by which hosts mail goes."""

from random import Random

import pytest

from senders.pace.destination import NO_DOMAIN, NULL_MX, Destinations, place
from senders.pace.dns import FAILURE, Answer, Status
from senders.pace.dns_cache import DnsCache
from senders.smtp.replies import Stage, Verdict, judge
from tests.senders.pace.builders import BIG, PART, provider, providers

ALL = providers(BIG, PART)


def found(*records: tuple[int, str]) -> Answer:
    return Answer(Status.FOUND, tuple(sorted(records)), 300.0)


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("big.example", "big"),
        ("shop.big.example", "part"),
        ("deep.shop.big.example", "part"),
        ("notbig.example", None),
        ("example", None),
    ],
)
def test_domain_patterns_need_no_dns(domain: str, expected: str | None) -> None:
    known = ALL.by_domain(domain)
    assert (known and known.provider.name) == expected


@pytest.mark.parametrize(
    ("answer", "expected", "why"),
    [
        (found((10, "mx1.big.example")), "big", "MX mx1.big.example by pattern *.big.example"),
        # The longest pattern wins, whichever file comes first.
        (found((10, "a.eu.big.example")), "part", "*.eu.big.example"),
        (found((10, "mx.odd.example")), "big", "pattern mx.odd.example"),
        # A pattern below a name isn't the name.
        (found((10, "big.example")), "default", "no pattern stands for its MX big.example"),
        # Only the preferred ones count: a big one as a backup runs nothing.
        (found((10, "own.example"), (20, "mx1.big.example")), "default", "own.example"),
        (found((20, "own.example"), (10, "mx1.big.example")), "big", "mx1.big.example"),
        (found((10, "own.example"), (10, "mx1.big.example")), "big", "mx1.big.example"),
        (found((0, "")), "default", "null MX"),
        (Answer(Status.NOTHING), "default", "no MX"),
        (Answer(Status.NO_DOMAIN), "default", "no such domain"),
        (FAILURE, "default", "did not answer"),
    ],
)
def test_mail_exchangers_tell_the_provider(answer: Answer, expected: str, why: str) -> None:
    there = place(ALL, "shop.example", ALL.by_domain("shop.example"), answer)
    assert there.provider.name == there.key == expected
    assert why in there.why
    # By relay, the relay settles what there is to settle.
    assert (there.site, there.refusal, there.unknown) == ((), None, False)


DIRECT = providers(
    provider("big", route="direct", match={"mx": ("*.big.example",)}), route="direct"
)


def test_on_the_direct_route_a_null_mx_is_permanent_and_about_the_address() -> None:
    there = place(DIRECT, "shop.example", None, found((0, "")))
    assert there.refusal is NULL_MX
    assert judge(Stage.RCPT, NULL_MX) is Verdict.SUPPRESS
    # A "." among others is a mistake of theirs, not a null MX.
    odd = place(DIRECT, "shop.example", None, found((0, ""), (10, "mx.shop.example")))
    assert (odd.refusal, odd.site) == (None, ("mx.shop.example",))


def test_a_domain_that_is_not_there_ends_the_mail_and_spares_the_address() -> None:
    there = place(DIRECT, "shop.example", None, Answer(Status.NO_DOMAIN))
    assert there.refusal is NO_DOMAIN
    assert judge(Stage.RCPT, NO_DOMAIN) is Verdict.REJECT


def test_without_mx_the_domain_takes_its_own_mail_and_a_failure_settles_nothing() -> None:
    assert place(DIRECT, "shop.example", None, Answer(Status.NOTHING)).site == ("shop.example",)
    away = place(DIRECT, "shop.example", None, FAILURE)
    assert away.unknown
    assert away.refusal is None


def test_named_providers_share_one_key_and_the_others_one_for_each_site() -> None:
    one = place(DIRECT, "a.example", None, found((10, "mx1.big.example")))
    two = place(DIRECT, "b.example", None, found((10, "mx2.big.example")))
    assert one.key == two.key == "big"
    small = place(DIRECT, "a.example", None, found((10, "mx.a.example")))
    other = place(DIRECT, "b.example", None, found((10, "mx.b.example")))
    same = place(DIRECT, "c.example", None, found((20, "mx.a.example")))
    assert small.key != other.key
    assert small.key == same.key
    assert small.key.startswith("default/")


def test_hosts_go_by_preference_and_are_mixed_among_equals() -> None:
    answer = found((10, "b"), (10, "a"), (10, "c"), (5, "first"), (20, "last"))
    there = place(DIRECT, "shop.example", None, answer)
    orders = {tuple(there.hosts(Random(seed))) for seed in range(50)}
    assert {order[0] for order in orders} == {"first"}
    assert {order[-1] for order in orders} == {"last"}
    assert {order[1] for order in orders} == {"a", "b", "c"}


async def test_a_pattern_spares_the_question_and_static_asks_none() -> None:
    asked: list[str] = []

    async def ask(domain: str) -> Answer:
        asked.append(domain)
        return found((10, "mx1.big.example"))

    destinations = Destinations(ALL, DnsCache(ask, lambda: 0.0))
    assert (await destinations.of("big.example")).why == "domain pattern big.example"
    assert asked == []
    assert destinations.known("shop.example") is None
    assert (await destinations.of("shop.example")).provider is BIG
    known = destinations.known("shop.example")
    assert known is not None
    assert known.provider is BIG
    assert asked == ["shop.example"]
    static = Destinations(ALL, None)
    assert (await static.of("shop.example")).key == "default"
