"""What is judged, by what, and what is unknown."""

from collections.abc import Iterable, Mapping

import pytest

from runtime.guardrail_settings import GuardrailSettings
from senders.guardrails.counts import DAY_MS, Counted, day_of
from senders.guardrails.imported import Imported
from senders.guardrails.judging import Finding, Place, judge, worst
from senders.guardrails.limits import Kind, rules_of
from tests.senders.builders import NOW_MS

TODAY = day_of(NOW_MS)
RULES = rules_of(GuardrailSettings())


def counts(
    accepted: int,
    *,
    provider: str = "yahoo",
    message: str = "welcome",
    day: int = TODAY,
    **others: int,
) -> list[Counted]:
    whats = {"accepted": accepted, **others}
    return [Counted("marketing", message, provider, w, {day: n}) for w, n in whats.items() if n]


def find(
    counted: Iterable[Counted],
    kind: Kind,
    place: Place | None = None,
    imported: Iterable[Imported] = (),
    since: Mapping[str, int] | None = None,
) -> Finding:
    found = judge(counted, since or {}, imported, RULES, NOW_MS)
    place = place or Place("marketing")
    return next(each for each in found if each.place == place and each.kind == kind)


@pytest.mark.parametrize(
    ("kind", "what", "fine", "warned", "stopped"),
    [
        ("complaints", "complaint", 12, 20, 50),
        ("bounces", "hard_bounce", 490, 560, 1_200),
        ("unsubscribes", "unsubscribe", 45, 80, 250),
    ],
)
def test_a_rate_surely_above_a_limit_warns_or_stops(
    kind: Kind, what: str, fine: int, warned: int, stopped: int
) -> None:
    for events, state in ((fine, "ok"), (warned, "warn"), (stopped, "stop")):
        counted = [*counts(10_000), Counted("marketing", "welcome", "yahoo", what, {TODAY: events})]
        assert find(counted, kind).state == state


def test_a_few_complaints_of_few_mails_say_nothing() -> None:
    assert find(counts(199, complaint=20), "complaints").state == "too_few"
    assert find(counts(200, complaint=4), "complaints").state == "ok"
    assert find(counts(200, complaint=5), "complaints").state == "stop"


def test_a_message_bad_at_one_provider_is_not_thinned_out_by_the_others() -> None:
    counted = [
        *counts(400, message="win_back", complaint=12),
        *counts(30_000, message="win_back", provider="microsoft"),
        *counts(30_000, message="welcome"),
    ]
    assert find(counted, "complaints").state == "ok"
    assert find(counted, "complaints", Place("marketing", "win_back")).state == "ok"
    assert find(counted, "complaints", Place("marketing", "", "yahoo")).state == "ok"
    pair = find(counted, "complaints", Place("marketing", "win_back", "yahoo"))
    assert pair.state == "stop"
    assert worst(judge(counted, {}, (), RULES, NOW_MS), "marketing", ("complaints",)) == pair
    assert worst(judge(counted, {}, (), RULES, NOW_MS), "other", ("complaints",)) is None


def test_where_no_complaint_is_ever_reported_the_rate_is_unknown_and_dilutes_nothing() -> None:
    gmail = counts(50_000, provider="gmail", unsubscribe=10)
    found = find(gmail, "complaints", Place("marketing", "", "gmail"))
    assert (found.rate, found.bound, found.state) == (None, None, "unknown")
    assert find(gmail, "complaints").state == "unknown", "all of the stream went there"
    assert find(gmail, "unsubscribes").of == 50_000, "unsubscriptions are known everywhere"
    both = find([*gmail, *counts(1_000, complaint=10)], "complaints")
    assert (both.of, both.state) == (1_000, "stop")
    assert both.accepted == 51_000


def test_an_imported_rate_stands_in_where_none_is_known() -> None:
    gmail = counts(5_000, provider="gmail", day=TODAY - 1)
    place = Place("marketing", "", "gmail")
    high = Imported(TODAY - 1, "gmail", 0.006)
    found = find(gmail, "complaints", place, [high])
    assert (found.state, found.events, found.of) == ("stop", 30, 5_000)
    assert found.imported_day == TODAY - 1
    # What is of this stream counts more than what is of all; another stream's doesn't count.
    own = Imported(TODAY - 1, "gmail", 0.0, "marketing")
    assert find(gmail, "complaints", place, [high, own]).state == "ok"
    others = Imported(TODAY - 1, "gmail", 0.006, "other")
    assert find(gmail, "complaints", place, [others]).state == "unknown"
    # Too few mails, or none of ours on that day and no count with it.
    assert find(gmail, "complaints", place, [Imported(TODAY, "gmail", 0.5)]).state == "unknown"
    told = Imported(TODAY, "gmail", 0.006, accepted=100)
    assert find(gmail, "complaints", place, [told]).state == "too_few"
    old = Imported(TODAY - 7, "gmail", 0.5, accepted=9_999)
    assert find(gmail, "complaints", place, [old]).state == "unknown"


def test_a_rate_imported_for_a_message_is_that_messages() -> None:
    gmail = counts(5_000, provider="gmail")
    rate = Imported(TODAY, "gmail", 0.006, message="welcome")
    assert find(gmail, "complaints", Place("marketing", "welcome", "gmail"), [rate]).state == "stop"
    assert find(gmail, "complaints", Place("marketing", "", "gmail"), [rate]).state == "unknown"


def test_an_imported_rate_is_not_used_where_complaints_are_reported() -> None:
    rate = Imported(TODAY, "yahoo", 0.5)
    found = find(counts(5_000), "complaints", Place("marketing", "", "yahoo"), [rate])
    assert (found.state, found.rate) == ("ok", 0)


def test_imported_rates_of_days_before_a_resume_do_not_count() -> None:
    gmail = counts(5_000, provider="gmail", day=TODAY)
    place = Place("marketing", "", "gmail")
    rates = [Imported(TODAY - 1, "gmail", 0.5, accepted=999), Imported(TODAY, "gmail", 0.5)]
    found = find(gmail, "complaints", place, rates, {"marketing": NOW_MS})
    assert found.state == "unknown"
    yesterday = {"marketing": NOW_MS - 2 * DAY_MS}
    assert find(gmail, "complaints", place, rates, yesterday).state == "stop"


def test_more_bounces_than_accepted_mails_are_all_of_them() -> None:
    """A server that refuses a recipient for good has not accepted the mail."""
    found = find(counts(100, hard_bounce=300), "bounces")
    assert (found.rate, found.state) == (1.0, "stop")
