"""What can go wrong between a decision and its mail; the base type says what to do."""

from pathlib import Path

from schemas.errors import NextbestError, RetryError, StopError

_NAMED = 20
"""How many decisions a message names."""


class UnrenderableError(NextbestError):
    """This message can't be rendered for this person; nothing is sent.

    Attributes:
        message: The message's name.
        detail: The ground in words; holds no personal data.
    """

    def __init__(self, message: str, detail: str) -> None:
        super().__init__(
            f"message {message!r} can't be rendered: {detail}. Correct its template; "
            "the decision is reported as unrenderable and nothing is sent."
        )
        self.message = message
        self.detail = detail


class BadTemplatesError(StopError):
    """Templates are missing or broken; `problems` holds a line for each."""

    def __init__(self, folder: str, problems: list[str]) -> None:
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"the templates in {folder} can't be used:{lines}")
        self.problems = problems


class BadSigningKeysError(StopError):
    """Keys that were to sign mails can't be used; `problems` holds a line for each."""

    def __init__(self, problems: list[str]) -> None:
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(
            f"mails can't be signed:{lines}\nnextbest dkim generate makes keys that can be used."
        )
        self.problems = problems


class NotPreflightedError(StopError):
    """Mail may go to everybody, and no preflight says that the set-up is fit for it."""

    def __init__(self, problems: list[str]) -> None:
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(
            "NEXTBEST_SENDER__ALLOW_RECIPIENTS lets mail go to everybody, and no preflight allows "
            f"it:{lines}\nRun `nextbest preflight` with the same settings. What can't pass is let "
            "go by its name: `nextbest preflight --override NAME`, or "
            "NEXTBEST_SENDER__PREFLIGHT_OVERRIDES. Until then name recipients one by one."
        )
        self.problems = problems


class KeyFileError(StopError):
    """A new key could not be put where it was wanted."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"{path} can't be written ({error.strerror}). A key that is there is never written "
            "over: mails under way are signed with it. Name another selector or folder."
        )


class BadMailError(NextbestError):
    """A header value could break out of its line (RFC 5322, section 2.2).

    Attributes:
        header: The header's name.
    """

    def __init__(self, header: str) -> None:
        super().__init__(f"the {header} header would hold a control character; nothing is sent.")
        self.header = header


class ForgedLinkError(NextbestError):
    """A link's token was not signed with one of our keys, or is not a token at all."""


class ForgedReportError(NextbestError):
    """A webhook's request was not signed by whom it says it is from; nothing follows from it.

    Attributes:
        reason: A short code, for logs and metrics.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"a report by webhook is not believed: {reason}.")
        self.reason = reason


class UnreachableError(RetryError):
    """What a report has to be checked with could not be fetched; it will be sent again."""


class StoreAwayError(RetryError):
    """Redis did not answer: consent, suppression or the ledger can't be read, so no mail leaves.

    Attributes:
        store: `state` or `ledger`.
    """

    def __init__(self, store: str, error: BaseException) -> None:
        super().__init__(
            f"the {store} Redis did not answer ({type(error).__name__}: {error}); "
            "no mail leaves until it does."
        )
        self.store = store


class VolatileLedgerError(StopError):
    """The ledger could forget a claim it has acknowledged."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"the ledger Redis has {found}; it needs appendonly yes and appendfsync always, or a "
            "crash of it can send a mail twice. Configure it (deploy/redis/ledger.conf shows how), "
            "or accept the risk with NEXTBEST_SENDER__REQUIRE_DURABLE_LEDGER=false."
        )


class LostDeliveryEventError(StopError):
    """Kafka refused a delivery event or dead letter; the offsets it stands for stay uncommitted."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} events could not be written to Kafka. Their decisions are not committed and "
            "are taken again after a restart; the ledger keeps their mails from leaving twice."
        )
        self.count = count


class AbandonedError(NextbestError):
    """The decision's partition went to another worker or this one is stopping; nothing was sent."""


class CrowdedError(NextbestError):
    """A destination has as many decisions waiting as may be; this one is to be read again later.

    Attributes:
        key: The destination's.
    """

    def __init__(self, key: str) -> None:
        super().__init__(f"enough mails wait for their turn at {key}")
        self.key = key


class UnfinishedError(StopError):
    """A sender that was told to stop left decisions in the midst of being handed over.

    Attributes:
        decision_ids: All of them; the message names the first.
    """

    def __init__(self, seconds: float, decision_ids: list[str]) -> None:
        more = len(decision_ids) - _NAMED
        named = ", ".join(decision_ids[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        super().__init__(
            f"{len(decision_ids)} decisions were not finished within {seconds:g} s of draining: "
            f"{named}. The next sender takes them again; those that were claimed it ends as "
            "unknown, and sends none twice. Check that the relay and Redis answer in time."
        )
        self.decision_ids = decision_ids
