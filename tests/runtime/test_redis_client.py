"""Commands laid out by hiredis are those that the client lays out itself."""

from typing import Any

import pytest
from redis.asyncio import Connection
from redis.exceptions import DataError

from runtime.redis_client import connect
from runtime.settings import load_settings

MIXED: tuple[Any, ...] = ("EVALSHA", "abc", 2, "{p7}:meta", b"\0\xff\r\n", 17, -1, 2.5, "å", b"")


def _packed(connection: Any, *arguments: Any) -> bytes:
    return b"".join(connection.pack_command(*arguments))


def _connection() -> Any:
    client: Any = connect("redis://localhost:1", load_settings())
    return client.connection_pool.make_connection()


@pytest.mark.parametrize(
    "arguments",
    [MIXED, MIXED * 500, ("GET", "k"), ("CONFIG GET", *MIXED), (*MIXED, bytearray(b"x"))],
)
def test_the_bytes_are_the_same(arguments: tuple[Any, ...]) -> None:
    assert _packed(_connection(), *arguments) == _packed(Connection(), *arguments)


def test_what_redis_has_no_type_for_is_refused() -> None:
    with pytest.raises(DataError):
        _packed(_connection(), *MIXED, None)
