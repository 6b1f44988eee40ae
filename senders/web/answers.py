"""What every answer of `nextbest web` has in common: headers, pages, refusals; and bounded reading.

Nothing here sets a cookie, and nothing may be stored on the way or lead a token on to where a link
points.
"""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, TypeVar

from aiohttp import web
from multidict import MultiDictProxy

from senders.errors import ForgedLinkError
from senders.links.tokens import Links
from senders.web import pages

BODY_SECONDS: Final = 10.0
"""How long a body may take to come."""

_STYLE: Final = b64encode(sha256(pages.STYLE.encode()).digest()).decode()
_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    # The token is in the URL: nobody the page or link leads to is told it.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}
_PAGE_HEADERS: Final[Mapping[str, str]] = {
    **_HEADERS,
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE}'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}
PIXEL: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01D\x00;"
)
"""A transparent picture of one pixel."""
_Kind = TypeVar("_Kind")


def page(text: str, status: int = 200, *, retry_seconds: int = 0) -> web.Response:
    """A page; `retry_seconds` says when to come again."""
    headers = dict(_PAGE_HEADERS)
    if retry_seconds:
        headers["Retry-After"] = str(retry_seconds)
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def nothing() -> web.Response:
    """The answer to a HEAD that does nothing."""
    return web.Response(headers=_PAGE_HEADERS, content_type="text/html")


def picture() -> web.Response:
    """The pixel."""
    return web.Response(body=PIXEL, content_type="image/gif", headers=_HEADERS)


def redirect(url: str) -> web.Response:
    """On to where a link points."""
    return web.Response(status=302, headers={**_HEADERS, "Location": url})


def not_now() -> web.Response:
    """Nothing was promised: a store is away. Mailbox providers, and people, come again."""
    return page(pages.not_now(), 503, retry_seconds=30)


def refused(status: int = 400) -> web.Response:
    """What was asked for makes no sense here."""
    return page(pages.broken_link(), status)


def opened(links: Links, request: web.Request, kind: type[_Kind]) -> _Kind | None:
    """The target of a request's token; None where it is forged, or one of another kind."""
    try:
        target = links.open(request.match_info["token"])
    except ForgedLinkError:
        return None
    return target if isinstance(target, kind) else None


async def read_form(request: web.Request) -> MultiDictProxy[Any] | None:
    """The fields of a form, urlencoded or multipart (RFC 8058 allows both); None where it is none.

    Raises:
        aiohttp.web.HTTPRequestEntityTooLarge: The body is longer than the app takes.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.post()
    except (ValueError, TypeError, LookupError, AssertionError, EOFError, OSError, RuntimeError):
        # A form that breaks off, lies about its charset or boundary; a client that never ends it.
        return None


async def read_body(request: web.Request, most: int) -> bytes | None:
    """A body of at most so many bytes; None where it is longer, or never ends."""
    if (request.content_length or 0) > most:
        return None
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.content.iter_chunked(65_536):
                body += part
                if len(body) > most:
                    return None
    except (TimeoutError, OSError):
        return None
    return bytes(body)
