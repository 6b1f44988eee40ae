"""What was learned as bytes, in parts, and back: each part is read by itself within milliseconds.

The first part holds the few numbers, each other one a stretch of items, sessions or co-purchases.
Names are written once, before the rows that use them, and stand in rows by their number. No pickle;
the same model gives the same parts.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgspec

from models.errors import SnapshotError
from models.recommend.followers import Followers
from models.recommend.items import Item
from models.recommend.learned import Learned
from models.recommend.learner import Learner
from models.recommend.sessions import Session
from models.recommend.settings import Settings

VERSION = 2
"""Version of the encoding."""
PART_BYTES = 65_536
"""A part is closed when it is this long; the longest row makes it no longer than twice that."""

_HEAD = b"nbR" + bytes([VERSION])
_ITEMS, _SESSIONS, _BOUGHT = b"I", b"S", b"B"

_ItemRow = tuple[int, float, list[int], list[int], list[float], float]
_SessionRow = tuple[str, int, int, list[int]]
_BoughtRow = tuple[int, list[int], list[float], float]


class _Head(msgspec.Struct, array_like=True):
    settings: Settings
    counts: tuple[int, int, int]
    leaders: list[str]
    unit: float
    total: float
    next_number: int
    recommended: int
    weights: Learned
    journal_id: str
    heard: dict[int, int]
    learned: int


_encode = msgspec.msgpack.Encoder().encode
_head_decoder = msgspec.msgpack.Decoder(_Head)
_decoders: dict[bytes, msgspec.msgpack.Decoder[Any]] = {
    _ITEMS: msgspec.msgpack.Decoder(tuple[list[str], list[_ItemRow]]),
    _SESSIONS: msgspec.msgpack.Decoder(tuple[list[str], list[_SessionRow]]),
    _BOUGHT: msgspec.msgpack.Decoder(tuple[list[str], list[_BoughtRow]]),
}


class _Writer:
    """Makes parts of rows, numbering names as they first come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._new: list[str] = []

    def number(self, name: str) -> int:
        numbers = self._numbers
        found = numbers.get(name)
        if found is None:
            found = numbers[name] = len(numbers)
            self._new.append(name)
        return found

    def numbers(self, names: Iterator[str] | list[str]) -> list[int]:
        return [self.number(name) for name in names]

    def parts(self, kind: bytes, rows: Iterator[Any]) -> Iterator[bytes]:
        made: list[msgspec.Raw] = []
        size = 0
        for row in rows:
            data = _encode(row)
            made.append(msgspec.Raw(data))
            size += len(data)
            if size + 42 * len(self._new) >= PART_BYTES:
                yield self._part(kind, made)
                made, size = [], 0
        if made:
            yield self._part(kind, made)

    def _part(self, kind: bytes, made: list[msgspec.Raw]) -> bytes:
        new, self._new = self._new, []
        return kind + _encode((new, made))


def parts_of(learner: Learner) -> Iterator[bytes]:
    """The stored form, part by part; what is learned must not change before the last one."""
    recommender, writer = learner.recommender, _Writer()
    items, sessions = recommender.items, recommender.sessions
    yield _HEAD + _encode(
        _Head(
            recommender.settings,
            (len(items.known), len(sessions), len(learner.bought.known)),
            list(items.leaders.names),
            items.unit,
            items.total,
            sessions.next_number,
            recommender.learned,
            recommender.weights,
            learner.journal_id,
            learner.heard,
            learner.learned,
        )
    )
    yield from writer.parts(_ITEMS, (_item_row(item, writer) for item in items.known.values()))
    yield from writer.parts(
        _SESSIONS,
        (
            (key, session.number, session.events, writer.numbers(session.items))
            for key, session in sessions.rows()
        ),
    )
    yield from writer.parts(
        _BOUGHT,
        (
            (writer.number(name), *_followers_row(followers, writer))
            for name, followers in learner.bought.rows()
        ),
    )


def _item_row(item: Item, writer: _Writer) -> _ItemRow:
    number = writer.number(item.name)
    return (number, item.weight, item.sessions, *_followers_row(item.followers, writer))


def _followers_row(followers: Followers, writer: _Writer) -> tuple[list[int], list[float], float]:
    weights = followers.weights
    return writer.numbers(list(weights)), list(weights.values()), followers.total


