"""What a person is likely to do next, worked out when first asked for and once."""

from models.catalog import Catalog
from models.intent.facts import intent
from models.intent.intent import Intent
from models.intent.model import IntentModel
from models.person.profile import Profile


class Asked:
    """One person's intent at one instant, for as long as nothing happens to them.

    Args:
        profile: The person.
        now_ms: The instant, epoch milliseconds.
        model: What is known of everybody.
        catalog: Tells the categories of what was looked at.
    """

    __slots__ = ("_catalog", "_found", "_model", "_now_ms", "_profile")

    def __init__(
        self, profile: Profile, now_ms: int, model: IntentModel, catalog: Catalog | None
    ) -> None:
        self._profile = profile
        self._now_ms = now_ms
        self._model = model
        self._catalog = catalog
        self._found: Intent | None = None

    def intent(self) -> Intent:
        """The intent; working it out takes as long as thirty other facts."""
        if self._found is None:
            self._found = intent(self._profile, self._model, self._now_ms, self._catalog)
        return self._found
