"""Which of those who follow a link are machines, as far as a request tells.

What one process can see: the method, what the client says of itself and its purpose, and several
links of one mail followed at once. The worker, who knows when the mail was accepted and sees the
clicks of all processes, judges once more (`models/feedback/machines.py`).
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, Literal

from schemas.agents import names_itself

Machine = Literal["head", "prefetch", "agent", "burst"]

BURST_MS: Final = 1_000
"""Another link of the same mail followed within this is a machine's work."""
MAILS: Final = 10_000
"""Mails whose last clicks are remembered, the latest ones."""
LINKS: Final = 8
"""Links remembered of each: one is enough to know that another one isn't the first."""

_PURPOSES: Final = (
    # https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Purpose
    "Sec-Purpose",
    # Chrome's, Safari's and Firefox' own names for it, from before there was a standard one.
    "Purpose",
    "X-Purpose",
    "X-Moz",
)
_AHEAD: Final = ("prefetch", "prerender", "preview")


def machine_of(method: str, headers: Mapping[str, str]) -> Machine | None:
    """What a request alone says: head, prefetch or agent; None where it may be a person's.

    Args:
        method: The request's.
        headers: The request's, found in whatever case.
    """
    if method == "HEAD":
        return "head"
    purposes = " ".join(headers.get(name, "") for name in _PURPOSES).lower()
    if any(word in purposes for word in _AHEAD):
        return "prefetch"
    return "agent" if names_itself(headers.get("User-Agent")) else None


class Bursts:
    """Several links of one mail followed at once; bounded, in this process' memory."""

    def __init__(self, *, mails: int = MAILS, within_ms: int = BURST_MS) -> None:
        self._mails = mails
        self._within_ms = within_ms
        self._seen: OrderedDict[str, dict[int, int]] = OrderedDict()

    def seen(self, decision_id: str, url: str, now_ms: int) -> bool:
        """Note a link followed; True where another one of its mail was, a moment before or after.

        Args:
            decision_id: The mail's decision.
            url: Where the link leads.
            now_ms: When, epoch milliseconds.
        """
        links = self._seen.setdefault(decision_id, {})
        self._seen.move_to_end(decision_id)
        link = hash(url)
        burst = any(
            other != link and abs(now_ms - at_ms) <= self._within_ms
            for other, at_ms in links.items()
        )
        links.pop(link, None)
        links[link] = now_ms
        if len(links) > LINKS:
            del links[next(iter(links))]
        if len(self._seen) > self._mails:
            self._seen.popitem(last=False)
        return burst
