"""Whether replaying a dead letter can help, or its record would only be set aside again."""

import time

from nextbest.connections import codec, topology
from nextbest.dead_letter_store import Letter, replay_target, why_not_replayable
from runtime.settings import Settings
from schemas.admission import admit
from schemas.errors import DeadLetterError


class ReplayCheck:
    """Judges records as intake would, with the schemas known and the checks in force now.

    Args:
        settings: All settings.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._codec = codec(settings)
        self._topology = topology(settings)

    def in_vain(self, letter: Letter) -> str | None:
        """Tell why intake would set the record aside again; None where it would take it.

        Args:
            letter: One that can be replayed and holds its record, read back if it was withheld.

        Raises:
            RetryError: The schema registry can't be asked right now.
        """
        target = replay_target(self._settings, letter)
        if target is None:
            return None
        now_ms = time.time_ns() // 1_000_000
        try:
            admit(self._codec, self._topology, target, letter.record["value"], now_ms)
        except DeadLetterError as error:
            return f"it would be set aside again: {error}"
        return None

    def outlook(self, letter: Letter) -> str:
        """Say what a replay would come to, in words.

        Raises:
            RetryError: The schema registry can't be asked right now.
        """
        why = why_not_replayable(self._settings, letter)
        if why is not None:
            return why
        if letter.withheld:
            return "possible while its topic keeps it"
        return self.in_vain(letter) or "possible"
