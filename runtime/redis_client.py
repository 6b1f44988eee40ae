"""Connections to the two Redis stores, and the check that they never forget on their own."""

import warnings
from functools import cache
from typing import Any, cast

import hiredis
from pydantic import SecretStr
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthorizationError, NoPermissionError, RedisError, ResponseError

from runtime.redis_batches import BatchingRedis
from runtime.settings import RedisSettings, Settings
from schemas.errors import RetryError, StopError

Client = Redis | RedisCluster
"""Either client; both answer bytes."""

KEEPING_POLICY = "noeviction"
_MANY_ARGUMENTS = 8


class EvictingRedisError(StopError):
    """The store throws away keys when memory runs short, so profiles would vanish unnoticed."""

    def __init__(self, policy: str, what: str) -> None:
        super().__init__(
            f"the {what} Redis has maxmemory-policy {policy!r} and would silently drop keys. "
            f"Set it to {KEEPING_POLICY} (CONFIG SET maxmemory-policy {KEEPING_POLICY}, and in its "
            "configuration file)."
        )
        self.policy = policy


class RedisAwayError(RetryError):
    """The store doesn't answer."""


def connect(
    url: SecretStr | str, settings: Settings, *, cluster: bool = False, batching: bool = False
) -> Client:
    """Make a client for a URL; connects when first used.

    Failed commands are not repeated by the client: the fenced write must know whether it is the
    first or the second to arrive.

    Args:
        url: redis://, rediss:// or unix://; user and password in the URL (ACL).
        settings: For TLS files and timeouts.
        cluster: Whether the URL is a node of a Redis Cluster.
        batching: Whether many tasks ask at once, see `runtime.redis_batches`; not for a cluster.

    """
    text = url.get_secret_value() if isinstance(url, SecretStr) else url
    redis = settings.redis
    options: dict[str, Any] = {
        "socket_connect_timeout": redis.connect_timeout_seconds,
        "socket_timeout": redis.timeout_seconds,
        "decode_responses": False,
        **_tls(redis, text),
    }
    if cluster:
        # One retry, so that a moved slot is looked up anew; scripts are told apart by their fence.
        retry = Retry(NoBackoff(), 1)
        return RedisCluster.from_url(text, retry=retry, **options)
    kind = BatchingRedis if batching else Redis
    client = kind.from_url(text, retry=Retry(NoBackoff(), 0), **options)
    pool: Any = client.connection_pool
    pool.connection_class = _packing_fast(pool.connection_class)
    return client


@cache
def _packing_fast(connection_class: type[Any]) -> type[Any]:
    """The same kind of connection, with long commands laid out by hiredis.

    redis-py's asyncio connections do it in Python: a twentieth of a worker's CPU.
    """

    class Packing(connection_class):  # type: ignore[misc]
        def pack_command(self, *arguments: Any) -> list[bytes]:
            plain = isinstance(arguments[0], str) and arguments[0].isalpha()
            if plain and len(arguments) > _MANY_ARGUMENTS:
                try:
                    return [hiredis.pack_command(arguments)]
                except TypeError:
                    pass  # rarer types than text, bytes and numbers: the client's own way
            packed: list[bytes] = super().pack_command(*arguments)
            return packed

    return Packing


def connect_state(settings: Settings, *, batching: bool = False) -> Client:
    """Make a client for the state: profiles, contacts, timers, outboxes, snapshots."""
    redis = settings.redis
    return connect(redis.state_url, settings, cluster=redis.state_cluster, batching=batching)


def connect_ledger(settings: Settings, *, batching: bool = False) -> Client:
    """Make a client for the ledger: claims, suppressions, pauses."""
    redis = settings.redis
    return connect(redis.ledger_url, settings, cluster=redis.ledger_cluster, batching=batching)


async def get_bytes(client: Client, key: str) -> bytes | None:
    """Read a value; None where there is none. The client's own types leave open bytes or text."""
    return cast("bytes | None", await client.get(key))


async def check_policy(client: Client, *, what: str = "state") -> str:
    """Refuse a store that evicts keys.

    Args:
        client: The store.
        what: `state` or `ledger`, for the message.

    Returns:
        The policy; `unknown`, with a warning, where the provider forbids CONFIG.

    Raises:
        EvictingRedisError: The policy is another than noeviction.
        RedisAwayError: The store doesn't answer.

    """
    policies = await read_config(client, "maxmemory-policy", what=what)
    if not policies:
        warnings.warn(
            f"the {what} Redis forbids CONFIG GET: make sure yourself that its "
            f"maxmemory-policy is {KEEPING_POLICY}",
            stacklevel=2,
        )
        return "unknown"
    for policy in policies:
        if policy != KEEPING_POLICY:
            raise EvictingRedisError(policy, what)
    return KEEPING_POLICY


async def read_config(client: Client, name: str, *, what: str = "state") -> list[str]:
    """Read one configuration value, of each primary in a cluster.

    Returns:
        The values; empty where the provider forbids CONFIG or doesn't know the name.

    Raises:
        RedisAwayError: The store doesn't answer.

    """
    try:
        if isinstance(client, RedisCluster):
            await client.initialize()
            answers = [
                await client.execute_command("CONFIG GET", name, target_nodes=node)
                for node in client.get_primaries()
            ]
        else:
            answers = [await cast("Any", client.config_get(name))]
    except (NoPermissionError, AuthorizationError, ResponseError):
        return []
    except RedisError as error:
        raise RedisAwayError(f"the {what} Redis does not answer: {error}") from error
    return [_text(value) for answer in answers for value in _values(answer)]


def _values(answer: Any) -> list[Any]:
    if isinstance(answer, dict):
        return list(answer.values())
    return list(answer)[1::2]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _tls(redis: RedisSettings, url: str) -> dict[str, Any]:
    if not url.startswith("rediss://"):
        return {}
    files = {
        "ssl_ca_certs": redis.ssl_ca_certs,
        "ssl_certfile": redis.ssl_certfile,
        "ssl_keyfile": redis.ssl_keyfile,
    }
    return {
        "ssl_check_hostname": redis.ssl_check_hostname,
        **{name: str(path) for name, path in files.items() if path},
    }
