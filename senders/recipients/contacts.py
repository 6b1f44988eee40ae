"""The contact record of a person, read from the state Redis."""

from redis.exceptions import RedisError

from runtime.logging import get_logger
from runtime.redis_client import Client, get_bytes
from schemas.codec import Codec, Record
from schemas.errors import DeadLetterError
from schemas.keys import contact_key, journal_partition, state_tag
from senders.errors import StoreAwayError

log = get_logger(__name__)


class ContactReader:
    """Reads contacts.

    Args:
        state: The state Redis.
        codec: Decodes them.
        namespace: Put before every key.
        journal_partitions: Decides where a contact lives.
    """

    def __init__(
        self, state: Client, codec: Codec, namespace: str, journal_partitions: int
    ) -> None:
        self._state = state
        self._codec = codec
        self._namespace = namespace
        self._partitions = journal_partitions

    async def read(self, subscriber: str) -> Record | None:
        """A person's contact record; None where there is none, or none that can be read.

        Raises:
            StoreAwayError: The state Redis doesn't answer.
        """
        tag = state_tag(self._namespace, journal_partition(subscriber, self._partitions))
        try:
            data = await get_bytes(self._state, contact_key(tag, subscriber))
        except RedisError as error:
            raise StoreAwayError("state", error) from error
        if data is None:
            return None
        try:
            return self._codec.decode(data)[1]
        except DeadLetterError as error:
            # It can't be read later either: as good as none.
            log.error("contact_unreadable", subscriber=subscriber, reason=error.reason)
            return None
