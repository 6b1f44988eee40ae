"""Settings of the guardrails: how many complaints, bounces and unsubscriptions are too many."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from runtime.setting_groups import Group
from runtime.setting_values import Seconds, split_commas

Share = Annotated[float, Field(gt=0, le=1)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_commas)]


class GuardrailSettings(Group):
    """When a message stream is stopped by itself, until a person resumes it.

    Rates are shares of the mails accepted. A limit counts as passed once the rate is above it
    with the confidence asked for.
    """

    complaints_warn: Share = 0.001
    """Complaints: a warning above this. Gmail and Yahoo ask bulk senders to stay below 0.1 %."""
    complaints_stop: Share = 0.003
    """Complaints: the stream stops above this. At 0.3 % Gmail and Yahoo begin to refuse."""
    bounces_warn: Share = 0.05
    """Hard bounces: a warning above this. At 5 % Amazon SES puts an account under review."""
    bounces_stop: Share = 0.1
    """Hard bounces: the stream stops above this. At 10 % Amazon SES may pause an account."""
    unsubscribes_warn: Share = 0.005
    """Unsubscriptions: a warning above this."""
    unsubscribes_stop: Share = 0.02
    """Unsubscriptions: the stream stops above this."""
    window_days: Annotated[int, Field(ge=1, le=45)] = 7
    """Mails that left within so many days, today included, are counted."""
    confidence: Annotated[float, Field(ge=0.5, le=0.9999)] = 0.95
    """How sure it must be that the rate is above a limit."""
    least_accepted: Annotated[int, Field(ge=1)] = 200
    """Fewer accepted mails are too few to judge by …"""
    least_events: Annotated[int, Field(ge=1)] = 5
    """… and fewer complaints, bounces or unsubscriptions too."""
    no_feedback: Names = ("gmail",)
    """Mailbox providers, separated by commas, that report no complaints: their rate is unknown
    unless one is imported, and their mails don't count for the rates of others."""
    never_stopped: Names = ("transactional",)
    """Streams, separated by commas, that are watched and warned of, and never stopped."""
    look_seconds: Seconds = 5.0
    """How often each sender looks at the counts."""
