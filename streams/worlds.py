"""Putting together what steps may read: programme, policy, catalog, population model."""

from models.errors import LearnerError, ProgrammeError
from models.learning import learners
from models.programme.flows import Programme
from models.programme.reading import parse_programme
from models.world import PolicySettings
from runtime.setting_errors import variable_name
from runtime.settings import FLOWS_FILE, Read, Settings
from schemas.errors import StopError


def read_programme(settings: Settings) -> Programme:
    """Read and check the marketers' flows.

    Raises:
        StopError: The file is missing, or it is wrong; every error is listed.
    """
    path = settings.programme_dir / FLOWS_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StopError(
            f"the programme can't be read: {error}. Set NEXTBEST_PROGRAMME_DIR to a folder with "
            f"{FLOWS_FILE}, or leave it unset for the bundled one."
        ) from error
    return parse_programme(text)


def programme_problems(read: Read) -> list[str]:
    """Give a line for everything wrong with the flows, each with the file's path."""
    if not read.sound("programme_dir"):
        return []
    try:
        read_programme(read.settings)
    except ProgrammeError as error:
        path = read.settings.programme_dir / FLOWS_FILE
        return [f"{path}: {problem}" for problem in error.problems]
    except StopError as error:
        return [str(error)]
    return []


def learner_problems(read: Read) -> list[str]:
    """Give a line for everything that keeps the class set from standing behind the beliefs."""
    if not read.sound("decision", "belief"):
        return []
    try:
        learners.load(read.settings.decision.belief)
    except LearnerError as error:
        variable = variable_name(("decision", "belief"))
        return [f"{variable} = {error.name}: {problem}" for problem in error.problems]
    return []


def policy(settings: Settings) -> PolicySettings:
    """Give the models their part of the settings, times in milliseconds."""
    decision = settings.decision
    return PolicySettings(
        outcome_window_ms=int(decision.outcome_window_seconds * 1000),
        attribution_window_ms=int(decision.attribution_window_seconds * 1000),
        margin_rate=decision.margin_rate,
        mail_cost=decision.mail_cost,
        unsubscribe_cost=decision.unsubscribe_cost,
        complaint_cost=decision.complaint_cost,
        typical_order=decision.typical_order,
        width=decision.width,
        learning=decision.learning,
        belief=decision.belief,
    )
