"""Decisions to mails on Apache Kafka, Redis and a real SMTP server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from deploy.servers.smtp_script import Rule, Stage
from senders.links.tokens import Links, Unsubscribe
from tests.pipeline import wait_until
from tests.sending import HOUR_MS, LINK_SECRET, PRODUCT, Sending, contact, decision, now_ms

pytestmark = pytest.mark.integration


@pytest.fixture
def sending(
    kafka: KafkaServer,
    redis_state: RedisServer,
    redis_ledger: RedisServer,
    smtp_server: SmtpInbox,
    namespace: str,
    tmp_path: Path,
) -> Iterator[Sending]:
    house = Sending(kafka, redis_state, redis_ledger, smtp_server, namespace, tmp_path)
    yield house
    house.stop()


def test_a_decision_becomes_one_complete_mail(sending: Sending) -> None:
    sending.contact(contact("ann", "ann@inbox.example"))
    made = sending.decide(decision("ann"))
    role = sending.start()
    event = sending.wait_for(made["decision_id"], "accepted")
    assert event["smtp_code"] == 250
    assert event["subscriber_id"] == "ann"
    [mail] = sending.smtp.mailbox.all()
    message = mail.message
    assert message["To"] == "ann@inbox.example"
    assert message["From"] == "Fernweh & Co <news@sender.example>"
    assert message["Subject"] == "Your cart is still here"
    assert message["Message-ID"] == f"<{made['decision_id']}@sender.example>"
    assert message["X-Nextbest-Decision"] == made["decision_id"]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    links = Links("https://mail.sender.example", [LINK_SECRET])
    url = message["List-Unsubscribe"].strip("<>")
    target = links.open(url.rpartition("/")[2])
    assert isinstance(target, Unsubscribe)
    assert (target.subscriber, target.decision_id) == ("ann", made["decision_id"])
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    assert html is not None
    assert text is not None
    for body in (html.get_content(), text.get_content()):
        assert "Walnut desk lamp" in body
        assert "gone" not in body
        assert "Lindenstr. 12, 10969 Berlin" in body
        assert url in body
    wait_until(lambda: sending.lag() == 0, "offsets committed")
    assert role.stop() == 0
    assert "inbox.example" not in role.output()


def test_a_mail_claims_nothing_that_is_true_no_more(sending: Sending) -> None:
    sending.contact(contact("ann", "ann@inbox.example"))
    # Decided when two lamps were left; three are there now.
    content = {"products": "lamp", "hero": "lamp", "low_stock": "2", "subject": "low_stock"}
    few = {"slot": "subject", "variant": "low_stock", "propensity": 0.5}
    few |= {"variants": {"plain": 0.5, "low_stock": 0.5}, "needs": ["low_stock"], "first": "plain"}
    made = sending.decide(decision("ann", content=content, slots=[few]))
    sending.start()
    event = sending.wait_for(made["decision_id"], "accepted")
    assert event["instead"] == {"subject": "plain"}
    [mail] = sending.smtp.mailbox.all()
    assert mail.message["Subject"] == "Your cart is still here"


def test_a_product_deleted_since_it_was_recommended_is_in_no_mail(sending: Sending) -> None:
    for subscriber in ("ann", "bob", "eve"):
        sending.contact(contact(subscriber, f"{subscriber}@inbox.example"))
    sending.product({**PRODUCT, "product_id": "throw", "name": "Woollen throw"})
    two = {"products": "lamp,throw", "hero": "lamp", "low_stock": "5", "action": "shop"}
    filled = sending.decide(decision("ann", content=two))
    held = sending.decide(decision("bob", content={"products": "lamp", "hero": "lamp"}))
    about = {"products": "lamp", "about": "lamp"}
    untold = sending.decide(decision("eve", flow="back_in_stock", content=about))
    sending.produce("catalog", "lamp", None)
    sending.start()
    sending.wait_for(filled["decision_id"], "accepted")
    gone = sending.wait_for(held["decision_id"], "gone")
    assert gone["detail"] == "none of the products it is about can be bought any more"
    sending.wait_for(untold["decision_id"], "sold_out")
    [mail] = sending.smtp.mailbox.all()
    for body in (mail.message.get_body((kind,)) for kind in ("html", "plain")):
        assert body is not None
        assert "Woollen throw" in body.get_content()
        assert "Walnut desk lamp" not in body.get_content()
        assert "Only" not in body.get_content(), "nobody said that few throws are left"


def test_a_decision_read_again_is_reported_again_and_not_sent(sending: Sending) -> None:
    sending.contact(contact("ann", "ann@inbox.example"))
    made = sending.decide(decision("ann"))
    sending.start()
    first = sending.wait_for(made["decision_id"], "accepted")
    sending.decide(made)
    again = sending.wait_for(made["decision_id"], "accepted", count=2)
    assert again["event_id"] == first["event_id"]
    assert again["occurred_at"] == first["occurred_at"]
    assert len(sending.smtp.mailbox.all()) == 1


def test_two_senders_and_repeats_of_many_decisions_send_each_once(sending: Sending) -> None:
    sending.start()
    sending.start()
    made = []
    for number in range(30):
        sending.contact(contact(f"s{number}", f"s{number}@inbox.example"))
        made.append(sending.decide(decision(f"s{number}")))
    for record in made:
        # The same decision in another partition is read by the other sender at the same time.
        value = sending.codec.encode("decision", record)
        sending.produce("decision", f"other-{record['subscriber_id']}", value)
    for record in made:
        sending.wait_for(record["decision_id"], "accepted", count=2)
    mails = sending.smtp.mailbox.all()
    assert sorted(mail.header("X-Nextbest-Decision") for mail in mails) == sorted(
        record["decision_id"] for record in made
    )


def test_who_must_not_be_mailed_is_not(sending: Sending) -> None:
    withdrawn = contact("no-consent", "c@inbox.example", consent={})
    for record in (
        withdrawn,
        contact("late", "late@inbox.example"),
        contact("broken", "not an address"),
        contact("fine", "fine@inbox.example"),
    ):
        sending.contact(record)
    cases = {
        "no_consent": decision("no-consent"),
        "expired": decision("late", expires_at=now_ms() - 1),
        "no_contact": decision("nobody"),
    }
    broken = decision("broken")
    hold = decision("fine", action="hold", message="")
    last = decision("fine")
    for record in (*cases.values(), broken, hold, last):
        sending.decide(record)
    sending.start()
    for status, record in cases.items():
        sending.wait_for(record["decision_id"], status)
    sending.wait_for(broken["decision_id"], "no_contact")
    sending.wait_for(last["decision_id"], "accepted")
    wait_until(lambda: sending.lag() == 0, "offsets committed")
    assert sending.deliveries(hold["decision_id"]) == []
    assert [mail.header("X-Nextbest-Decision") for mail in sending.smtp.mailbox.all()] == [
        last["decision_id"]
    ]


def test_only_those_on_the_allow_list_get_mail(sending: Sending) -> None:
    sending.overrides = {"sender": {"allow_recipients": ["boss@inbox.example", "ours.example"]}}
    for subscriber, address in (
        ("boss", "boss@inbox.example"),
        ("we", "we@ours.example"),
        ("else", "else@inbox.example"),
    ):
        sending.contact(contact(subscriber, address))
    made = {name: sending.decide(decision(name)) for name in ("boss", "we", "else")}
    sending.start()
    sending.wait_for(made["boss"]["decision_id"], "accepted")
    sending.wait_for(made["we"]["decision_id"], "accepted")
    sending.wait_for(made["else"]["decision_id"], "not_allowed")
    assert len(sending.smtp.mailbox.all()) == 2


def test_a_paused_flow_waits_and_another_does_not(sending: Sending) -> None:
    sending.contact(contact("ann", "ann@inbox.example"))
    paused_key = f"{sending.namespace}paused"
    sending.ledger.sadd(paused_key, "flow:cart_abandonment")
    waits = sending.decide(decision("ann"))
    ends = sending.decide(decision("ann", expires_at=now_ms() + 4_000))
    goes = sending.decide(decision("ann", flow="welcome", message="welcome"))
    sending.start()
    sending.wait_for(goes["decision_id"], "accepted")
    sending.wait_for(ends["decision_id"], "paused")
    assert len(sending.smtp.mailbox.all()) == 1
    sending.ledger.srem(paused_key, "flow:cart_abandonment")
    sending.wait_for(waits["decision_id"], "accepted")
    assert len(sending.smtp.mailbox.all()) == 2


def test_a_temporary_refusal_is_tried_again(sending: Sending) -> None:
    sending.contact(contact("ann", "ann@inbox.example"))
    script = sending.smtp.script
    script.defer(Stage.RCPT)
    script.defer(Stage.DATA)
    script.defer(Stage.MESSAGE)
    made = sending.decide(decision("ann"))
    sending.start()
    sending.wait_for(made["decision_id"], "accepted")
    assert len(sending.smtp.mailbox.all()) == 1
    assert sending.ledger_state(made["decision_id"]) == "accepted"


def test_what_the_person_ended_while_it_waited_does_not_leave_whatever_it_waited_for(
    sending: Sending,
) -> None:
    people = {name: contact(name, f"{name}@inbox.example") for name in ("ann", "bob", "eve", "joe")}
    for who in people.values():
        sending.contact(who)
    sending.ledger.sadd(f"{sending.namespace}paused", "stream:slow")
    script = sending.smtp.script
    script.defer(address="eve@inbox.example", times=1_000)
    script.stall(Stage.RCPT, address="ann@inbox.example")
    made = {name: decision(name) for name in people}
    made["bob"]["stream"] = "slow"
    for record in made.values():
        sending.decide(record)
    role = sending.start()
    wait_until(script.stalled.is_set, "ann's mail waits for its server")
    wait_until(lambda: "refused_rcpt" in role.output(), "eve's mail waits to be tried again")
    sending.wait_for(made["joe"]["decision_id"], "accepted")
    for name in ("ann", "bob", "eve"):
        # As a worker writes it when they buy.
        bought = {"cart_abandonment": made[name]["decided_at"]}
        sending.contact({**people[name], "cancelled": bought})
    script.clear()
    for name in ("ann", "bob", "eve"):
        event = sending.wait_for(made[name]["decision_id"], "superseded")
        assert event["claimed"] is False
    assert len(sending.smtp.mailbox.all()) == 1


def test_a_mailbox_that_does_not_exist_is_never_tried_again(sending: Sending) -> None:
    sending.contact(contact("ann", "Ann@Inbox.example"))
    sending.smtp.script.refuse("ann@inbox.example")
    first = sending.decide(decision("ann"))
    sending.start()
    event = sending.wait_for(first["decision_id"], "rejected")
    assert (event["smtp_code"], event["detail"]) == (550, "550 5.1.1 to RCPT")
    assert (event["bounce"], event["enhanced"], event["source"]) == ("hard", "5.1.1", "smtp")
    [day] = sending.ledger.keys(f"{sending.namespace}counts:marketing:*")
    assert sending.ledger.hgetall(day) == {b"cart_reminder|default|hard_bounce": b"1"}
    sending.smtp.script.clear()
    second = sending.decide(decision("ann"))
    event = sending.wait_for(second["decision_id"], "suppressed")
    assert event["detail"] == "permanent_failure"
    assert sending.smtp.mailbox.all() == []


def test_a_message_refused_for_good_is_rejected_and_suppresses_nobody(sending: Sending) -> None:
    sending.contact(contact("ann", "ann@inbox.example"))
    sending.smtp.script.add(Rule(Stage.MESSAGE, "554 5.7.1 Looks like spam", times=1))
    first, second = decision("ann"), decision("ann")
    sending.decide(first)
    sending.start()
    assert sending.wait_for(first["decision_id"], "rejected")["smtp_code"] == 554
    sending.decide(second)
    sending.wait_for(second["decision_id"], "accepted")


def test_a_lost_answer_to_data_is_never_sent_again(sending: Sending) -> None:
    sending.contact(contact("ann", "ann@inbox.example"))
    sending.smtp.script.lose_answer(accepted=True)
    made = sending.decide(decision("ann"))
    sending.start()
    sending.wait_for(made["decision_id"], "unknown")
    sending.decide(made)
    sending.wait_for(made["decision_id"], "unknown", count=2)
    assert len(sending.smtp.mailbox.all()) == 1


def test_a_message_that_cannot_be_rendered_is_not_sent(sending: Sending, tmp_path: Path) -> None:
    templates = tmp_path / "programme" / "templates"
    templates.mkdir(parents=True)
    subject = "{% block subject %}x{% endblock %}{% block preheader %}{% endblock %}"
    (templates / "good.txt.j2").write_text(subject)
    (templates / "good.html.j2").write_text("<p>{{ first_name }}</p>")
    (templates / "bad.txt.j2").write_text(subject)
    (templates / "bad.html.j2").write_text("<p>{{ no_such_thing }}</p>")
    sending.overrides = {"programme_dir": tmp_path / "programme"}
    sending.contact(contact("ann", "ann@inbox.example"))
    bad = sending.decide(decision("ann", message="bad"))
    unknown = sending.decide(decision("ann", message="nowhere"))
    good = sending.decide(decision("ann", message="good"))
    sending.start()
    assert "no_such_thing" in sending.wait_for(bad["decision_id"], "unrenderable")["detail"]
    sending.wait_for(unknown["decision_id"], "unrenderable")
    sending.wait_for(good["decision_id"], "accepted")
    assert len(sending.smtp.mailbox.all()) == 1


def test_what_is_no_decision_is_put_aside_and_the_stream_goes_on(sending: Sending) -> None:
    sending.contact(contact("ann", "ann@inbox.example"))
    sending.produce("decision", "ann", b"nonsense")
    sending.produce("decision", "ann", None)
    sending.produce("decision", "ann", sending.codec.encode("contact", contact("ann", None)))
    made = sending.decide(decision("ann"))
    sending.start()
    sending.wait_for(made["decision_id"], "accepted")
    letters = {letter["reason"]: letter for letter in sending.records("dead_letter", 3)}
    assert set(letters) == {"wrong_magic", "empty", "wrong_record"}
    assert letters["wrong_magic"]["value"] == b"nonsense"
    assert letters["wrong_magic"]["stage"] == "sender"
    wait_until(lambda: sending.lag() == 0, "offsets committed")


def test_nothing_leaves_while_a_store_is_away(sending: Sending, tmp_path: Path) -> None:
    with RedisServer(tmp_path / "own-ledger", "ledger") as own:
        port = int(own.address.rsplit(":", 1)[1])
        sending.overrides = {"redis": {"ledger_url": own.url}}
        sending.contact(contact("ann", "ann@inbox.example"))
        role = sending.start()
        wait_until(lambda: '"sending"' in role.output(), "the sender sends")
    made = sending.decide(decision("ann"))
    wait_until(lambda: "StoreAwayError" in role.output(), "the ledger is missed")
    assert sending.smtp.mailbox.all() == []
    with RedisServer(tmp_path / "own-ledger", "ledger", port=port):
        sending.wait_for(made["decision_id"], "accepted")
        assert role.stop() == 0
    assert len(sending.smtp.mailbox.all()) == 1


def test_a_consent_newer_than_the_withdrawal_counts(sending: Sending) -> None:
    sending.contact(contact("ann", "ann@inbox.example"))
    key = f"{sending.namespace}suppressed:person:ann"
    sending.ledger.hset(key, "unsubscribed", str(now_ms() - 2 * HOUR_MS))
    back = sending.decide(decision("ann"))
    sending.start()
    sending.wait_for(back["decision_id"], "accepted")
    sending.ledger.hset(key, "unsubscribed", str(now_ms()))
    gone = sending.decide(decision("ann"))
    sending.wait_for(gone["decision_id"], "suppressed")


@pytest.mark.parametrize("what", ["withdrawn", "paused"])
def test_what_changes_while_the_server_thinks_about_rcpt_still_counts(
    sending: Sending, what: str
) -> None:
    sending.contact(contact("ann", "ann@inbox.example"))
    script = sending.smtp.script
    script.stall(Stage.RCPT)
    made = sending.decide(decision("ann"))
    sending.start()
    wait_until(script.stalled.is_set, "the dialogue stands at RCPT")
    if what == "withdrawn":
        key = f"{sending.namespace}suppressed:person:ann"
        sending.ledger.hset(key, "unsubscribed", str(now_ms()))
        script.release()
        sending.wait_for(made["decision_id"], "suppressed")
    else:
        sending.ledger.sadd(f"{sending.namespace}paused", "all")
        script.release()
        other = sending.decide(decision("ann", expires_at=now_ms() - 1))
        sending.wait_for(other["decision_id"], "paused")
        assert sending.ledger_state(made["decision_id"]) == ""
    assert sending.smtp.mailbox.all() == []


def test_on_a_driven_clock_the_drivers_time_counts(sending: Sending) -> None:
    sending.overrides = {"clock": "driven"}
    sending.contact(contact("ann", "ann@inbox.example"))
    now = now_ms() - 30 * 24 * HOUR_MS
    since = {"granted": True, "at": now - HOUR_MS, "source": None, "text_version": None}
    sending.contact(contact("ann", "ann@inbox.example", consent={"marketing": since}))
    first = sending.decide(decision("ann", decided_at=now, expires_at=now + HOUR_MS))
    role = sending.start()
    wait_until(lambda: "ClockNotSetError" in role.output(), "the first tick is missed")
    assert sending.smtp.mailbox.all() == []
    sending.state.set(f"{sending.namespace}clock", now)
    assert sending.wait_for(first["decision_id"], "accepted")["occurred_at"] == now
    sending.state.set(f"{sending.namespace}clock", now + HOUR_MS)
    late = sending.decide(decision("ann", decided_at=now, expires_at=now + HOUR_MS))
    sending.wait_for(late["decision_id"], "expired")
    assert len(sending.smtp.mailbox.all()) == 1


def test_without_identity_or_with_a_forgetful_ledger_the_role_refuses_to_start(
    sending: Sending, redis_state: RedisServer
) -> None:
    sending.overrides = {"sender": {"postal_address": ""}}
    nameless = sending.start()
    assert nameless.process.wait(30) != 0
    assert "NEXTBEST_SENDER__POSTAL_ADDRESS" in nameless.output()
    sending.overrides = {"redis": {"ledger_url": redis_state.url}}
    forgetful = sending.start()
    assert forgetful.process.wait(30) != 0
    assert "appendfsync everysec" in forgetful.output()
