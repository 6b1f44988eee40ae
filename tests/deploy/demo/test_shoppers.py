"""The shoppers: the same by the same seed, as many events as asked for, and sensible people."""

from collections import Counter, defaultdict

import pytest

from deploy.demo.actions import (
    Action,
    Complain,
    Confirm,
    Emit,
    EmitBad,
    FollowLink,
    Letter,
    Unsubscribe,
)
from deploy.demo.catalog import CATEGORIES, SHOP_URL
from deploy.demo.people import DAY_MS, HOUR_MS, Mailbox, make_shopper
from deploy.demo.shoppers import START_MS, Shoppers, Size
from deploy.servers.mailbox import Mail
from schemas.checks import check_event
from schemas.codec import Codec
from schemas.registry import BundledRegistry

GUIDES = {f"guide-{category}" for category in CATEGORIES}
SMALL = Size(shoppers=80, events=2_000, days=7.0, seed=3)


def everything(shoppers: Shoppers) -> list[Action]:
    return list(shoppers.advance(shoppers.end_ms))


def test_one_seed_gives_the_same_actions_and_another_gives_others() -> None:
    one, again = everything(Shoppers(SMALL)), everything(Shoppers(SMALL))
    other = everything(Shoppers(Size(80, 2_000, 7.0, seed=4)))
    assert one == again
    assert one != other


def test_advancing_in_steps_gives_the_same_as_at_once() -> None:
    stepwise = Shoppers(SMALL)
    actions: list[Action] = []
    for until_ms in range(START_MS, stepwise.end_ms + 1, HOUR_MS):
        actions += stepwise.advance(until_ms)
    assert actions == everything(Shoppers(SMALL))


def test_actions_come_in_order_of_time_and_within_the_run() -> None:
    times = [action.at_ms for action in everything(Shoppers(SMALL))]
    assert times == sorted(times)
    assert times[0] > START_MS
    assert times[-1] <= START_MS + 7 * DAY_MS


def test_the_full_demo_has_at_least_the_events_and_shoppers_promised() -> None:
    size = Size()
    actions = everything(Shoppers(size))
    acting = {action.shopper for action in actions if isinstance(action, Emit)}
    assert size.events >= 100_000
    assert size.shoppers >= 2_000
    assert len(actions) >= size.events
    assert len(acting) > 0.9 * size.shoppers


def test_every_good_event_has_its_own_id_and_passes_the_checks() -> None:
    codec = Codec(BundledRegistry())
    seen: set[str] = set()
    names: Counter[str] = Counter()
    for action in everything(Shoppers(SMALL)):
        if isinstance(action, Emit) and not action.repeat:
            name, record = codec.decode(codec.encode(action.name, action.record))
            check_event(name, record, action.at_ms)
            assert record["event_id"] not in seen
            seen.add(record["event_id"])
            names[name] += 1
    shopping = {"browse", "cart", "purchase", "search", "wish"}
    assert set(names) == {*shopping, "consent", "identify", "profile"}


def test_some_read_and_wish_and_ask_for_what_is_sold_out() -> None:
    shoppers = Shoppers(Size(300, 12_000, 7.0, seed=3))
    events = [a for a in everything(shoppers) if isinstance(a, Emit) and not a.repeat]
    read = [a for a in events if a.name == "browse" and a.record["product_id"] in GUIDES]
    assert read
    assert all(a.record["price"] is None for a in read), "nothing to buy"
    wishes: dict[str, list[str]] = defaultdict(list)
    for event in events:
        if event.name == "wish":
            wishes[event.record["action"]].append(event.record["product_id"])
    assert set(wishes) == {"add", "notify", "remove"}
    assert all(shoppers.catalog[product]["stock"] == 0 for product in wishes["notify"])
    assert set(wishes["remove"]) <= set(wishes["add"])


def test_a_repeat_is_the_very_event_sent_before() -> None:
    sent: dict[str, Emit] = {}
    repeats = 0
    for action in everything(Shoppers(SMALL)):
        if not isinstance(action, Emit):
            continue
        if action.repeat:
            repeats += 1
            assert action.record == sent[action.record["event_id"]].record
        else:
            sent[action.record["event_id"]] = action
    assert repeats > 0


def test_some_events_are_bad_and_some_come_late() -> None:
    actions = everything(Shoppers(Size(300, 12_000, 7.0, seed=3)))
    assert any(isinstance(action, EmitBad) for action in actions)
    late = [
        a for a in actions if isinstance(a, Emit) and a.at_ms - a.record["occurred_at"] > HOUR_MS
    ]
    assert late


def test_nobody_speaks_as_a_subscriber_before_they_are_identified() -> None:
    named_from: dict[int, int] = {}
    nameless: dict[int, list[int]] = defaultdict(list)
    for action in everything(Shoppers(SMALL)):
        if not isinstance(action, Emit):
            continue
        at_ms = action.record["occurred_at"]
        if action.record["subscriber_id"]:
            named_from.setdefault(action.shopper, at_ms)
        else:
            nameless[action.shopper].append(at_ms)
    both = nameless.keys() & named_from.keys()
    assert both, "some begin nameless and are identified later"
    assert nameless.keys() - named_from.keys(), "some stay nameless"
    assert all(max(nameless[n]) <= named_from[n] for n in both)


