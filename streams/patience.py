"""Waiting for a schema registry that can't be asked right now."""

import asyncio

import structlog

from schemas.errors import RetryError

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 1.0


async def wait_for_schemas(error: RetryError) -> None:
    """Say what is waited for, and wait before the same record is tried again."""
    log.warning("waiting for the schema registry", reason=str(error))
    await asyncio.sleep(PAUSE_SECONDS)
