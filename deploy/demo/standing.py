"""`nextbest up` and `down`: the same stage and shoppers, on the machine's clock, until ended."""

import json
import time
from pathlib import Path

from rich.console import Console

from deploy.demo.hands import Hands, wall_ms
from deploy.demo.ledger import Ledger
from deploy.demo.letters import Keepsakes, OpenedMail
from deploy.demo.observer import Observer
from deploy.demo.people import HOUR_MS, Mailbox
from deploy.demo.pidfile import PidFile
from deploy.demo.postmaster import Postmaster
from deploy.demo.shoppers import Shoppers, Size
from deploy.demo.stage import Stage
from deploy.demo.view import Figures, View
from schemas.codec import Codec
from schemas.registry import BundledRegistry

DAYS = 7.0
"""The shoppers come for so long; the servers stay for longer."""
CAUGHT_UP_MS = 3 * HOUR_MS
"""What shoppers did before the start is emitted at once, so that there is something to see."""
_ROUND_SECONDS = 0.5
_END_SECONDS = 30.0
_KEEP_OF_A_KIND = 20


def end(folder: Path, console: Console) -> int:
    """End the process that stands, and wait until it is gone."""
    gone = PidFile(folder).end(_END_SECONDS)
    if gone is False:
        console.print(f"it did not end within {_END_SECONDS:.0f} s", style="red")
        return 1
    console.print("ended" if gone else "nothing is up")
    return 0


def stand(console: Console, size: Size, folder: Path) -> None:
    """Start everything and let shoppers shop at the machine's pace, until interrupted.

    Args:
        console: Where to say so.
        size: Its `events` are spread over each day; `days` is not looked at.
        folder: For data, logs and mails.

    Raises:
        StopError: A server or role did not come up, or died.
    """
    with PidFile(folder):
        daily = Size(size.shoppers, int(size.events * DAYS), DAYS, size.seed)
        people = Shoppers(daily, start_ms=wall_ms() - CAUGHT_UP_MS)
        with Stage(folder, "wall", people.told) as stage:
            stage.start(lambda what: console.print(what, style="dim", highlight=False))
            standing = Standing(stage, people)
            view = View(console, standing.figures)
            console.print(addresses(stage), soft_wrap=True, highlight=False, markup=False)
            try:
                with view:
                    while True:
                        standing.round()
                        stage.check()
                        view.look()
                        time.sleep(_ROUND_SECONDS)
            finally:
                standing.close()


class Standing:
    """Shoppers at the machine's pace: nothing is waited for and nothing is accounted for."""

    def __init__(self, stage: Stage, shoppers: Shoppers) -> None:
        codec = Codec(BundledRegistry())
        self._shoppers = shoppers
        self._ledger = Ledger()
        self._observer = Observer(stage.kafka_config, stage.topology, codec)
        self._postmaster = Postmaster(
            *stage.inbound_at, stage.complaints_to, self._ledger, time.time
        )
        self._hands = Hands(
            stage.kafka_config, stage.topology, codec, shoppers, self._ledger, self._postmaster
        )
        self._mails = stage.inbox.reader()
        self._keepsakes = Keepsakes(stage.folder / "mails", _KEEP_OF_A_KIND)
        self._accepted = 0

    def round(self) -> None:
        """Do what is due by now, and hand out the mails that came."""
        for action in self._shoppers.advance(wall_ms()):
            self._hands.do(action)
        self._hands.finish()
        self._observer.read()
        for mail in self._mails.new():
            opened = OpenedMail(mail)
            decided = self._observer.decisions.get(opened.decision_id)
            self._keepsakes.offer(decided.template if decided else "mail", opened)
            self._accepted += 1
            mailbox = self._shoppers.mailbox_of(opened.recipient)
            if mailbox is not Mailbox.FINE:
                self._postmaster.bounce(mail, mailbox, opened.decision_id)
            self._shoppers.receive(opened.recipient, opened.letter(mail.accepted_at_ms))

    def figures(self) -> Figures:
        """Gather what the view shows."""
        observer, ledger = self._observer, self._ledger
        return Figures(
            clock_ms=wall_ms(),
            emitted=ledger.total,
            journaled=len(observer.journaled),
            dead_letters=len(observer.dead),
            decisions=len(observer.decisions),
            holds=observer.holds,
            mails=self._accepted,
            clicks=sum(ledger.clicks.values()),
            purchases=ledger.purchases(),
            unsubscribes=len(ledger.unsubscribed),
            intake_lag=observer.intake_lag(),
            sender_lag=len(observer.undelivered),
        )

    def close(self) -> None:
        """Let go of brokers and connections."""
        self._hands.close()
        self._observer.close()


def addresses(stage: Stage) -> str:
    """Tell where everything is, and what to try."""
    hello = write_hello(stage.folder / "hello.jsonl", wall_ms())
    lines = [
        "",
        "nextbest is up.",
        f"  Kafka    {stage.broker.bootstrap_servers}",
        f"  Redis    {stage.state.url} (state)  {stage.ledger.url} (ledger)",
        f"  inbox    smtp://{stage.inbox.address}; all it got is in {stage.inbox.jsonl_path}",
        f"  mails    the first of each kind as HTML in {stage.folder / 'mails'}",
        f"  web      {stage.web_url}",
        f"  inbound  smtp://{stage.inbound_at[0]}:{stage.inbound_at[1]} (bounces, complaints)",
        *(f"  metrics  http://{role.address}/metrics  ({role.name})" for role in stage.roles),
        f"  logs     {stage.folder / 'logs'}",
        "",
        "Emit events of your own (a sign-up with consent), and see the mail they lead to:",
        f"  set -a; . {stage.folder / 'environment'}; set +a",
        f"  nextbest emit {hello}",
        "  nextbest show subscriber ann",
        "",
        "Ctrl-C or `nextbest down` ends it.",
        "",
    ]
    return "\n".join(lines)


def write_hello(path: Path, now_ms: int) -> Path:
    """Write two events of someone who signs up, as `nextbest emit` reads them."""
    for old in path.parent.glob(f"{path.name}*"):  # how far an earlier one was sent, too
        old.unlink()
    events: list[dict[str, object]] = [
        {
            "type": "profile",
            "event_id": f"hello-profile-{now_ms}",
            "occurred_at": now_ms,
            "subscriber_id": "ann",
            "address": "ann@example.com",
            "locale": "en-GB",
            "time_zone": "Europe/London",
            "attributes": {"first_name": "Ann"},
        },
        {
            "type": "consent",
            "event_id": f"hello-consent-{now_ms}",
            "occurred_at": now_ms,
            "subscriber_id": "ann",
            "action": "opt_in",
            "purpose": "marketing",
            "proof": {"source": "nextbest up", "text_version": "1", "confirmed_at": now_ms},
        },
    ]
    path.write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
    return path
