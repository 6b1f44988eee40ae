"""The ledger: one durable entry per decision, which says whether its mail may still leave.

Its states and moves are those of `senders.handover.states`. The claim is `SET NX`, so of any number
of processes one gets it; every other move is one script. Redis answers after the disk (appendfsync
always) and, where there is a replica, after the replica (WAIT). With the claim goes what bounces
are told by (`senders.links.sent`), with the ending what guardrails count.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from hashlib import sha1
from typing import Any, Final, cast

from redis.asyncio import RedisCluster

from runtime.redis_client import Client, read_config
from runtime.redis_line import Command
from schemas.keys import code_claim_key, ledger_key
from senders.asking import Asker
from senders.errors import StoreAwayError, VolatileLedgerError
from senders.guardrails.counts import What, counting
from senders.handover.states import CLAIMS, Entry, Move, State, replaceable, target_of
from senders.links.sent import KEPT_MS, Sent, encode, sent_key
from senders.links.verp import mail_id

# KEYS[1] the entry, the others those of commands. ARGV: new value, TTL in ms, how many commands go
# with it, each as its name, how many arguments it has after its key, and those; then what it may
# replace, each a whole value or "state owner"; no entry may always be replaced. Returns the entry
# in the way, or 1 where it was written and 0 where it was there already.
_REPLACE: Final = """
local found = redis.call('GET', KEYS[1])
if found == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 0
end
if found then
  local begins, free = string.match(found, '^(%S+ %S+)'), false
  for i = 4, #ARGV do
    if ARGV[i] == begins or ARGV[i] == found then free = true end
  end
  if not free then return found end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local at = 4
for i = 1, tonumber(ARGV[3]) do
  local last = at + 1 + tonumber(ARGV[at + 1])
  redis.call(ARGV[at], KEYS[i + 1], unpack(ARGV, at + 2, last))
  at = last + 1
