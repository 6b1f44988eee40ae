"""One-click unsubscription as mailbox providers do it, tried from outside (RFC 8058)."""

import ssl
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import aiohttp

from senders.links.tokens import Links, Unsubscribe
from senders.preflight.finding import Finding, failed, passed
from senders.preflight.target import Target

TIMEOUT_SECONDS = 15.0
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
_LOOKED = "HEAD, GET and POST of a fresh unsubscribe link"

Withdrawn = Callable[[], Awaitable[bool]]


async def check_one_click(
    target: Target, links: Links, probe: Unsubscribe, withdrawn: Withdrawn, context: ssl.SSLContext
) -> Finding:
    """Whether an unsubscribe link works by POST, and only by POST.

    Args:
        target: The set-up.
        links: Signs the link.
        probe: Nobody's withdrawal.
        withdrawn: Whether it is on record.
        context: What certificates are verified by.
    """
    check, looked = "one_click", f"{_LOOKED} at {target.public_url}"
    if urlsplit(target.public_url).scheme != "https":
        do = "Set NEXTBEST_SENDER__PUBLIC_URL to an https:// URL: RFC 8058 allows no other."
        return failed(check, looked, "not https", do)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    connector = aiohttp.TCPConnector(ssl=context)
    try:
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            await _try(session, links.unsubscribe(probe), withdrawn)
    except _NotAsItMustError as error:
        do = "Let what stands between that URL and `nextbest web` pass every method on unchanged."
        return failed(check, looked, str(error), do)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        do = "See that `nextbest web` is reached there, with a certificate that browsers trust."
        return failed(check, looked, f"{type(error).__name__}: {error}", do)
    return passed(check, looked, "GET shows a page, POST and nothing else withdraws")


class _NotAsItMustError(Exception):
    """An answer that RFC 8058 forbids."""


async def _try(session: aiohttp.ClientSession, url: str, withdrawn: Withdrawn) -> None:
    async with session.head(url, allow_redirects=False) as answer:
        _must(answer.status == 200, f"HEAD was answered {answer.status}")
    async with session.get(url, allow_redirects=False) as answer:
        page = await answer.text(errors="replace")
        _must(answer.status == 200, f"GET was answered {answer.status}")
        _must("<form" in page.lower(), "GET shows no page with a button")
    _must(not await withdrawn(), "HEAD or GET withdrew consent; scanners open every link")
    async with session.post(url, data=ONE_CLICK, allow_redirects=False) as answer:
        _must(answer.status == 200, f"POST was answered {answer.status}")
        _must("Set-Cookie" not in answer.headers, "POST was answered with a cookie")
    _must(await withdrawn(), "POST was answered 200, and the withdrawal is not on record")


def _must(holds: bool, problem: str) -> None:  # noqa: FBT001  reads as what must hold
    if not holds:
        raise _NotAsItMustError(problem)
