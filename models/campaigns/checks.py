"""What must fit together in a programme's campaigns."""

from collections.abc import Iterable, Mapping
from typing import Any

from models import bounds
from models.campaigns.campaign import moment_ms

EVERYBODY = "all"
_OF_OTHERS = frozenset({"wanted", "topic"})
"""Contents that only a flow about something has."""


def campaign_problems(plain: Mapping[Any, Any]) -> Iterable[str]:
    """Give a line for everything about campaigns that doesn't fit together.

    Args:
        plain: The whole programme as plain data, of whatever shape.
    """
    campaigns, flows = _mapping(plain.get("campaigns")), _mapping(plain.get("flows"))
    if len(campaigns) + len(flows) > bounds.FLOWS:
        yield f"campaigns: with the flows there are more than {bounds.FLOWS}; take out old ones"
    known = _mapping(plain.get("segments"))
    zone = _mapping(plain.get("settings")).get("time_zone", "UTC")
    for name, told in campaigns.items():
        place = f"campaigns.{name}"
        if name in flows:
            yield f"{place}: a flow has that name, too; choose another"
        campaign = _mapping(told)
        yield from _audience(place, campaign.get("audience"), known)
        if campaign.get("content") in _OF_OTHERS:
            yield f"{place}.content: a campaign is about no one product or category"
        begins, ends = _moment(campaign.get("starts"), zone), _moment(campaign.get("ends"), zone)
        if begins is not None and ends is not None and ends <= begins:
            yield f"{place}.ends: it ends before it starts"


def _audience(place: str, audience: Any, known: Mapping[Any, Any]) -> Iterable[str]:
    for segment in audience if isinstance(audience, list) else ():
        if segment not in known:
            yield f"{place}.audience: there is no segment {segment!r}"


def _mapping(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _moment(text: Any, zone: Any) -> int | None:
    """The moment, or None where the strict reading tells what is wrong with it."""
    try:
        return moment_ms(text, zone)
    except (TypeError, ValueError, LookupError, OSError):
        return None
