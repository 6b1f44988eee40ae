"""What may be chosen, by name: hold, wait until an hour, or a mail."""

HOLD = "hold"
WAIT = "wait"
"""Begins the arms that put the choice off; followed by a slash and the local hour, or the day
of the week, a slash and the hour."""


def waits(arm: str) -> bool:
    """Whether an arm puts the choice off."""
    return arm.startswith(f"{WAIT}/")


def mails(arm: str) -> bool:
    """Whether an arm is a mail, and neither holds nor waits."""
    return arm != HOLD and not waits(arm)
