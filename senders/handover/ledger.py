"""The ledger: one durable entry per decision, which says whether its mail may still leave.

States: no entry, or `released` (a claim given back): free. `claimed`: a process may be handing it
over at this moment, or died doing so. Every other state is the `delivery` status it ended with
(`accepted`, `rejected`, `unknown`, `expired`, …) and final; only `unknown` may still become what
the claimant learned later. The owner's name stays with what a decision ends as: it says that it was
claimed once, so that a server may have seen the mail.

The claim is `SET NX`, so of any number of processes one gets it. Redis answers after the disk
(appendfsync always) and, where there is a replica, after the replica (WAIT).
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Final, cast

from redis.asyncio import RedisCluster
from redis.exceptions import RedisError

from runtime.redis_client import Client, read_config
from schemas.keys import code_claim_key, ledger_key
from senders.errors import StoreAwayError, VolatileLedgerError

CLAIMED: Final = "claimed"
RELEASED: Final = "released"
UNKNOWN: Final = "unknown"
NO_OWNER: Final = "-"

# KEYS[1] the entry. ARGV: new value, TTL in ms, then what it may replace, each a whole value, a
# state or "state owner"; no entry may always be replaced. Returns the entry in the way.
_REPLACE = """
local found = redis.call('GET', KEYS[1])
local free = not found
if found then
  local state, owner = string.match(found, '^(%S+) (%S+)')
  for i = 3, #ARGV do
    if ARGV[i] == state or ARGV[i] == state .. ' ' .. owner or ARGV[i] == found then free = true end
  end
