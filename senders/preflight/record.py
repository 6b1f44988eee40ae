"""The last preflight, kept in the ledger Redis, and whether it lets production mail leave."""

from collections.abc import Awaitable, Sequence
from typing import Any, Final, cast

import msgspec

from runtime.redis_client import Client
from runtime.setting_values import PREFLIGHT_CHECKS
from senders.preflight.finding import Finding, Outcome

DAY_MS: Final = 86_400_000


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A preflight that was run.

    Attributes:
        fingerprint: `senders.preflight.target.Target.fingerprint` of what it was about.
        at_ms: When, epoch milliseconds by the wall clock.
        findings: One for each check.
        overridden: Checks that an operator said need not pass.
    """

    fingerprint: str
    at_ms: int
    findings: tuple[Finding, ...]
    overridden: tuple[str, ...] = ()

    def failed(self, overrides: Sequence[str] = ()) -> list[Finding]:
        """What keeps production mail back."""
        let = {*overrides, *self.overridden}
        return [
            one for one in self.findings if one.outcome is Outcome.FAIL and one.check not in let
        ]


def missing(
    report: Report | None,
    fingerprint: str,
    overrides: Sequence[str],
    now_ms: int,
    valid_days: int,
) -> list[str]:
    """A line for everything that keeps production mail back; none where it may leave.

    Args:
        report: The last preflight, or None.
        fingerprint: Of the set-up that would send.
        overrides: Checks that need not pass.
        now_ms: The wall clock, epoch milliseconds.
        valid_days: How old a preflight may be.
    """
    if set(PREFLIGHT_CHECKS) <= set(overrides):
        return []
    if report is None:
        return ["none was run"]
    if report.fingerprint != fingerprint:
        return ["the last one was about other domains, keys, relay or URL than those set now"]
    age_ms = now_ms - report.at_ms
    if age_ms > valid_days * DAY_MS:
        return [f"the last one is {age_ms // DAY_MS} days old, more than {valid_days}"]
    told = {finding.check for finding in report.findings}
    unseen = [name for name in PREFLIGHT_CHECKS if name not in {*told, *overrides}]
    return [
        *(f"{one.check}: {one.found}. {one.do}" for one in report.failed(overrides)),
        *(f"{name}: not looked at by the release that ran it" for name in unseen),
    ]


def report_key(namespace: str) -> str:
    """Where the last preflight lives."""
    return f"{namespace}preflight"


async def save(ledger: Client, namespace: str, report: Report) -> None:
    """Keep a preflight in place of the last one.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    call = ledger.set(report_key(namespace), msgspec.json.encode(report))
    await cast("Awaitable[Any]", call)


async def load(ledger: Client, namespace: str) -> Report | None:
    """The last preflight; None where there is none, or none that this release can read.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    data = await cast("Awaitable[Any]", ledger.get(report_key(namespace)))
    if data is None:
        return None
    try:
        return msgspec.json.decode(data, type=Report)
    except msgspec.DecodeError:
        return None
