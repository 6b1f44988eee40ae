"""The `Feedback-ID` of a mail, by which Gmail reports complaints to Postmaster Tools.

Up to three identifiers and who sent it, `message:stream:kind:sender`
(https://support.google.com/a/answer/6254652). They name what was sent, never to whom.
"""

import re
from base64 import b32encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

MAX_PART: Final = 40
_ODD = re.compile(r"[^A-Za-z0-9_.-]+")


def feedback_id(decision: Mapping[str, Any], sender: str) -> str:
    """The header's value.

    Gmail counts by each identifier on its own, so the kind has a word of its own: a stream may well
    be called by its kind.

    Args:
        decision: A decision to send.
        sender: Who sends: 5 to 15 letters and digits, always the same ones.
    """
    kind = f"{_part(decision['kind'])}-mail"
    return f"{_part(decision['message'])}:{_part(decision['stream'])}:{kind}:{sender}"


def sender_of(domain: str) -> str:
    """Ten letters and digits for a domain: always the same, and nobody else's by chance."""
    digest = blake2b(domain.encode(), digest_size=8, person=b"feedback").digest()
    return b32encode(digest).decode().lower()[:10]


@lru_cache(maxsize=1_024)
def _part(name: str) -> str:
    return _ODD.sub("_", name)[:MAX_PART] or "_"
