"""Asking whether links that templates hold answer: over HTTP, only when asked for."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from senders.links.tokens import is_web_url
from senders.linting.links import targets
from senders.linting.page import Page
from senders.linting.rule import Rule
from senders.mail.message_kinds import fitting, message_of
from senders.mail.rendering import Templates
from senders.mail.samples import BASE, FULL, SHOP, variables_of

SECONDS: Final = 10.0
AT_ONCE: Final = 8
_UNASKED: Final = (f"{BASE}/", SHOP)
"""Samples' own addresses, behind which nothing is."""
DEAD_LINK: Final = Rule(
    "dead-link", "error", "Correct the address, or take the link out.", lambda _page: iter(())
)


def own_links(templates: Templates, name: str, folder: Path, flows: Any) -> set[str]:
    """Links and pictures that a message's templates name themselves.

    Raises:
        UnrenderableError: It can't be rendered.
    """
    message = message_of(name, folder, flows)
    variables = variables_of(fitting(FULL, message), name, message.kind)
    page = Page(message, FULL.name, variables, templates.render(name, variables))
    return {url for url in targets(page) if is_web_url(url) and not url.startswith(_UNASKED)}


async def unanswered(urls: Iterable[str]) -> dict[str, str]:
    """What is wrong with each URL that doesn't answer as a page does."""
    gate = asyncio.Semaphore(AT_ONCE)
    async with ClientSession(timeout=ClientTimeout(total=SECONDS)) as session:

        async def ask(url: str) -> tuple[str, str]:
            async with gate:
                return url, await _answer(session, url)

        answers = await asyncio.gather(*(ask(url) for url in sorted(set(urls))))
    return {url: problem for url, problem in answers if problem}


async def _answer(session: ClientSession, url: str) -> str:
    try:
        async with session.head(url, allow_redirects=True) as response:
            status = response.status
        if status in {403, 405, 501}:  # some servers answer GET only
            async with session.get(url) as response:
                status = response.status
    except (ClientError, TimeoutError, OSError, ValueError) as error:
        return f"{url} doesn't answer ({type(error).__name__})"
    return f"{url} answers {status}" if status >= 400 else ""
