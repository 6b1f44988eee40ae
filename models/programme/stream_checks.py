"""What must fit together in kinds, streams and topics: what is owed carries no promotion."""

from collections.abc import Iterable
from typing import Final

from models.programme.flow_events import OWED, Trigger
from models.programme.flow_parts import Content
from models.programme.loose import LooseFlow, Parts
from models.programme.streams import Kind

INFORM: Final = "inform"
"""The goal of what is owed: that the person knows. Nothing is sold by it."""

_WITHOUT: Final = {
    "wait": "it is owed at once",
    "capped": "caps don't hold for it",
    "exploration": "there is no choice to explore",
    "unasked": "no order is expected of it",
    "needs_cart": "a cart is no reason to owe a mail",
    "topic": "what is owed can't be turned off",
    "only": "what is owed is owed to everybody",
    "but": "what is owed is owed to everybody",
}
"""Keys that a transactional flow can't have, and why."""
_PROMOTION: Final = "transactional mail carries no promotion"


def stream_problems(parts: Parts) -> Iterable[str]:
    """Give a line for everything that doesn't fit, each with where it stands.

    Args:
        parts: What of the programme can be read.
    """
    for place, flow in parts.places.items():
        if flow.topic is not None and parts.topics is not None and flow.topic not in parts.topics:
            yield f"{place}.topic: there is no topic {flow.topic!r}; declare it under `topics`"
        if flow.kind is Kind.TRANSACTIONAL:
            yield from _transactional(place, flow)
        elif flow.kind is Kind.MARKETING:
            yield from _marketing(place, flow)
    yield from _shared(parts)


def _marketing(place: str, flow: LooseFlow) -> Iterable[str]:
    if flow.resend_unknown:
        yield f"{place}.resend_unknown: only a transactional flow has it; marketing isn't repeated"
    if flow.goal == INFORM:
        yield f"{place}.goal: only a transactional flow has the goal `{INFORM}`"
    if flow.trigger is Trigger.OPT_IN:
        yield (
            f"{place}.trigger: who hasn't confirmed their opt-in gets no marketing; a flow "
            "triggered by opt_in is `kind: transactional`"
        )
    if flow.again_after is not None and flow.again_after < _LEAST_MS:
        yield f"{place}.again_after: must be 1m or longer; only a transactional flow may have `0`"


_LEAST_MS: Final = 60_000


def _transactional(place: str, flow: LooseFlow) -> Iterable[str]:
    if flow.trigger is not None and flow.trigger not in OWED:
        owing = ", ".join(sorted(OWED))
        yield f"{place}.trigger: {flow.trigger.value} owes nobody a mail; one of {owing} may"
    if flow.goal is not None and flow.goal != INFORM:
        yield f"{place}.goal: a transactional flow's goal is `{INFORM}`"
    for key, why in _WITHOUT.items():
        if key in flow.model_fields_set:
            yield f"{place}.{'except' if key == 'but' else key}: not in a transactional flow: {why}"
    if flow.content not in (None, Content.NONE):
        yield f"{place}.content: {_PROMOTION}; leave it out"
    yield from _messages(place, flow)


def _messages(place: str, flow: LooseFlow) -> Iterable[str]:
    if len(flow.messages) > 1:
        yield f"{place}.messages: a transactional flow has one, since there is nothing to choose"
    for number, message in enumerate(flow.messages):
        where = f"{place}.messages.{number}"
        for offer in message.offers:
            if offer != "none":
                yield f"{where}.offers: {_PROMOTION}; take {offer!r} out"
        if message.shows:
            yield f"{where}.shows: {_PROMOTION}; it shows what it is about and nothing else"
        if message.slots:
            yield f"{where}.slots: a transactional message is worded in one way"
        if message.only or message.but:
            yield f"{where}: {_WITHOUT['only']}; take `only` and `except` out"


def _shared(parts: Parts) -> Iterable[str]:
    """Streams with mail of both kinds: marketing that is stopped must not stop what is owed."""
    kinds: dict[str, Kind] = {}
    for place, flow in sorted(parts.places.items()):
        if flow.kind is None:
            continue
        stream = flow.stream or flow.kind.value
        first = kinds.setdefault(stream, flow.kind)
        if first is not flow.kind:
            yield (
                f"{place}.stream: the stream {stream!r} has {first.value} mail; {flow.kind.value} "
                "mail needs another"
            )