class Loader:
    """Reads parts back, in their order.

    Args:
        sizes: Numbers of items and sessions to keep, the ones seen last; as stored where it is
            None.
    """

    def __init__(self, sizes: tuple[int, int] | None = None) -> None:
        self._sizes = sizes
        self._head: _Head | None = None
        self._learner = Learner()
        self._names: list[str] = []
        self._left = [0, 0, 0]
        self._skip = [0, 0, 0]

    def take(self, part: bytes) -> None:
        """Take the next part.

        Raises:
            SnapshotError: It is of another version, or damaged.
        """
        try:
            if self._head is None:
                self._begin(part)
            else:
                names, rows = _decoders[part[:1]].decode(memoryview(part)[1:])
                self._names += names
                self._rows(part[:1], rows)
        except (msgspec.MsgspecError, ValueError, KeyError, IndexError) as error:
            raise _damaged(error) from error

    def _begin(self, part: bytes) -> None:
        if part[:4] != _HEAD:
            raise SnapshotError(
                f"stored recommendations of {len(part)} bytes are not of version {VERSION}, which "
                "this release reads. Use the release that wrote them, or let it learn anew."
            )
        head = _head_decoder.decode(memoryview(part)[4:])
        settings = head.settings
        if self._sizes is not None:
            settings = replace(settings, items=self._sizes[0], sessions=self._sizes[1])
        head.weights.check()
        if min(head.counts) < 0 or head.learned < 0 or head.recommended < 0:
            raise ValueError("a count is below 0")
        self._head, self._left = head, list(head.counts)
        kept = (settings.items, settings.sessions, settings.items)
        self._skip = [max(0, has - most) for has, most in zip(head.counts, kept, strict=True)]
        self._learner = Learner(settings)

    def _rows(self, kind: bytes, rows: list[Any]) -> None:
        place = (_ITEMS, _SESSIONS, _BOUGHT).index(kind)
        restores: tuple[Callable[[Any], None], ...] = (self._item, self._session, self._bought)
        for row in rows:
            if self._skip[place]:
                self._skip[place] -= 1
            else:
                restores[place](row)
        self._left[place] -= len(rows)

    def _item(self, row: _ItemRow) -> None:
        number, weight, sessions, names, weights, total = row
        followers = self._followers(names, weights, total)
        item = Item(self._names[number], weight, sessions, followers)
        self._learner.recommender.items.restore(item)

    def _session(self, row: _SessionRow) -> None:
        key, number, events, items = row
        names = self._names
        session = Session(number, events, [names[place] for place in items])
        self._learner.recommender.sessions.restore(key, session)

    def _bought(self, row: _BoughtRow) -> None:
        number, names, weights, total = row
        followers = self._followers(names, weights, total)
        self._learner.bought.restore(self._names[number], followers)

    def _followers(self, numbers: list[int], weights: list[float], total: float) -> Followers:
        names = self._names
        found = dict(zip([names[place] for place in numbers], weights, strict=True))
        if len(found) != len(numbers):
            raise ValueError("a follower is stored twice")
        return Followers(found, total)

    def finish(self) -> Learner:
        """All of it, after the last part: it recommends and learns on as the stored one would.

        Raises:
            SnapshotError: Parts are missing, or don't fit together.
        """
        head, learner = self._head, self._learner
        if head is None or any(self._left):
            raise _damaged("parts of it are missing")
        recommender = learner.recommender
        try:
            known = recommender.items.known
            fewer = len(known) < head.counts[0]
            leaders = [name for name in head.leaders if name in known or not fewer]
            recommender.items.complete(leaders, head.unit, head.total)
            recommender.sessions.complete(head.next_number)
        except ValueError as error:
            raise _damaged(error) from error
        recommender.learned, recommender.weights = head.recommended, head.weights
        learner.journal_id, learner.heard, learner.learned = (
            head.journal_id,
            head.heard,
            head.learned,
        )
        return learner


def _damaged(what: object) -> SnapshotError:
    return SnapshotError(f"stored recommendations are damaged: {what}. Let it learn anew.")


def load(parts: Iterator[bytes] | list[bytes], sizes: tuple[int, int] | None = None) -> Learner:
    """Read all parts at once; see `Loader`.

    Raises:
        SnapshotError: They can't be used.
    """
    loader = Loader(sizes)
    for part in parts:
        loader.take(part)
    return loader.finish()