end
return 1
"""
_REPLACE_SHA: Final = sha1(_REPLACE.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Count:
    """What an ending is counted as.

    Attributes:
        what: See `senders.guardrails.counts`.
        sent: The mail.
    """

    what: What
    sent: Sent


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
        asker: Sends what is asked; one of its own by default.
    """

    def __init__(
        self,
        redis: Client,
        namespace: str,
        *,
        ttl_ms: int,
        replicas: int = 0,
        replica_timeout_ms: int = 1_000,
        asker: Asker | None = None,
    ) -> None:
        self._asker = asker or Asker(redis, "ledger")
        # WAIT holds up whatever is asked over the same connection.
        self._claims = Asker(redis, "ledger") if replicas else self._asker
        self._namespace = namespace
        self._ttl_ms = ttl_ms
        self._replicas = replicas
        self._replica_timeout_ms = replica_timeout_ms
        # A cluster keeps counts in another slot, which no script may reach.
        self._counts_apart = isinstance(redis, RedisCluster)

    def key(self, decision_id: str) -> str:
        """Where a decision's entry lives."""
        return ledger_key(self._namespace, decision_id)

    async def claim(self, sent: Sent, owner: str, at_ms: int) -> Entry:
        """Claim a decision for `owner`, and write what its bounces are told by.

        Returns:
            The entry that stands: it is the owner's claim where `is_claim_of` says so; both it and
            `sent` are durable then.

        Raises:
            StoreAwayError: Unanswered, or not yet on a replica. The claim may or may not be
                written; asking again as the same owner tells.
        """
        wanted = Entry(State.CLAIMED, owner, at_ms)
        found = await self._write_claim(wanted, sent, only_if_free=True)
        if found is None:
            return wanted
        entry = Entry.decode(found)
        if not is_claim_of(owner, entry):
            target = target_of(Move.CLAIM, entry)
            if target is None:
                return entry
            wanted = Entry(target, owner, at_ms)
            in_the_way = await self._move(sent.decision_id, Move.CLAIM, wanted, entry)
            if in_the_way is not None:
                return in_the_way
            # What was written with the claim given back may name another address.
            await self._write_claim(wanted, sent, only_if_free=False)
            return wanted
        if self._replicas:
            # Ours, though maybe not on the replica yet: written again, so that WAIT covers it.
            await self._write_claim(entry, sent, only_if_free=False)
        return entry

    async def settle(
        self, decision_id: str, entry: Entry, count: Count | None = None
    ) -> Entry | None:
        """Record its owner's result: None where that now stands, else the entry in the way.

        It replaces the owner's claim, and what its finder may have made of it meanwhile.

        Args:
            decision_id: The decision.
            entry: How it ended.
            count: What it is counted as, once however often it is settled so.

        Raises:
            StoreAwayError: Unanswered; asking again is safe.
        """
        return await self._move(decision_id, Move.RESULT, entry, count=count)

    async def refuse(
        self, decision_id: str, entry: Entry, count: Count | None = None
    ) -> Entry | None:
        """End a decision whose mail isn't sent: None where it now is, else the entry in the way.

        Whoever names the last owner ends a claim given back; without an owner only what was never
        claimed can be ended. Arguments and errors are those of `settle`.
        """
        return await self._move(decision_id, Move.REFUSE, entry, count=count)

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
        found = await self._write(key, decision_id, None, only_if_free=True)
        if found is None:
            return None
        if (holder := found.decode()) != decision_id:
            return holder
        if self._replicas:
            await self._write(key, decision_id, None, only_if_free=False)
        return None

    async def release(self, decision_id: str, claim: Entry, at_ms: int) -> Entry | None:
        """Give one's claim back: nothing was sent. None where it was, else the entry in the way.

        Raises:
            StoreAwayError: Unanswered; asking again is safe.
        """
        return await self._leave(decision_id, Move.RELEASE, claim, at_ms)

    async def give_up(self, decision_id: str, claim: Entry, at_ms: int) -> Entry | None:
        """Record `unknown` in place of a claim that saw no result.

        Raises:
            StoreAwayError: Unanswered; asking again is safe.
        """
        return await self._leave(decision_id, Move.GIVE_UP, claim, at_ms)

    async def doubt(self, decision_id: str, claim: Entry, at_ms: int) -> Entry | None:
        """Free a claim that saw no result for being claimed once more.

        Args:
            decision_id: A decision that may be sent again where nobody knows whether it was.
            claim: As it was seen; a first claim, see `target_of`.
            at_ms: The time, epoch milliseconds.

        Raises:
            StoreAwayError: Unanswered; asking again is safe.
        """
        return await self._leave(decision_id, Move.DOUBT, claim, at_ms)

    async def _leave(self, decision_id: str, move: Move, claim: Entry, at_ms: int) -> Entry | None:
        target = target_of(move, claim)
        assert target is not None, f"no {move} from {claim.state}"
        return await self._move(decision_id, move, Entry(target, claim.owner, at_ms), claim)

    async def _move(
        self,
        decision_id: str,
        move: Move,
        entry: Entry,
        seen: Entry | None = None,
        count: Count | None = None,
    ) -> Entry | None:
        beside: list[Command] = []
        if count is not None and not self._counts_apart:
            beside = counting(self._namespace, count.what, count.sent, entry.at_ms)
        keys = [self.key(decision_id), *(str(key) for _name, key, *_rest in beside)]
        args: list[str | bytes | int] = [entry.encode(), self._ttl_ms, len(beside)]
        for name, _key, *rest in beside:
            args += [name, len(rest), *rest]
        args += replaceable(move, entry, seen)
        answer = await self._asker.run(_REPLACE, _REPLACE_SHA, keys, args)
        if isinstance(answer, bytes):
            return Entry.decode(answer)
        if answer and count is not None and self._counts_apart:
            # A crash in between loses a count; it never makes two.
            await self._count(count, entry.at_ms)
        return None

    async def _count(self, count: Count, at_ms: int) -> None:
        await self._asker.ask(counting(self._namespace, count.what, count.sent, at_ms))

    async def _write_claim(self, claim: Entry, sent: Sent, *, only_if_free: bool) -> bytes | None:
        key = sent_key(self._namespace, mail_id(sent.decision_id))
        return await self._write(
            self.key(sent.decision_id),
            claim.encode(),
            self._ttl_ms,
            only_if_free=only_if_free,
            beside=(key, encode(sent)),
        )

    async def _write(
        self,
        key: str,
        value: str,
        ttl_ms: int | None,
        *,
        only_if_free: bool,
        beside: tuple[str, bytes] | None = None,
    ) -> bytes | None:
        """Write an entry that WAIT covers, and what a mail is remembered by beside it."""
        free: tuple[str, ...] = ("NX",) if only_if_free else ()
        lasts: tuple[str | int, ...] = ("PX", ttl_ms) if ttl_ms is not None else ()
        commands: list[Command] = [("SET", key, value, *free, "GET", *lasts)]
        if beside is not None:
            commands.insert(0, ("SET", *beside, *free, "PX", KEPT_MS))
        if self._replicas:
            # It counts for the connection that wrote; all this travels on one.
            commands.append(("WAIT", self._replicas, self._replica_timeout_ms))
        answers = await self._claims.ask(commands)
        copies = answers.pop() if self._replicas else 0
        found = cast("bytes | None", answers[-1])
        written = found is None or not only_if_free
        if written and copies < self._replicas:
            raise StoreAwayError("ledger", TimeoutError("no replica has the claim"))
        return found


def is_claim_of(owner: str, entry: Entry) -> bool:
    """Whether an entry is a claim that this attempt holds."""
    return entry.owner == owner and entry.state in CLAIMS


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
