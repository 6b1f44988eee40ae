"""What the models refuse, and what to do about it."""

from schemas.errors import DeadLetterError, StopError


class ProgrammeError(StopError):
    """The programme is not one to run by.

    Attributes:
        problems: Everything found wrong, each with where it stands.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        listed = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"the programme has {len(problems)} problem(s); correct each:\n{listed}")


class ProfileBytesError(StopError):
    """A stored profile can't be read: written by a newer release, or damaged.

    Going on would overwrite what is known about the person.
    """


class SnapshotError(StopError):
    """A stored population model can't be read: another version, truncated or not finite."""


class LearnerError(StopError):
    """A class can't stand behind the population's beliefs; `problems` lists everything found."""

    def __init__(self, name: str, problems: list[str]) -> None:
        self.name, self.problems = name, tuple(problems)
        super().__init__(f"{name} can't be a learner: {'; '.join(problems)}")


class NotLearnableError(DeadLetterError):
    """An outcome holds values that no model may learn from (`non_finite`)."""


class RefusedEventError(DeadLetterError):
    """A well-formed event that must not be applied (`no_proof`, `bad_merge`)."""


class BadRoundError(DeadLetterError):
    """A bandit's round that can't be chosen for or learned from (`non_finite`, `no_actions`, …)."""


class BadItemError(DeadLetterError):
    """A session event that can't be learned from (`bad_item`, `bad_session`)."""


class CategoryError(DeadLetterError):
    """A category that would make the tree none (`category_cycle`, `category_too_deep`)."""
