"""What a request tells of who follows a link."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from senders.web.machines import BURST_MS, LINKS, Bursts, machine_of

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
NOW_MS = 1_700_000_000_000


@pytest.mark.parametrize(
    ("method", "headers", "machine"),
    [
        ("GET", {"User-Agent": BROWSER}, None),
        ("GET", {}, None),
        ("HEAD", {"User-Agent": BROWSER}, "head"),
        ("GET", {"Sec-Purpose": "prefetch"}, "prefetch"),
        ("GET", {"sec-purpose": "prefetch;prerender"}, "prefetch"),
        ("GET", {"Sec-Purpose": "Prefetch;anonymous-client-ip"}, "prefetch"),
        ("GET", {"Purpose": "prefetch"}, "prefetch"),
        ("GET", {"X-Purpose": "preview"}, "prefetch"),
        ("GET", {"X-Moz": "prefetch"}, "prefetch"),
        ("GET", {"Purpose": "navigation"}, None),
        ("GET", {"User-Agent": "Mozilla/5.0 (compatible; Proofpoint URL Defense)"}, "agent"),
        ("GET", {"User-Agent": "Slackbot-LinkExpanding 1.0"}, "agent"),
    ],
)
def test_method_purpose_and_name_tell(
    method: str, headers: dict[str, str], machine: str | None
) -> None:
    assert machine_of(method, CIMultiDict(headers)) == machine


def test_another_link_of_the_mail_at_once_is_a_machines() -> None:
    bursts = Bursts()
    assert not bursts.seen("d1", "a", NOW_MS)
    assert not bursts.seen("d1", "a", NOW_MS + 10), "a double click"
    assert not bursts.seen("d2", "b", NOW_MS + 10), "another mail"
    assert bursts.seen("d1", "b", NOW_MS + 10 + BURST_MS)
    assert bursts.seen("d1", "a", NOW_MS + 20 + BURST_MS)


def test_a_reader_who_follows_one_link_after_the_other_is_none() -> None:
    bursts = Bursts()
    for number in range(30):
        assert not bursts.seen("d1", str(number), NOW_MS + number * (BURST_MS + 1))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 30), st.integers(0, 10_000))))
def test_what_is_remembered_is_bounded(follows: list[tuple[int, int, int]]) -> None:
    bursts = Bursts(mails=10)
    for mail, link, at_ms in follows:
        bursts.seen(str(mail), str(link), NOW_MS + at_ms)
    assert len(bursts._seen) <= 10
    assert all(len(links) <= LINKS for links in bursts._seen.values())
