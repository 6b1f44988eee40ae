"""SASL, mutual TLS, ACL users and Redis Cluster: the settings reach every client of every role."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import redis

from deploy.servers.kafka import KafkaServer
from deploy.servers.ports import CLUSTER_BUS, free_port
from deploy.servers.redis import RedisServer
from runtime.redis_client import RedisAwayError, check_policy, connect_state
from runtime.settings import load_settings
from tests.integration.one_shopper import shop
from tests.integration.tls_files import TlsFiles, make_tls_files
from tests.pipeline import Pipeline, wait_until

pytestmark = pytest.mark.integration

WORD = "a-word-for-tests"
JAAS = "org.apache.kafka.common.security.plain.PlainLoginModule required"


class SecureRedis(RedisServer):
    """Redis that also listens with mutual TLS, for a user of its own."""

    def __init__(self, data_dir: Path, files: TlsFiles) -> None:
        super().__init__(data_dir, "state")
        self.tls_port = free_port(self.host)
        self.files = files

    @property
    def secure_url(self) -> str:
        return f"rediss://shop:{WORD}@{self.host}:{self.tls_port}/0"

    def command(self) -> Sequence[str]:
        """Add the TLS port and the user."""
        return [
            *super().command(),
            *("--tls-port", str(self.tls_port), "--tls-auth-clients", "yes"),
            *("--tls-cert-file", str(self.files.server_cert)),
            *("--tls-key-file", str(self.files.server_key)),
            *("--tls-ca-cert-file", str(self.files.ca)),
            *("--user", "shop", "on", f">{WORD}", "~*", "+@all", "-config"),
        ]


class ClusterRedis(RedisServer):
    """A Redis Cluster of one node that has all slots."""

    def command(self) -> Sequence[str]:
        """Switch cluster mode on."""
        return [*super().command(), "--cluster-enabled", "yes"]

    def start(self) -> "ClusterRedis":
        """Take all slots, and wait until the cluster says that it is whole."""
        super().start()
        with redis.Redis(host=self.host, port=self.port) as client:
            client.execute_command("CLUSTER ADDSLOTSRANGE 0 16383")
            wait_until(
                lambda: client.execute_command("CLUSTER INFO")["cluster_state"] == "ok",
                "the cluster is whole",
            )
        return self


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    return make_tls_files(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def secure_kafka(tmp_path: Path, files: TlsFiles) -> Iterator[tuple[KafkaServer, str]]:
    """A broker with a listener for SASL over mutual TLS beside the plain one."""
    server = KafkaServer(tmp_path / "kafka", heap_mib=256)
    secure = f"{server.host}:{free_port(server.host)}"
    plain = f"CLIENTS://{server.address}"
    controller = f"CONTROLLER://{server.host}:{server.controller_port}"
    listener = "listener.name.secure"
    server.overrides |= {
        "listeners": f"{plain},{controller},SECURE://{secure}",
        "advertised.listeners": f"{plain},SECURE://{secure}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,CLIENTS:PLAINTEXT,SECURE:SASL_SSL",
        f"{listener}.sasl.enabled.mechanisms": "PLAIN",
        f"{listener}.plain.sasl.jaas.config": f'{JAAS} user_shop="{WORD}";',
        f"{listener}.ssl.client.auth": "required",
        f"{listener}.ssl.keystore.type": "PEM",
        f"{listener}.ssl.keystore.location": str(files.server_chain()),
        f"{listener}.ssl.truststore.type": "PEM",
        f"{listener}.ssl.truststore.location": str(files.ca),
    }
    with server:
        yield server, secure


@pytest.fixture
def secure_redis(tmp_path: Path, files: TlsFiles) -> Iterator[SecureRedis]:
    with SecureRedis(tmp_path / "redis", files) as server:
        yield server


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ClusterRedis]:
    port = free_port(above=CLUSTER_BUS)
    with ClusterRedis(tmp_path / "redis", "state", port=port) as server:
        yield server


def decide_once(pipeline: Pipeline) -> None:
    """Run the stream roles over one shopper; fails unless a decision comes of it."""
    try:
        roles = [pipeline.start(name) for name in ("intake", "worker", "trainer")]
        shop(pipeline)
        assert pipeline.records("decisions")
        pipeline.stop()
        assert not any(WORD in role.output() for role in roles)
    finally:
        pipeline.end()


def redis_tls(files: TlsFiles) -> dict[str, Any]:
    return {
        "ssl_ca_certs": str(files.ca),
        "ssl_certfile": str(files.client_cert),
        "ssl_keyfile": str(files.client_key),
    }


def test_roles_run_over_sasl_and_mutual_tls(
    secure_kafka: tuple[KafkaServer, str],
    secure_redis: SecureRedis,
    redis_ledger: RedisServer,
    files: TlsFiles,
    tmp_path: Path,
) -> None:
    server, secure = secure_kafka
    kafka = {
        "bootstrap_servers": secure,
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "PLAIN",
        "sasl_username": "shop",
        "sasl_password": WORD,
        "ssl_cafile": str(files.ca),
        "ssl_certfile": str(files.client_cert),
        "ssl_keyfile": str(files.client_key),
    }
    state = {"state_url": secure_redis.secure_url, **redis_tls(files)}
    overrides = {"kafka": kafka, "redis": state}
    decide_once(Pipeline(server, secure_redis, redis_ledger, tmp_path, overrides))


def test_roles_run_on_a_redis_cluster(
    kafka: KafkaServer, cluster: ClusterRedis, redis_ledger: RedisServer, tmp_path: Path
) -> None:
    overrides = {"redis": {"state_cluster": "true"}}
    decide_once(Pipeline(kafka, cluster, redis_ledger, tmp_path, overrides))


async def test_a_cluster_that_evicts_is_refused_like_any_other(cluster: ClusterRedis) -> None:
    settings = load_settings(redis={"state_url": cluster.url, "state_cluster": True})
    client = connect_state(settings)
    assert await check_policy(client) == "noeviction"
    await client.aclose()


async def test_without_the_client_certificate_there_is_no_connection(
    secure_redis: SecureRedis, files: TlsFiles
) -> None:
    tls = {"ssl_ca_certs": str(files.ca)}
    settings = load_settings(redis={"state_url": secure_redis.secure_url, **tls})
    client = connect_state(settings)
    with pytest.raises(RedisAwayError) as caught:
        await check_policy(client)
    assert WORD not in str(caught.value)
    await client.aclose()
