"""The commands that run a role until SIGTERM or Ctrl-C."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from runtime.settings import Settings
    from runtime.start import Check


def prepare(role: str, *checks: "Check") -> "Settings":
    """Read and check all that a role starts by, and set up its logging.

    Raises:
        CannotStartError: Lists everything that is wrong; nothing was connected to.
    """
    from runtime.logging import configure
    from runtime.start import checked_settings

    settings = checked_settings(role, *checks)
    configure(role, settings.log_level)
    return settings


def _run_stream_role(role: str, *checks: "Check") -> None:
    from runtime.start import data_folder_problems

    settings = prepare(role, data_folder_problems, *checks)
    from streams.role import run_role

    run_role(role, settings)


def intake() -> None:
    """Check events and write them into the journal, by subscriber.

    Example: NEXTBEST_KAFKA__BOOTSTRAP_SERVERS=kafka:9092 nextbest intake
    """
    _run_stream_role("intake")


def worker() -> None:
    """Keep profiles, fire timers and decide.

    Run as many as you like, up to one per journal partition: Kafka divides the partitions.

    Example: nextbest --config /etc/nextbest.toml worker
    """
    from streams.worlds import learner_problems, programme_problems

    _run_stream_role("worker", programme_problems, learner_problems)


def trainer() -> None:
    """Learn from outcomes and interactions, publish models; a second takes one of both topics."""
    from streams.worlds import learner_problems

    _run_stream_role("trainer", learner_problems)


def sender(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would leave and send nothing.")
    ] = False,
) -> None:
    """Render decisions and hand the mails to the SMTP relay, each once.

    Without sender address, postal address, public URL and link secret nothing is sent, and until
    NEXTBEST_SENDER__ALLOW_RECIPIENTS is widened ('*' for all) only those listed there get mail.

    Example: nextbest sender --dry-run
    """
    from nextbest.wordings import wording_doubts
    from runtime.logging import get_logger
    from runtime.start import identity_problems
    from senders.linting.at_start import MessageCheck
    from senders.mail.rendering import template_problems
    from senders.pace.provider_files import provider_problems
    from senders.signing.keys import signing_problems

    messages = MessageCheck()
    settings = prepare(
        "sender",
        identity_problems,
        template_problems,
        messages,
        provider_problems,
        signing_problems,
    )
    for doubt in wording_doubts(settings):
        get_logger(__name__).warning("a wording may never be sent", reason=doubt)
    for finding in messages.warned:
        get_logger(__name__).warning("a message breaks a rule", reason=finding.line())
    from senders.worker import run

    run(settings, dry_run=dry_run or settings.sender.dry_run)


def web() -> None:
    """Answer what mails link to: redirects, one-click unsubscription, preferences; and webhooks.

    Example: NEXTBEST_WEB__HOST=0.0.0.0 NEXTBEST_WEB__PORT=8080 nextbest web
    """
    from runtime.start import identity_problems

    settings = prepare("web", identity_problems)
    from senders.web.role import run

    run(settings)
