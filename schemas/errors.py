"""The errors of nextbest: a class says what to do, its fields say about what.

Three kinds, shared by every house: try again later (`RetryError`), put the record aside
(`DeadLetterError`), end the process (`StopError`).
"""


class NextbestError(Exception):
    """Whatever nextbest raises on purpose."""


class RetryError(NextbestError):
    """A passing condition: the same call can succeed later."""


class DeadLetterError(NextbestError):
    """This record can never be applied; it becomes a dead letter and the stream goes on.

    Attributes:
        reason: A short code, the same for every record refused on this ground.
        detail: The ground in words; holds no personal data.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class StopError(NextbestError):
    """Going on would do harm or is impossible; the process ends and says what to do."""
