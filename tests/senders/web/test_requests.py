"""Whatever is sent to the public port is answered with 4xx, or not at all, and changes nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from senders.links.tokens import Click, Links, Pixel, Unsubscribe
from tests.web_house import LINKS, WebHouse

FORGER = Links("", ["another-secret-of-someone"])
FORGED = FORGER.sign(Click("ann", "d1", "https://evil.example/"))
KINDS = st.sampled_from(["c", "u", "p", "o", "x", "hooks", "", "c/", "%63", "..", "metrics"])
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "X"])


class Untouchable:
    """A store that says so if anybody asks it anything."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def register_script(self, _script: str) -> None:
        """Is told of scripts at the start, which asks nothing."""

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        raise AssertionError(f"a store was asked: {name}")


@asynccontextmanager
async def served() -> AsyncIterator[WebHouse]:
    store = Untouchable()
    async with WebHouse(store, store, "") as house:
        yield house
    assert store.asked == ["hscan"] * store.asked.count("hscan"), "but for what waits to leave"
    assert house.kafka.events == []


async def spoken(house: WebHouse, data: bytes) -> bytes:
    """What it answers to bytes; nothing where it waits for more, and gets none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    try:
        writer.write(data)
        async with asyncio.timeout(1):
            return await reader.read(65_536)
    except (ConnectionError, TimeoutError):
        return b""
    finally:
        writer.close()


def statuses(answers: bytes) -> list[int]:
    lines = [line for line in answers.split(b"\r\n") if line.startswith(b"HTTP/1.")]
    return [int(line.split()[1]) for line in lines]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    METHODS,
    KINDS,
    st.binary(max_size=300) | st.just(FORGED.encode()) | st.just(b"a" * 9_000),
    st.lists(st.tuples(st.binary(max_size=30), st.binary(max_size=100)), max_size=3),
    st.binary(max_size=200),
)
async def test_bytes_of_any_kind_change_nothing(
    method: str, kind: str, token: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    lines = [f"{method} /{kind}/".encode() + token + b" HTTP/1.1", b"Host: x"]
    lines += [name + b": " + value for name, value in headers]
    lines += [b"Content-Length: " + str(len(body)).encode(), b"Connection: close", b"", body]
    async with served() as house:
        found = statuses(await spoken(house, b"\r\n".join(lines)))
        assert all(400 <= status < 500 for status in found), (found, lines)
        # And it still answers.
        assert (await house.ask("GET", f"/c/{FORGED}"))[0] == 400


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=400).filter(lambda data: bool(data.strip())))
async def test_what_is_no_request_is_refused(data: bytes) -> None:
    async with served() as house:
        found = statuses(await spoken(house, data + b"\r\n\r\n"))
        assert all(400 <= status < 500 for status in found), found


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET /c/" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /c/a HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /c/a HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"GET /c/a HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /c/\xff\xfe\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /c/%00%0d%0aSet-Cookie:a=b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET http://evil.example/c/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET //evil.example/%2e%2e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"POST /u/a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /u/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /u/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_heads_too_long_or_broken_are_refused(request_head: bytes) -> None:
    async with served() as house:
        answer = await spoken(house, request_head)
        found = statuses(answer)
        assert found
        assert all(400 <= status < 500 for status in found), answer[:200]
        assert b"Location" not in answer
        assert b"\r\nSet-Cookie" not in answer


async def test_a_form_that_breaks_off_withdraws_nothing() -> None:
    path = f"/u/{LINKS.sign(Unsubscribe('ann', 'd1', 'a' * 64))}".encode()
    head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n"
    form = b"Content-Type: application/x-www-form-urlencoded\r\n"
    async with served() as house:
        cut = head + form + b"Content-Length: 100\r\n\r\nList-Unsubscribe=One-Click"
        assert all(status >= 400 for status in statuses(await spoken(house, cut)))


@pytest.mark.parametrize("kind", ["c", "u", "p", "o"])
async def test_what_another_signed_leads_nowhere(kind: str) -> None:
    async with served() as house:
        for method in ("GET", "HEAD", "POST"):
            status, _text, told = await house.ask(method, f"/{kind}/{FORGED}")
            assert status == (405 if (method, kind) == ("POST", "c") else 400)
            assert "Location" not in told
        picture = f"/x/{FORGER.sign(Pixel('ann', 'd1'))}.gif"
        assert (await house.ask("GET", picture))[0] == 400
