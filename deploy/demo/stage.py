"""Everything that runs in the demo: embedded servers, topics, catalog, and the roles upon them."""

import os
import secrets
import shlex
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import redis
from confluent_kafka.admin import AdminClient, NewTopic

from deploy.demo.catalog import SHOP_URL
from deploy.demo.errors import DemoError, RoleDiedError
from deploy.demo.people import DOMAIN
from deploy.demo.roles import RoleProcess
from deploy.servers.embedded import EmbeddedBroker, EmbeddedRedis
from deploy.servers.ports import free_port
from deploy.servers.process import ServerProcess
from deploy.servers.smtp_process import SmtpInboxProcess
from runtime.setting_values import PREFLIGHT_CHECKS
from runtime.settings import as_environment
from schemas.emitter import Emitter
from schemas.topic_admin import ensure_topics
from schemas.topics import Topology
from senders.signing.generate import generate_ed25519, generate_rsa

_READY_SECONDS = 60.0
_POLL_SECONDS = 0.05
JOURNAL_PARTITIONS = 2
ROLES = ("intake", "worker", "trainer", "sender", "web", "inbound")
SENDER_DOMAIN = "shop.example"
RETURN_DOMAIN = f"bounces.{SENDER_DOMAIN}"


class Stage:
    """The servers and roles of one demo, in one folder.

    Args:
        folder: Emptied and filled with data, logs and mails.
        clock: `driven` or `wall`.
        catalog: What the shop tells of its products.

    Attributes:
        topology: Topic names and partition counts.
        servers: Broker, the two Redis servers, and the inbox.
        roles: The role processes, once started.
        web_url: Where `nextbest web` listens.
        inbound_at: Host and port of `nextbest inbound`.
        complaints_to: Where feedback loops report to.
        names: What the DNS would say of the sender's keys: TXT records by name.
    """

    def __init__(self, folder: Path, clock: str, catalog: Mapping[str, Mapping[str, Any]]) -> None:
        self.folder = folder
        self.topology = Topology(journal_partitions=JOURNAL_PARTITIONS)
        self._clock = clock
        self._catalog = catalog
        self._exit = ExitStack()
        data = folder / "servers"
        # Emptied before ports and files are chosen: state of an earlier run belongs to a broker
        # that is gone.
        for name in ("servers", "logs", "mails", "roles"):
            shutil.rmtree(folder / name, ignore_errors=True)
        self.broker = EmbeddedBroker(data / "broker")
        self.state = EmbeddedRedis(data / "state", "state")
        self.ledger = EmbeddedRedis(data / "ledger", "ledger")
        self.inbox = SmtpInboxProcess(data / "inbox")
        self.servers: tuple[ServerProcess, ...] = (
            self.broker,
            self.state,
            self.ledger,
            self.inbox,
        )
        self.roles: list[RoleProcess] = []
        self._web_port = free_port()
        self.inbound_at = ("127.0.0.1", free_port())
        self.complaints_to = f"complaints@{RETURN_DOMAIN}"
        self._keys = [
            generate_rsa(folder / "roles" / "keys", "demo-rsa"),
            generate_ed25519(folder / "roles" / "keys", "demo-ed25519"),
        ]
        self.names = {
            f"{key.selector}._domainkey.{SENDER_DOMAIN}": key.record for _path, key in self._keys
        }

    @property
    def web_url(self) -> str:
        """Where the links in mails lead."""
        return f"http://127.0.0.1:{self._web_port}"

    @property
    def kafka_config(self) -> dict[str, Any]:
        """What clients of the demo itself connect with: properties of librdkafka."""
        # What librdkafka has to say while everything is being stopped helps nobody.
        return {"bootstrap.servers": self.broker.bootstrap_servers, "log_level": 0}

    def settings(self) -> dict[str, Any]:
        """The roles' settings."""
        return {
            "log_level": "info",
            "clock": self._clock,
            "data_dir": str(self.folder / "roles"),
            "kafka": {
                "bootstrap_servers": self.broker.bootstrap_servers,
                # The embedded broker lets a group's first member wait for half of it.
                "session_timeout_seconds": 6.0,
                "heartbeat_seconds": 1.5,
                # It also sleeps the wait out when there is something to fetch.
                "fetch_wait_ms": 50,
                "linger_ms": 10,
                "journal_partitions": JOURNAL_PARTITIONS,
            },
            "redis": {"state_url": self.state.url, "ledger_url": self.ledger.url},
            "worker": {"population_poll_seconds": 1.0},
            "sender": {
                "from_address": f"hello@{SENDER_DOMAIN}",
                "return_path_domain": RETURN_DOMAIN,
                "from_name": "The Demo Shop",
                "postal_address": "The Demo Shop, 1 Example Street, 12345 Exampletown",
                "public_url": self.web_url,
                "cart_url": f"{SHOP_URL}/cart",
                "link_secret": secrets.token_hex(16),
                "smtp_host": self.inbox.host,
                "smtp_port": self.inbox.port,
                "starttls": "never",
                "connections": 4,
                "rate_per_second": 1_000,
                "burst": 1_000,
                # Whoever tries it with an address of their own sees that mail too: the inbox takes
                # everything, and nothing goes further.
                "allow_recipients": [DOMAIN] if self._clock == "driven" else ["*"],
                "preflight_overrides": PREFLIGHT_CHECKS,
            },
            # The demo's people are at no provider that the DNS would know.
            "pace": {"dns": "static"},
            "signing": {
                "rsa_selector": self._keys[0][1].selector,
                "rsa_key_file": str(self._keys[0][0]),
                "ed25519_selector": self._keys[1][1].selector,
                "ed25519_key_file": str(self._keys[1][0]),
            },
            "web": {"host": "127.0.0.1", "port": self._web_port},
            "inbound": {
                "host": self.inbound_at[0],
                "port": self.inbound_at[1],
                "protocol": "smtp",
            },
        }

    def start(self, tell: Callable[[str], None] = lambda _: None) -> Self:
        """Start everything and wait until every role can do its work.

        Args:
            tell: Hears what is being done.

        Raises:
            StopError: A server or role did not come up; says which and shows its log.

        """
        # The roles get the demo's settings and none of the caller's own.
        for name in [n for n in os.environ if n.startswith("NEXTBEST_")]:
            del os.environ[name]
        os.environ.pop("SCHEMA_REGISTRY_URL", None)
        try:
            tell("starting broker, Redis and inbox")
            for server in self.servers:
                self._exit.enter_context(server)
            self._make_topics()
            tell(f"putting {len(self._catalog)} records into the catalog")
            with Emitter(self.kafka_config, topology=self.topology) as emitter:
                for product in self._catalog.values():
                    emitter.emit("catalog", product)
            (self.folder / "roles").mkdir(parents=True, exist_ok=True)
            self._start_roles(tell)
        except BaseException:
            self.stop()
            raise
        return self

    def _make_topics(self) -> None:
        """Make the topics, with few partitions.

        The embedded broker looks at all of them at each fetch, and takes batches one by one.
        """
        admin = AdminClient(self.kafka_config)
        few = [NewTopic(name, 1, 1) for name in self.topology.event_topics]
        made = admin.create_topics([*few, NewTopic(self.topology.name("decisions"), 2, 1)])
        for future in made.values():
            future.result()
        ensure_topics(self.kafka_config, self.topology)

    def _start_roles(self, tell: Callable[[str], None]) -> None:
        variables = as_environment(self.settings())
        self._write_environment(variables)
        # Nobody waits for the trainer; it need not ask the broker all the time.
        patient = {**variables, "NEXTBEST_KAFKA__FETCH_WAIT_MS": "500"}
        for index, role in enumerate(ROLES):
            number = ROLES[:index].count(role)
            process = RoleProcess(
                role,
                number,
                self.folder / "logs",
                patient if role == "trainer" else variables,
            )
            self.roles.append(process)
            self._exit.callback(process.stop)
            process.start()
        tell("starting " + ", ".join(role.name for role in self.roles))
        deadline = time.monotonic() + _READY_SECONDS
        waiting = list(self.roles)
        while waiting:
            self.check()
            still = [role for role in waiting if not role.ready()]
            names = ", ".join(role.name for role in still)
            if still != waiting:
                tell(f"waiting for {names}" if names else "all roles are ready")
            waiting = still
            if waiting and time.monotonic() > deadline:
                tail = waiting[0].last_log_lines()
                raise DemoError(f"not ready after {_READY_SECONDS:.0f} s: {names}\n{tail}")
            time.sleep(_POLL_SECONDS)

    def _write_environment(self, variables: Mapping[str, str]) -> None:
        """Leave the settings where a shell can read them; readable by their owner only."""
        path = self.folder / "environment"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        lines = (f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
        path.write_text("".join(lines), encoding="utf-8")

    def check(self) -> None:
        """Raise if a server or role has ended.

        Raises:
            RoleDiedError: Shows the end of its log.
        """
        for process in (*self.servers, *self.roles):
            if not process.running:
                raise RoleDiedError(process.name, process.log_path, process.last_log_lines())

    def redis_state(self) -> "redis.Redis":
        """Give a client of the state Redis, answers undecoded."""
        return redis.Redis(host=self.state.host, port=self.state.port)

    def stop(self) -> None:
        """End roles and servers, roles first, all told before the first is waited for."""
        for role in reversed(self.roles):
            role.ask_to_stop()
        self._exit.close()
        self.roles.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
