"""Whether a received mail is what bulk senders' rules want: signed, and left by one click.

Judged on the bytes as they came over the wire, by dkimpy, which shares no code with our signer.
"""

import signal
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from multiprocessing import get_context

import dkim

_HEADERS = BytesHeaderParser()
_ONE_CLICK = "List-Unsubscribe=One-Click"
_COVERED = {b"list-unsubscribe", b"list-unsubscribe-post"}


@dataclass(frozen=True, slots=True)
class Seals:
    """What a mail carries.

    Attributes:
        signatures: DKIM signatures on it.
        valid: Those of them that verify.
        one_click: Whether it offers one-click unsubscription (RFC 8058) under a valid signature.
    """

    signatures: int
    valid: int
    one_click: bool

    @property
    def all_valid(self) -> bool:
        """Whether it is signed, and every signature holds."""
        return 0 < self.signatures == self.valid


def look(content: bytes, names: Mapping[str, str]) -> Seals:
    """Verify a mail.

    Args:
        content: The mail as received.
        names: TXT records by name without the last dot, in place of the DNS.
    """

    def txt(name: bytes, timeout: int = 5) -> bytes | None:
        del timeout
        found = names.get(name.decode().rstrip("."))
        return found.encode() if found is not None else None

    headers = _HEADERS.parsebytes(content)
    count = len(headers.get_all("DKIM-Signature", []))
    verifier = dkim.DKIM(content)
    valid, covered = 0, False
    for index in range(count):
        try:
            holds = verifier.verify(idx=index, dnsfunc=txt)
        except dkim.DKIMException:
            continue
        if holds:
            valid += 1
            covered = covered or set(verifier.include_headers) >= _COVERED
    unsubscribe = "".join(str(headers.get("List-Unsubscribe", "")).split())
    offered = headers.get("List-Unsubscribe-Post", "") == _ONE_CLICK and "<http" in unsubscribe
    return Seals(count, valid, bool(offered and covered))


class Examiner:
    """Looks at mails in a process of its own, since dkimpy takes 2 ms a mail.

    Args:
        names: See `look`.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = dict(names)
        # Not forked: the run has threads of librdkafka by then.
        context = get_context("spawn")
        self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_ignore_interrupts)
        self._results: list[Future[Seals]] = []

    def take(self, content: bytes) -> None:
        """Have a mail looked at."""
        self._results.append(self._pool.submit(look, content, self._names))

    def results(self) -> list[Seals]:
        """What was found, by mail in the order taken; waits for what is still to be looked at."""
        return [result.result() for result in self._results]

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the run, which ends this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
