"""`nextbest send-test`: a message in a real mailbox, without any effect on anybody."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from runtime.mailbox import Address
    from runtime.settings import Settings
    from schemas.codec import Record
    from senders.mail.composer import Shelf
    from senders.mail.rendering import Templates


def send_test(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="The message's name.")],
    to: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="Where it goes.")],
    subscriber: Annotated[
        str | None,
        typer.Option("--subscriber", metavar="ID", help="Whose content; made up without."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Send although the allow-list doesn't hold the address.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Send although the address is suppressed.")
    ] = False,
) -> None:
    """Render a message and hand it to the relay, marked [Test], to one address.

    Its links are nobody's: following them or unsubscribing counts for no person. The ledger, the
    pace, counts and events never learn of it.

    Example: nextbest send-test cart_reminder --to me@example.com --subscriber 4711
    """
    from nextbest.lint import named
    from nextbest.roles import prepare
    from runtime.mailbox import parse_address
    from runtime.start import identity_problems
    from senders.mail.rendering import FOLDER, Templates, template_problems

    settings = prepare("send-test", identity_problems, template_problems)
    templates = Templates(settings.programme_dir / FOLDER)
    named(templates, [message])
    address = parse_address(to)
    if address is None:
        raise typer.BadParameter("--to is no address that mail can go to")
    answer = asyncio.run(
        _send(settings, templates, message, subscriber, address, yes=yes, force=force)
    )
    print(f"sent; the relay says: {answer}")


async def _send(
    settings: "Settings",
    templates: "Templates",
    message: str,
    subscriber: str | None,
    address: "Address",
    *,
    yes: bool,
    force: bool,
) -> str:
    from runtime.clock import WallClock
    from runtime.metrics import Metrics
    from senders import trial_mail
    from senders.mail.composer import open_composer
    from senders.recipients.address import AllowList

    if not yes and not AllowList(settings.sender.allow_recipients).allows(address):
        raise trial_mail.TrialRefusedError(
            "NEXTBEST_SENDER__ALLOW_RECIPIENTS doesn't hold this address, and nothing was sent. "
            "Add it, or say --yes."
        )
    if not force:
        await _refuse_suppressed(settings, address)
    decision, contact, now_ms, shelf = await _content(settings, message, subscriber)
    composer = open_composer(settings, templates, shelf, Metrics())
    nobodys = trial_mail.as_test(decision)
    words = composer.render(nobodys, trial_mail.nobodys(contact), now_ms)
    dated_ms = WallClock().now_ms()
    mail = composer.seal(trial_mail.marked(words), nobodys, address.mailbox, dated_ms)
    return await trial_mail.hand_over(settings.sender, address.mailbox, mail.data)


async def _refuse_suppressed(settings: "Settings", address: "Address") -> None:
    from nextbest.connections import open_ledger
    from senders.recipients.suppression import digest_of, hash_key
    from senders.trial_mail import TrialRefusedError

    async with open_ledger(settings) as ledger:
        key = hash_key(settings.namespace, digest_of(address.mailbox))
        reasons: Any = await ledger.hkeys(key)
    if reasons:
        named = ", ".join(sorted(reason.decode("utf-8", "replace") for reason in reasons))
        raise TrialRefusedError(
            f"this address is suppressed ({named}), and nothing was sent. --force sends anyway."
        )


async def _content(
    settings: "Settings", message: str, subscriber: str | None
) -> "tuple[Record, Record, int, Shelf]":
    """Decision, contact, time and shelf: of the person, or made up."""
    if subscriber is None:
        from runtime.settings import FLOWS_FILE
        from senders.mail import samples
        from senders.mail.composer import FixedShelf
        from senders.mail.message_kinds import fitting, message_of, read_flows
        from senders.mail.rendering import FOLDER

        flows = read_flows(settings.programme_dir / FLOWS_FILE)
        known = message_of(message, settings.programme_dir / FOLDER, flows)
        sample = fitting(samples.FULL, known)
        decision = samples.decision_of(sample, message, known.kind)
        return (
            decision,
            samples.contact_of(sample),
            samples.NOW_MS,
            FixedShelf(samples.CATALOG, samples.SHOP),
        )
    from nextbest.preview_state import preview

    found = await preview(settings, message, subscriber)
    if found is None:
        typer.echo(f"no contact is known of {subscriber!r}; nothing was sent.", err=True)
        raise typer.Exit(1)
    return found.decision, found.contact, found.now_ms, found.shelf
