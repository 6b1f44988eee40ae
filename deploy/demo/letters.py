"""Reading a mail as its recipient does: headers, links, and the copies kept to look at."""

import re
from email import message_from_bytes
from email.parser import BytesHeaderParser
from html import unescape
from pathlib import Path

from deploy.demo.actions import Letter
from deploy.servers.mailbox import Mail

_LINK = re.compile(r'<a\b[^>]*\bhref\s*=\s*"([^"]+)"', re.IGNORECASE)
_UNSUBSCRIBE = re.compile(r"<(https?://[^>]+)>")
_HEADERS = BytesHeaderParser()


class OpenedMail:
    """A mail, its headers read by the standard library; the body is opened when it is needed.

    Attributes:
        decision_id: Of `X-Nextbest-Decision`; empty if there is none.
        message_id: Of `Message-ID`.
        recipient: The envelope's recipient, in lower case.
        mail: As the inbox has it.
        unsubscribe_url: Of `List-Unsubscribe`, if it takes one-click POSTs (RFC 8058); else empty.
    """

    def __init__(self, mail: Mail) -> None:
        self.mail = mail
        self._content = mail.content
        headers = _HEADERS.parsebytes(mail.content)
        self.decision_id = str(headers.get("X-Nextbest-Decision", "")).strip()
        self.message_id = str(headers.get("Message-ID", "")).strip()
        self.recipient = (mail.recipients or [""])[0].lower()
        one_click = headers.get("List-Unsubscribe-Post", "") == "List-Unsubscribe=One-Click"
        found = _UNSUBSCRIBE.search("".join(str(headers.get("List-Unsubscribe", "")).split()))
        self.unsubscribe_url = found.group(1) if found and one_click else ""

    def html(self) -> str:
        """The HTML part; empty if there is none."""
        for part in message_from_bytes(self._content).walk():
            if part.get_content_type() == "text/html":
                body = part.get_payload(decode=True)
                if isinstance(body, bytes):
                    return body.decode(part.get_content_charset("utf-8"), "replace")
        return ""

    def links(self) -> tuple[str, ...]:
        """The signed links in the body, in order of appearance."""
        return tuple(url for url in self._urls() if "/c/" in url)

    def confirms(self) -> str:
        """The link that confirms an opt-in; empty if there is none."""
        return next((url for url in self._urls() if "/o/" in url), "")

    def _urls(self) -> list[str]:
        return [unescape(url) for url in _LINK.findall(self.html())]

    def letter(self, accepted_at_ms: int) -> Letter:
        """What the shopper gets; `accepted_at_ms` in simulated time."""
        return Letter(
            self.decision_id,
            accepted_at_ms,
            self.unsubscribe_url,
            self.links,
            self.confirms,
            self.mail,
        )


class Keepsakes:
    """Saves the first few mails of each template as HTML files, to be looked at in a browser.

    Args:
        folder: Where; made when missing.
        each: How many of a kind.
    """

    def __init__(self, folder: Path, each: int = 2) -> None:
        self._folder = folder
        self._each = each
        self._saved: dict[str, int] = {}

    def offer(self, kind: str, mail: OpenedMail) -> None:
        """Save a mail unless there are enough of its kind."""
        number = self._saved.get(kind, 0)
        if number >= self._each:
            return
        self._saved[kind] = number + 1
        self._folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^A-Za-z0-9_-]", "_", kind) or "mail"
        (self._folder / f"{name}-{number + 1}.html").write_text(mail.html(), encoding="utf-8")
