"""What can be wrong with a simulation before it starts, and while it runs."""

from collections.abc import Mapping

from schemas.errors import StopError


class ScenarioError(StopError):
    """A scenario can't be used; `problems` lists everything found wrong with it."""

    def __init__(self, where: str, problems: list[str]) -> None:
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(
            f"the scenario {where} can't be used:\n{lines}\n"
            "simulation/scenarios/default.yaml has every parameter with its meaning."
        )
        self.problems = problems


class UnknownPolicyError(StopError):
    """A policy of that name isn't there."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no policy {name!r}. Choose among {', '.join(known)}.")


class UnknownPartError(StopError):
    """The product has no such part that could be left out."""

    def __init__(self, name: str, known: Mapping[str, str]) -> None:
        lines = "".join(f"\n  {part}: {meaning}" for part, meaning in known.items())
        super().__init__(
            f"there is no part {name!r} to be left out. Choose each (all in turn), or among:{lines}"
        )


class RefusedRecordError(StopError):
    """The pipeline put aside what the simulated shop told it; figures would be wrong."""

    def __init__(self, reasons: dict[str, int]) -> None:
        told = ", ".join(f"{reason} ({count})" for reason, count in sorted(reasons.items()))
        super().__init__(
            f"the pipeline refused records of the simulated shop: {told}. "
            "The shop and the schemas have come apart; fix simulation/events.py."
        )
