"""Campaign tags (UTM) on links to the shop: its own analytics then tell visits from mails apart."""

from typing import Final
from urllib.parse import quote_plus, urlsplit, urlunsplit

from senders.plain import clean

MEDIUM: Final = "email"
LONGEST_URL: Final = 1_900
"""Bytes; a signed link that holds a longer URL would be longer than `nextbest web` opens."""


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
    parts = urlsplit(url)
    there = {pair.partition("=")[0].lower() for pair in parts.query.split("&")}
    tags = (
        ("utm_source", source),
        ("utm_medium", MEDIUM),
        ("utm_campaign", flow),
        ("utm_content", content),
    )
    added = "&".join(
        f"{name}={quote_plus(clean(value, 80))}"
        for name, value in tags
        if value and name not in there
    )
    query = "&".join(part for part in (parts.query, added) if part)
    longer = urlunsplit(parts._replace(query=query))
    return longer if len(longer.encode()) <= LONGEST_URL else url