end
if not free then return found end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger says of a decision.

    Attributes:
        state: See the module.
        owner: The attempt that claimed it last; `-` where nothing ever was.
        at_ms: When the state was reached, by the pipeline's clock, epoch milliseconds.
        code: The SMTP reply code, 0 where there was none.
    """

    state: str
    owner: str
    at_ms: int
    code: int = 0

    @property
    def claimed(self) -> bool:
        """Whether it was ever claimed: then a server may have seen the mail."""
        return self.owner != NO_OWNER

    @property
    def final(self) -> bool:
        """Whether nothing more may leave for this decision."""
        return self.state not in {CLAIMED, RELEASED}

    def encode(self) -> str:
        """The stored form."""
        return f"{self.state} {self.owner} {self.at_ms} {self.code}"

    @classmethod
    def decode(cls, data: bytes) -> "Entry":
        """From the stored form."""
        state, owner, at_ms, code = data.decode().split(" ")
        return cls(state, owner, int(at_ms), int(code))


class Ledger:
    """Entries in the ledger Redis.

    Args:
        redis: The ledger Redis.
        namespace: Put before every key.
        ttl_ms: How long entries stay; longer than decisions are kept, or an old decision read
            again would find none.
        replicas: How many replicas must hold a claim before it counts. Where they are gone nothing
            can be claimed: a primary that lost sight of its replica may have been replaced by it.
        replica_timeout_ms: How long to wait for them.
    """

    def __init__(
        self,
        redis: Client,
        namespace: str,
        *,
        ttl_ms: int,
        replicas: int = 0,
        replica_timeout_ms: int = 1_000,
    ) -> None:
        self._redis = redis
        self._namespace = namespace
        self._ttl_ms = ttl_ms
        self._replicas = replicas
        self._replica_timeout_ms = replica_timeout_ms
        self._replace = redis.register_script(_REPLACE)

    def key(self, decision_id: str) -> str:
        """Where a decision's entry lives."""
        return ledger_key(self._namespace, decision_id)

    async def claim(self, decision_id: str, owner: str, at_ms: int) -> Entry | None:
        """Claim a decision for `owner`: None where it is now theirs, else the entry in the way.

        Raises:
            StoreAwayError: Unanswered, or not yet on a replica. The claim may or may not be
                written; asking again as the same owner tells.
        """
        wanted = Entry(CLAIMED, owner, at_ms)
        try:
            found = await self._write_claim(decision_id, wanted.encode(), only_if_free=True)
            if found is None:
                return None
            entry = Entry.decode(found)
            if not (entry.state == CLAIMED and entry.owner == owner):
                if entry.state != RELEASED:
                    return entry
                in_the_way = await self._swap(decision_id, wanted, entry.encode())
                if in_the_way is not None:
                    return in_the_way
            if self._replicas:
                # Ours, though maybe not on the replica yet: written again, so that WAIT covers it.
                await self._write_claim(decision_id, wanted.encode(), only_if_free=False)
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error
        return None

    async def settle(self, decision_id: str, entry: Entry) -> Entry | None:
        """Record how a decision ended: None where that now stands, else the entry in the way.

        An owner replaces their claim, and `unknown` if someone recorded that meanwhile; whoever
        names the last owner a claim given back; without an owner only what was never claimed can be
        settled.

        Raises:
            StoreAwayError: Unanswered; asking again is safe.
        """
        if not entry.claimed:
            return await self._swap(decision_id, entry, entry.encode())
        replaceable = (f"{state} {entry.owner}" for state in (CLAIMED, UNKNOWN, RELEASED))
        return await self._swap(decision_id, entry, *replaceable, entry.encode())

    async def claim_code(self, code: str, decision_id: str) -> str | None:
        """Have a single-use code leave with a decision: None where it is that decision's now.

        Asked for by whoever has claimed the decision. It stays for good: the state from which codes
        are given may lose its last second, and would then give one again.

        Returns:
            The decision that it left with before.

        Raises:
            StoreAwayError: Unanswered; asking again is safe.
        """
        key = code_claim_key(self._namespace, code)
        try:
            found = await self._write(key, decision_id, None, only_if_free=True)
            if found is None:
                return None
            if (holder := found.decode()) != decision_id:
                return holder
            if self._replicas:
                await self._write(key, decision_id, None, only_if_free=False)
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error
        return None

    async def release(self, decision_id: str, owner: str, at_ms: int) -> Entry | None:
        """Give a claim back: nothing was sent. None where it was, else the entry in the way.

        Raises:
            StoreAwayError: Unanswered; asking again is safe.
        """
        entry = Entry(RELEASED, owner, at_ms)
        return await self._swap(decision_id, entry, f"{CLAIMED} {owner}", entry.encode())

    async def give_up(self, decision_id: str, claim: Entry, at_ms: int) -> Entry | None:
        """Record `unknown` in place of another process' claim that saw no result.

        Raises:
            StoreAwayError: Unanswered; asking again is safe.
        """
        entry = Entry(UNKNOWN, claim.owner, at_ms)
        return await self._swap(decision_id, entry, claim.encode(), entry.encode())

    async def _swap(self, decision_id: str, entry: Entry, *replaceable: str) -> Entry | None:
        call = self._replace(
            keys=[self.key(decision_id)], args=[entry.encode(), self._ttl_ms, *replaceable]
        )
        try:
            found = await cast("Awaitable[Any]", call)
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error
        return None if found is None else Entry.decode(found)

    async def _write_claim(
        self, decision_id: str, value: str, *, only_if_free: bool
    ) -> bytes | None:
        return await self._write(
            self.key(decision_id), value, self._ttl_ms, only_if_free=only_if_free
        )

    async def _write(
        self, key: str, value: str, ttl_ms: int | None, *, only_if_free: bool
    ) -> bytes | None:
        if not self._replicas:
            call = self._redis.set(key, value, nx=only_if_free, get=True, px=ttl_ms)
            return cast("bytes | None", await cast("Awaitable[Any]", call))
        # WAIT counts for the connection that wrote, so both travel in one pipeline.
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(key, value, nx=only_if_free, get=True, px=ttl_ms)
        pipeline.execute_command("WAIT", self._replicas, self._replica_timeout_ms)
        found, copies = await pipeline.execute()
        written = found is None or not only_if_free
        if written and copies < self._replicas:
            raise StoreAwayError("ledger", TimeoutError("no replica has the claim"))
        return cast("bytes | None", found)


async def count_replicas(redis: Client) -> int:
    """How many replicas the ledger has now, at most 1: one copy of a claim is asked for.

    0 for a cluster, where WAIT can't follow a write through the client.
    """
    if isinstance(redis, RedisCluster):
        return 0
    answer = await cast("Awaitable[Any]", redis.info("replication"))
    return min(1, int(answer.get("connected_slaves", 0)))


async def check_durable(redis: Client) -> None:
    """Refuse a ledger that may lose what it acknowledged.

    Raises:
        VolatileLedgerError: appendonly or appendfsync is not as needed, or CONFIG is forbidden.
        RedisAwayError: The ledger doesn't answer.
    """
    found = []
    for name, wanted in (("appendonly", "yes"), ("appendfsync", "always")):
        values = await read_config(redis, name, what="ledger")
        if not values:
            raise VolatileLedgerError(f"forbidden CONFIG GET {name}")
        found += [f"{name} {value}" for value in values if value != wanted]
    if found:
        raise VolatileLedgerError(" and ".join(sorted(set(found))))