def test_habits_differ() -> None:
    people = Shoppers(SMALL).people
    assert len({p.habits.segment for p in people}) >= 4
    assert len({p.habits.time_zone for p in people}) >= 4
    assert len({p.habits.reading_hours for p in people}) >= 3
    assert 0 < sum(not p.habits.consents for p in people) < len(people) / 2


def letter(
    at_ms: int, *links: str, unsubscribe: str = "https://web.example/u/1", confirm: str = ""
) -> Letter:
    mail = Mail(at_ms, "hello@shop.example", ["s00001@shoppers.example"], b"")
    return Letter("decision-1", at_ms, unsubscribe, lambda: links, lambda: confirm, mail)


def mail_everyone(shoppers: Shoppers, mail: Letter) -> list[Action]:
    for person in shoppers.people:
        assert shoppers.receive(person.address, mail) is person
    return everything(shoppers)


def test_mail_is_read_at_reading_hours_and_some_of_it_is_clicked() -> None:
    shoppers = Shoppers(SMALL)
    actions = mail_everyone(shoppers, letter(START_MS, "https://web.example/c/1"))
    follows = [a for a in actions if isinstance(a, FollowLink)]
    assert 0 < len(follows) < len(shoppers.people)
    assert {a.url for a in follows} == {"https://web.example/c/1"}
    assert len({a.at_ms // HOUR_MS for a in follows}) > 3


def test_what_was_sold_out_is_there_again_once() -> None:
    shoppers = Shoppers(SMALL)
    sold_out = {name for name, product in shoppers.catalog.items() if not product["stock"]}
    came = shoppers.restock(START_MS + 1)
    assert {product["product_id"] for product in came} == sold_out
    assert all((p["stock"] > 0, p["updated_at"]) == (True, START_MS + 1) for p in came)
    assert shoppers.restock(START_MS + 2) == []


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        ("products/P0007?utm_source=mail", "P0007"),
        ("guides/books", "guide-books"),
    ],
)
def test_a_click_leads_to_a_visit_of_the_page(page: str, seen: str) -> None:
    shoppers = Shoppers(SMALL)
    person = shoppers.people[0]
    person.known = True
    follow = FollowLink(START_MS + HOUR_MS, person.number, "decision-1", "https://web.example/c/1")
    shoppers.landed(follow, f"{SHOP_URL}/{page}")
    soon = [a for a in shoppers.advance(START_MS + HOUR_MS + 2_000) if isinstance(a, Emit)]
    landed = [a for a in soon if a.shopper == person.number and a.name == "browse"]
    assert [a.record["product_id"] for a in landed] == [seen]


def test_tired_readers_unsubscribe() -> None:
    shoppers = Shoppers(Size(400, 2_000, 7.0, seed=3))
    for number in range(5):
        mail = letter(START_MS + number * 1_000, unsubscribe="https://web.example/u/1")
        for person in shoppers.people:
            shoppers.receive(person.address, mail)
    actions = everything(shoppers)
    assert [a for a in actions if isinstance(a, Unsubscribe)]
    assert not [a for a in actions if isinstance(a, FollowLink)], "there was nothing to follow"


def test_mail_to_a_stranger_reaches_nobody() -> None:
    assert Shoppers(SMALL).receive("stranger@example.com", letter(START_MS)) is None


@pytest.mark.parametrize("days", [7.0, 14.0])
def test_shorter_runs_come_near_their_events(days: float) -> None:
    size = Size(200, 10_000, days, seed=5)
    assert 0.85 * size.events < len(everything(Shoppers(size))) < 1.4 * size.events


def test_whoever_confirms_by_mail_has_not_consented_before_and_is_the_same_otherwise() -> None:
    usual = next(s for n in range(50) if (s := make_shopper(7, n)).habits.consents)
    asked = make_shopper(7, usual.number, by_mail_share=1.0)
    (*_, opted_in), (*_, by_mail) = usual.introduce(1_000), asked.introduce(1_000)
    assert opted_in.record["proof"]["confirmed_at"] == 3_000
    assert by_mail.record["proof"]["confirmed_at"] is None
    assert (usual.consented, asked.consented) == (True, False)
    asked.confirmed()
    assert asked.consented
    assert asked.rng.random() == usual.rng.random()


def test_who_opts_in_by_mail_confirms_by_its_link_and_others_do_not() -> None:
    shoppers = Shoppers(SMALL)
    asking = letter(START_MS, unsubscribe="", confirm="https://web.example/o/1")
    confirmed = {a.shopper for a in mail_everyone_alive(shoppers, asking) if isinstance(a, Confirm)}
    assert confirmed
    assert all(shoppers.people[number].by_mail for number in confirmed)


def test_some_complain_once_and_dead_mailboxes_read_nothing() -> None:
    shoppers = Shoppers(Size(2_000, 1_000, 3.0, seed=1))
    actions = mail_everyone_alive(shoppers, letter(START_MS)) + mail_everyone_alive(
        shoppers, letter(START_MS + DAY_MS)
    )
    complained = [a.shopper for a in actions if isinstance(a, Complain)]
    assert complained
    assert len(complained) == len(set(complained))
    unreached = {p.number for p in shoppers.people if p.mailbox is not Mailbox.FINE}
    assert 0 < len(unreached) < 100
    answers = (FollowLink, Unsubscribe, Complain)
    assert not unreached & {a.shopper for a in actions if isinstance(a, answers)}


def mail_everyone_alive(shoppers: Shoppers, mail: Letter) -> list[Action]:
    for person in shoppers.people:
        shoppers.receive(person.address, mail)
    return everything(shoppers)
