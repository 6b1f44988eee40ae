"""Words by which scanners, previews and scripts name themselves as they follow links.

Kept once for both who answers links (`nextbest web`) and who judges clicks (the worker).
"""

import re
from typing import Final

_SCANNERS: Final = re.compile(
    r"barracuda|proofpoint|mimecast|messagelabs|symantec|ironport|cisco-?secure|trend ?micro|tmes"
    r"|fortinet|fortimail|fortiguard|sophos|f-secure|trustwave|zscaler|existence discovery"
    r"|bingpreview|skypeuripreview|facebookexternalhit|headless|phantomjs|crawler|spider"
    r"|(?<!cu)bot\b|\bcurl/|\bwget/|python-requests|python-urllib|python-httpx|aiohttp/"
    r"|go-http-client|libwww-perl",
    re.IGNORECASE,
)
"""Cubot makes telephones."""


def names_itself(user_agent: str | None) -> bool:
    """Whether a client says that it is a machine; one that says nothing may be a person's."""
    return user_agent is not None and _SCANNERS.search(user_agent) is not None
