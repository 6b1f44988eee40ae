"""The commands that run a role until SIGTERM or Ctrl-C."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from runtime.settings import Settings


def prepare(role: str) -> "Settings":
    """Read the settings and set up logging for a role."""
    from runtime.logging import configure
    from runtime.settings import load_settings

    settings = load_settings()
    configure(role, settings.log_level)
    return settings


def _run_stream_role(role: str) -> None:
    settings = prepare(role)
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
    _run_stream_role("worker")


def trainer() -> None:
    """Learn from outcomes and publish the population models; one is enough, a second waits."""
    _run_stream_role("trainer")


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
    settings = prepare("sender")
    from senders.worker import run

    run(settings, dry_run=dry_run or settings.sender.dry_run)


def web() -> None:
    """Answer the links in mails: signed click redirects and one-click unsubscription.

    Example: NEXTBEST_WEB__HOST=0.0.0.0 NEXTBEST_WEB__PORT=8080 nextbest web
    """
    settings = prepare("web")
    from senders.web import run

    run(settings)
