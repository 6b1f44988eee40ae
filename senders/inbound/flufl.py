"""`flufl.bounce` as another opinion: it knows many servers' words, and only whom they name."""

import email
import logging
from email.message import Message

from flufl.bounce import all_failures

from senders.inbound.addresses import tidy
from senders.inbound.mime import Mail

MAX_BYTES = 32 * 1024
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


def failed_recipients(mail: Mail) -> frozenset[str]:
    """Addresses that it finds failed, for now or for good; empty where it fails itself.

    It is given the parts as they were read here, a bounded and flat mail: its own bounds are none.
    """
    try:
        message = _message(mail)
        found = all_failures(message)
    except Exception:  # noqa: BLE001  whatever a stranger's bytes do to it, there are other ways
        return frozenset()
    addresses = (tidy(str(address, "utf-8", "replace")) for group in found for address in group)
    return frozenset(address for address in addresses if address)


def _message(mail: Mail) -> Message:
    text = "\n\n".join(
        part.text()[:MAX_BYTES] for part in mail.parts[:4] if part.kind.startswith("text/")
    )
    headers = "".join(
        f"{name}: {value}\n"
        for name, value in mail.headers.fields
        if name not in {"content-type", "content-transfer-encoding", "mime-version"}
    )
    return email.message_from_string(f"{headers}\n{text[:MAX_BYTES]}")
