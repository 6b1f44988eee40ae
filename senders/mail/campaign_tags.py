"""Campaign tags (UTM) on links to the shop: its own analytics then tell visits from mails apart."""

from functools import lru_cache
from typing import Final
from urllib.parse import quote_plus

from senders.plain import clean

MEDIUM: Final = "email"
LONGEST_URL: Final = 1_900
"""Bytes; a signed link that holds a longer URL would be longer than `nextbest web` opens."""


@lru_cache(maxsize=4_096)
def tagged(url: str, source: str, flow: str, content: str) -> str:
    """The URL with `utm_source`, `utm_medium`, `utm_campaign` and `utm_content`.

    Tags that it has already stay as they are: whoever wrote them knows better. The rest of it, its
    fragment too, stays as it is to the byte.

    Args:
        url: Where the link leads.
        source: Value of `utm_source`; no tag at all where empty.
        flow: The flow that decided the mail.
        content: What of the flow it is: message and offer.
    """
    if not source:
        return url
    page, hash_sign, fragment = url.partition("#")
    path, _, query = page.partition("?")
    tags = _tags(source, flow, content)
    if query:
        there = {pair.partition("=")[0].lower() for pair in query.split("&")}
        added = [tag for name, tag in tags if name not in there]
    else:
        added = [tag for _, tag in tags]
    query = "&".join([query, *added] if query else added)
    longer = f"{path}?{query}{hash_sign}{fragment}"
    return longer if len(longer.encode()) <= LONGEST_URL else url


@lru_cache(maxsize=1_024)
def _tags(source: str, flow: str, content: str) -> tuple[tuple[str, str], ...]:
    """Each tag's name, and it as it stands in a URL; a dozen links of a mail have the same."""
    tags = (
        ("utm_source", source),
        ("utm_medium", MEDIUM),
        ("utm_campaign", flow),
        ("utm_content", content),
    )
    return tuple((name, f"{name}={quote_plus(clean(value, 80))}") for name, value in tags if value)
