"""Days' volumes as workers see them, on a real ledger."""

from datetime import date
from typing import Any

from runtime.metrics import Metrics
from runtime.redis_client import Client
from runtime.volume_settings import VolumeSettings, Warmup
from senders.guardrails.counts import DAY_MS
from senders.volume.curve import start_day
from senders.volume.store import VolumeStore
from senders.volume.volume import Volume

DOMAIN = "sender.example"
WARMUP = Warmup(start=date(2026, 5, 1), first_day=48, growth=2, until=10_000)
DAY = start_day(WARMUP)
EVENING_MS = DAY * DAY_MS + 23 * 3_600_000
WARMING = VolumeSettings(warmup={"marketing": WARMUP})


def worker(
    redis: Client,
    namespace: str,
    settings: VolumeSettings = WARMING,
    *,
    held: bool = False,
) -> Volume:
    return Volume(redis, namespace, DOMAIN, settings, lambda _: held, Metrics())


def mail(number: int, engagement: float = 0.0, **changes: Any) -> dict[str, Any]:
    return {
        "decision_id": f"d{number}",
        "stream": "marketing",
        "kind": "marketing",
        "offer": "none",
        "content": {},
        "engagement": engagement,
        "expires_at": EVENING_MS + 30 * DAY_MS,
        **changes,
    }


async def leaves(volume: Volume, decision: dict[str, Any], at_ms: int) -> bool:
    """Have a mail leave where there is room for it: looked for, then taken."""
    looked = await volume.look(decision, at_ms)
    if not looked.found:
        return False
    async with volume.room(decision, at_ms, looked.since) as room:
        room.left = room.found
    return room.left


async def used(redis: Client, namespace: str, counter: str = "marketing", day: int = DAY) -> int:
    return (await VolumeStore(redis, namespace, DOMAIN).used(day)).get(counter, 0)
