"""What the pages of `nextbest web` do, and what nobody can make them do; on real Redis."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from senders.guardrails.counts import DAY_MS, counts_key, day_of
from senders.links.tokens import Click, Confirm, Pixel, Preferences, Unsubscribe
from senders.recipients.choices import UNDER_WAY_MS
from tests.sending import contact
from tests.web_house import ADDRESS, DIGEST, LINKS, NOW_MS, WebHouse

pytestmark = pytest.mark.integration

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
SHOP = "https://shop.example.com/p/lamp?a=1"
BROWSER = {"User-Agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17 Safari/605"}
UNSUBSCRIBE = LINKS.unsubscribe(Unsubscribe("ann", "d1", DIGEST))
CENTRE = LINKS.preferences(Preferences("ann", "d1", DIGEST))
CONFIRM = LINKS.confirm(Confirm("ann", "d1", DIGEST, "marketing", "2026-03"))
PIXEL = LINKS.pixel(Pixel("ann", "d1"))


@pytest.fixture
async def house(
    redis_state: RedisServer, redis_ledger: RedisServer, namespace: str
) -> AsyncIterator[WebHouse]:
    state, ledger = Redis.from_url(redis_state.url), Redis.from_url(redis_ledger.url)
    async with WebHouse(state, ledger, namespace) as made:
        yield made
    await state.aclose()
    await ledger.aclose()


def click(number: int = 0, url: str = SHOP) -> str:
    return LINKS.click(Click("ann", "d1", f"{url}&n={number}", "lamp"))


async def unsubscribes(house: WebHouse, at_ms: int = NOW_MS) -> int:
    call: Any = house.ledger.hgetall(counts_key(house.namespace, "marketing", day_of(at_ms)))
    return int((await call).get(b"cart_reminder|default|unsubscribe", 0))


async def untouched(house: WebHouse) -> bool:
    """Whether nothing at all is written."""
    return not await house.ledger.keys(f"{house.namespace}*") and not house.kafka.events


async def test_clicks_are_redirected_and_flagged(house: WebHouse) -> None:
    asked: list[tuple[str, str, dict[str, str], str | None]] = [
        ("GET", click(1), BROWSER, None),
        ("HEAD", click(1), BROWSER, "head"),
        ("GET", click(1), {**BROWSER, "Sec-Purpose": "prefetch"}, "prefetch"),
        ("GET", click(1), {"User-Agent": "Barracuda Sentinel (EE)"}, "agent"),
        ("GET", click(2), BROWSER, "burst"),
    ]
    for method, path, headers, machine in asked:
        status, _text, told = await house.ask(method, path, headers=headers)
        assert (status, told["Location"].partition("&")[0]) == (302, SHOP)
        assert told["Cache-Control"] == "no-store"
        assert told["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in told
        assert house.kafka.of("click")[-1]["machine"] == machine
    assert len(house.kafka.of("click")) == len(asked)


async def test_who_does_not_want_to_be_tracked_is_not(house: WebHouse) -> None:
    await house.contact(contact("ann", ADDRESS, preferences={"track": "no"}, updated_at=NOW_MS))
    status, _text, told = await house.ask("GET", click(), headers=BROWSER)
    assert (status, told["Location"]) == (302, f"{SHOP}&n=0")
    assert house.kafka.events == []


async def test_without_kafka_readers_still_get_to_the_page(house: WebHouse) -> None:
    house.kafka.away = True
    assert (await house.ask("GET", click(), headers=BROWSER))[0] == 302


async def test_without_the_state_too_and_nothing_is_noted(house: WebHouse) -> None:
    house.state.connection_pool.connection_kwargs["port"] = 1
    assert (await house.ask("GET", click(), headers=BROWSER))[0] == 302
    assert house.kafka.events == [], "whether it may be noted could not be read"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "//evil.example/", "https://a.example:99999999/", "data:text/html,x"],
)
async def test_even_a_signed_link_leads_only_to_the_web(house: WebHouse, url: str) -> None:
    status, _text, told = await house.ask("GET", LINKS.click(Click("ann", "d1", url)))
    assert status == 400
    assert "Location" not in told


async def test_looking_at_links_changes_nothing(house: WebHouse) -> None:
    await house.contact(contact("ann", ADDRESS))
    scanner = {"User-Agent": "Mozilla/5.0 (compatible; Proofpoint URL Defense)"}
    for path in (UNSUBSCRIBE, CENTRE, CONFIRM, PIXEL):
        for headers in (BROWSER, scanner):
            assert (await house.ask("HEAD", path, headers=headers))[0] == 200
            assert (await house.ask("GET", path, headers=headers))[0] == 200
    assert await untouched(house)


async def test_one_click_is_durable_when_answered_and_counted_once(house: WebHouse) -> None:
    await house.sent()
    for number in range(3):
        house.clock.ms = NOW_MS + number * DAY_MS
        status, text, told = await house.ask("POST", UNSUBSCRIBE, data=ONE_CLICK)
        assert (status, told.get("Location"), told.get("Set-Cookie")) == (200, None, None)
        assert "You are unsubscribed." in text
        assert await house.suppressed("person:ann") == {"unsubscribed": str(house.clock.ms)}
        assert await house.suppressed(DIGEST) == {"unsubscribed": str(house.clock.ms)}
    assert await unsubscribes(house) == 1
    assert await unsubscribes(house, NOW_MS + DAY_MS) == 0
    first, *_more = await house.followed("consent")
    assert (first["action"], first["subscriber_id"], first["decision_id"]) == (
        "opt_out",
        "ann",
        "d1",
    )


async def test_both_encodings_of_a_form_and_the_button_unsubscribe(house: WebHouse) -> None:
    for body in (
        {"data": b"List-Unsubscribe=One-Click", "headers": _URLENCODED},
        {"data": _MULTIPART, "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        {"data": {**ONE_CLICK, "by": "button"}},
    ):
        await house.ledger.delete(f"{house.namespace}suppressed:person:ann")
        assert (await house.ask("POST", UNSUBSCRIBE, **body))[0] == 200
        assert "unsubscribed" in await house.suppressed("person:ann")


_URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
_MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
)


@pytest.mark.parametrize(
    "body",
    [
        {"data": {}},
        {"data": {"List-Unsubscribe": "No"}},
        {"data": b"One-Click", "headers": {"Content-Type": "text/plain"}},
        {"data": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        {"data": b"", "headers": {"Content-Type": "multipart/form-data"}},
        {"data": b"a=b", "headers": {"Content-Type": f"{_URLENCODED['Content-Type']}; charset=x"}},
        {"data": b"\xff\xfe=%ff", "headers": _URLENCODED},
        {"json": ONE_CLICK},
    ],
)
async def test_a_post_that_does_not_say_so_withdraws_nothing(
    house: WebHouse, body: dict[str, Any]
) -> None:
    for path in (UNSUBSCRIBE, CENTRE, CONFIRM):
        assert (await house.ask("POST", path, **body))[0] == 400
    assert await untouched(house)


async def test_what_is_too_long_or_asks_otherwise_is_refused(house: WebHouse) -> None:
    long = {**ONE_CLICK, "more": "x" * 20_000}
    for path in (UNSUBSCRIBE, CENTRE, CONFIRM):
        assert (await house.ask("POST", path, data=long))[0] == 413
        assert (await house.ask("PUT", path, data=ONE_CLICK))[0] == 405
    assert (await house.ask("POST", click(), data=ONE_CLICK))[0] == 405
    assert (await house.ask("GET", f"/u/{'a' * 9_000}"))[0] == 400
    assert (await house.ask("GET", "/u/"))[0] == 404
    assert (await house.ask("POST", "/hooks/ses", data=b"{}"))[0] == 404
    assert await untouched(house)


async def test_a_link_of_one_kind_is_none_of_another(house: WebHouse) -> None:
    tokens = [path.split("/")[2].removesuffix(".gif") for path in (
        click(), UNSUBSCRIBE, CENTRE, CONFIRM, PIXEL,
    )]  # fmt: skip
    for number, kind in enumerate("cupox"):
        for other, token in enumerate(tokens):
            end = ".gif" if kind == "x" else ""
            for method in ("GET", "POST"):
                if number == other or (method == "POST" and kind in "cx"):
                    continue
                status, _text, told = await house.ask(method, f"/{kind}/{token}{end}")
                assert (status, told.get("Location")) == (400, None)
    assert await untouched(house)


async def test_preferences_are_in_force_when_answered_and_shown_from_then_on(
    house: WebHouse,
) -> None:
    await house.contact(contact("ann", ADDRESS, time_zone="Europe/Berlin", updated_at=NOW_MS - 1))
    form = {"topic": "news", "frequency": "weekly", "pause_until": "2026-10-15", "track": "no"}
    status, text, _told = await house.ask("POST", CENTRE, data=form)
    assert status == 200
    assert "Saved." in text
    entry = await house.suppressed("person:ann")
    assert entry == {"topic:sales": str(NOW_MS), "paused_until": "1792015200000"}
    [event] = await house.followed("consent")
    assert (event["action"], event["preferences"]) == (
        "preferences",
        {
            "topics_off": "sales",
            "frequency": "weekly",
            "pause_until": "2026-10-15",
            "track": "no",
            "personalise": "no",
            "open_pixel": "no",
        },
    )
    # Not in the contact record yet, and shown and heeded all the same.
    _status, text, _told = await house.ask("GET", CENTRE)
    assert 'value="weekly" checked' in text
    assert 'value="sales">' in text
    assert "until 15 October 2026" in text
    await house.ask("GET", click(), headers=BROWSER)
    assert house.kafka.of("click") == []
    # Turned on again.
    again = {"topic": ["news", "sales"], "frequency": "all", "track": "yes", "pause_until": ""}
    assert (await house.ask("POST", CENTRE, data=again))[0] == 200
    assert await house.suppressed("person:ann") == {}
    # An event that has overtaken it doesn't take it back; what a product app tells later does.
    later = contact("ann", ADDRESS, preferences={"frequency": "monthly"}, updated_at=NOW_MS + 1)
    await house.contact(later)
    _status, text, _told = await house.ask("GET", CENTRE)
    assert 'value="all" checked' in text
    house.clock.ms = NOW_MS + UNDER_WAY_MS
    _status, text, _told = await house.ask("GET", CENTRE)
    assert 'value="monthly" checked' in text


async def test_choosing_topics_lifts_no_other_suppression(house: WebHouse) -> None:
    key = f"{house.namespace}suppressed:person:ann"
    call: Any = house.ledger.hset(key, mapping={"unsubscribed": "1", "complaint": "2"})
    await call
    form = {"topic": ["news", "sales"], "frequency": "all"}
    assert (await house.ask("POST", CENTRE, data=form))[0] == 200
    assert await house.suppressed("person:ann") == {"unsubscribed": "1", "complaint": "2"}


async def test_the_centre_unsubscribes_from_everything(house: WebHouse) -> None:
    await house.sent()
    status, text, _told = await house.ask("POST", CENTRE, data={"unsubscribe": "all"})
    assert status == 200
    assert "You are unsubscribed." in text
    assert "unsubscribed" in await house.suppressed("person:ann")
    await house.ask("POST", UNSUBSCRIBE, data=ONE_CLICK)
    assert await unsubscribes(house) == 1


async def test_confirming_records_consent_with_its_proof(house: WebHouse) -> None:
    await house.contact(contact("ann", "ann@INBOX.example", consent={}))
    status, text, _told = await house.ask("GET", CONFIRM)
    assert status == 200
    assert "Sales: When something costs less" in text
    assert "at most 1 a day and 3 a week" in text
    assert (await house.ask("POST", CONFIRM, data={"confirm": "yes"}))[0] == 200
    [event] = await house.followed("consent")
    assert (event["action"], event["purpose"], event["occurred_at"]) == (
        "opt_in",
        "marketing",
        NOW_MS,
    )
    assert event["proof"] == {
        "source": "double_opt_in",
        "text_version": "2026-03",
        "confirmed_at": NOW_MS,
    }


@pytest.mark.parametrize("address", ["bob@inbox.example", None])
async def test_an_address_changed_since_confirms_nothing(
    house: WebHouse, address: str | None
) -> None:
    await house.contact(contact("ann", address, consent={}))
    for method in ("GET", "POST"):
        status, text, _told = await house.ask(method, CONFIRM, data={"confirm": "yes"})
        assert status == 409
        assert "another address" in text
    assert await house.followed("consent") == []


async def test_opens_are_noted_only_of_who_agreed(house: WebHouse) -> None:
    apple = {"User-Agent": "Mozilla/5.0"}
    await house.contact(contact("ann", ADDRESS, updated_at=NOW_MS))
    status, _text, told = await house.ask("GET", PIXEL, headers=apple)
    assert (status, told["Content-Type"], told["Cache-Control"]) == (200, "image/gif", "no-store")
    assert house.kafka.events == []
    agreed = contact("ann", ADDRESS, preferences={"open_pixel": "yes"}, updated_at=NOW_MS)
    await house.contact(agreed)
    assert (await house.ask("GET", PIXEL, headers=apple))[0] == 200
    [event] = house.kafka.of("open")
    assert (event["trust"], event["proxy"], event["decision_id"]) == ("low", "apple", "d1")


async def test_without_the_ledger_nothing_is_promised(house: WebHouse) -> None:
    await house.contact(contact("ann", ADDRESS))
    house.ledger.connection_pool.connection_kwargs["port"] = 1
    for path, form in (
        (UNSUBSCRIBE, ONE_CLICK),
        (CENTRE, {"frequency": "all"}),
        (CENTRE, {"unsubscribe": "all"}),
        (CONFIRM, {"confirm": "yes"}),
    ):
        status, text, told = await house.ask("POST", path, data=form)
        assert (status, told["Retry-After"]) == (503, "30")
        assert "Nothing was saved" in text
    assert (await house.ask("GET", UNSUBSCRIBE))[0] == 200
