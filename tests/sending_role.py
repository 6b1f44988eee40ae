"""The sender role with short patience, so that tests of what it waits for don't wait long.

`python -m tests.sending_role`; settings from the environment, as `nextbest sender`.
"""

from nextbest.roles import prepare
from runtime.start import identity_problems


def main() -> None:
    """Run until SIGTERM."""
    import asyncio

    from senders.handover.backoff import Backoff
    from senders.worker import Sender

    settings = prepare("sender", identity_problems)
    sender = Sender(settings, backoff=Backoff(0.1, 2.0, 0.5), claim_grace_seconds=1.0)
    asyncio.run(sender.run())


if __name__ == "__main__":
    main()
