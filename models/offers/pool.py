"""One partition's codes: which one is next, what became of each, and that none is given twice.

Pure: the lane reads the store into it (`fill`, `know`) and writes its `changes` in the same fenced
write as everything else, so that a decision and the code it reserves stand or fall together.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.offers import code as codes
from models.offers import spent as budget
from models.offers.changes import Changes
from models.offers.code import FREE, GIVEN, REDEEMED, WITHDRAWN, Ending, Known
from models.offers.spent import Spent
from models.offers.window import Place, Window
from models.programme.flow_parts import Offer
from schemas.errors import DeadLetterError

KEPT_MS = 30 * 86_400_000
"""How long after it expired a code is remembered: loaded once more, it is no new one."""
_TOLD = {REDEEMED: "redeemed", GIVEN: "given", FREE: "released", WITHDRAWN: "withdrawn"}
_AT_HAND = frozenset({FREE, WITHDRAWN})
_NOTHING = Spent()


class RefusedCodesError(DeadLetterError):
    """Some codes of a record can't be taken; the others are.

    Attributes:
        refused: How many.
    """

    def __init__(self, reason: str, detail: str, refused: int) -> None:
        super().__init__(reason, detail)
        self.refused = refused


class UnknownCodeError(DeadLetterError):
    """An order was placed with a code that this partition doesn't know."""

    def __init__(self, offer: str) -> None:
        super().__init__("unknown_code", f"a purchase names a code that {offer} doesn't have")


class Pool:
    """The codes of one journal partition.

    Args:
        partition: Its number.
        partitions: How many there are.
        offers: The programme's offers by name; those without codes don't count.
        spent: What was given so far, by offer.

    Attributes:
        changes: What is to be written.
        good_until_ms: Until when the windows can answer for any one step, epoch milliseconds; past
            it, or where it is below the present, they are to be filled.
    """

    def __init__(
        self,
        partition: int = 0,
        partitions: int = 1,
        offers: Mapping[str, Offer] | None = None,
        spent: Mapping[str, Spent] | None = None,
    ) -> None:
        self._partition = partition
        self._partitions = partitions
        coded = {name: offer for name, offer in (offers or {}).items() if offer.codes}
        self._offers = coded
        self._windows = {name: Window(offer.code_life_ms) for name, offer in coded.items()}
        self._spent = dict(spent or {})
        self._known: dict[str, Known] = {}
        self.changes = Changes()
        self.good_until_ms = -1 if coded else codes.NEVER_MS

    # --- with the store ------------------------------------------------------------------

    def begin(self) -> Changes:
        """Start gathering for a new write."""
        self.changes = Changes()
        return self.changes

    def know(self, found: Mapping[str, Known]) -> None:
        """Take over what the store knows of the codes that the records at hand are about."""
        self._known = dict(found)

    def wanted(self, now_ms: int) -> dict[str, int]:
        """The offers whose windows run short, each with the expiry to fill it from."""
        return {
            name: self._floor_ms(name, now_ms)
            for name, window in self._windows.items()
            if window.good_until_ms(self._seen_ms(name)) < now_ms
        }

    def fill(self, offer: str, places: Sequence[Place], from_ms: int, count: int) -> None:
        """Fill an offer's window with what the store holds; nothing may be unwritten.

        Args:
            places: The first `models.offers.window.SIZE` codes from `from_ms` on, in order.
            from_ms: As `wanted` said.
            count: How many there are in all.
        """
        self._windows[offer].fill(places, from_ms, count, more=count > len(places))
        self._look()

    def free(self, now_ms: int) -> dict[str, int]:
        """How many codes of each offer may be given."""
        return {name: window.free(now_ms) for name, window in self._windows.items()}

    def forget_old(self, found: Mapping[str, Known], now_ms: int) -> None:
        """Forget those of some codes that expired so long ago that nobody loads them again."""
        for code, known in found.items():
            if known.expires_ms + KEPT_MS < now_ms:
                self.changes.codes[code] = None
                if known.state == FREE:
                    self._take_away(code, known)

    # --- what records do -----------------------------------------------------------------

    def load(self, offer: str, loaded: Iterable[Mapping[str, Any]]) -> None:
        """Take in codes; those known already stay as they are, but for those that were withdrawn.

        Raises:
            RefusedCodesError: Some are none, or of another offer; the others are taken all the
                same.
        """
        added = repeated = malformed = elsewhere = 0
        for each in loaded:
            code, expires_ms = each["code"], each["expires_at"] or codes.NEVER_MS
            known, expires = self._known.get(code), 0 < expires_ms <= codes.NEVER_MS
            if known is not None and known.offer != offer:
                elsewhere += 1
            elif known is not None and expires and self._again(code, known, expires_ms):
                added += 1
            elif known is not None:
                repeated += 1
            elif codes.wellformed(code) and expires:
                self._put(code, Known(FREE, offer, expires_ms))
                added += 1
            else:
                malformed += 1
        self._count(offer, "loaded", added)
        self._count(offer, "repeated", repeated)
        self._count(offer, "refused", malformed + elsewhere)
        if elsewhere:
            detail = f"{elsewhere} codes are known of another offer than {offer}"
            raise RefusedCodesError("code_of_another_offer", detail, elsewhere + malformed)
        if malformed:
            detail = f"{malformed} are no codes: 4 to {codes.LONGEST} letters, digits, - and _"
            raise RefusedCodesError("bad_code", detail, malformed)

    def withdraw(self, offer: str, named: Iterable[Mapping[str, Any]]) -> None:
        """Have codes given no more: free ones at once, reserved ones should they be released.

        Raises:
            RefusedCodesError: Some aren't known of this offer; the others are withdrawn.
        """
        unknown = 0
        for each in named:
            known = self._known.get(each["code"])
            if known is None or known.offer != offer:
                unknown += 1
            elif (now := codes.withdrawn(known)).state != known.state:
                self._become(each["code"], known, now)
            elif now is not known:
                self._known[each["code"]] = self.changes.codes[each["code"]] = now
        self._count(offer, "refused", unknown)
        if unknown:
            detail = f"{unknown} codes to withdraw aren't known of {offer}"
            raise RefusedCodesError("unknown_code", detail, unknown)

    def redeem(self, offer: str, code: str) -> None:
        """An order was placed with a code, whoever had it.

        Raises:
            UnknownCodeError: There is no such code here.
        """
        known = self._known.get(code)
        if known is None:
            raise UnknownCodeError(offer)
        if known.state != REDEEMED:
            self._become(code, known, codes.redeemed(known))

    def end(self, ending: Ending) -> None:
        """Note what became of a mail that carries a code; one not known here changes nothing."""
        known = self._known.get(ending.code)
        if known is None:
            return
        now = codes.ended(known, ending)
        if now is not known:
            self._become(ending.code, known, now)

    # --- what decisions do ---------------------------------------------------------------

    def next(self, offer: Offer, now_ms: int, taken: Sequence[str]) -> Place | None:
        """The code that a decision at `now_ms` may give; None where there is none."""
        window = self._windows.get(offer.name)
        if window is None:
            return None
        return window.first(self._floor_ms(offer.name, now_ms), taken)

    def spent(self, offer: Offer, now_ms: int, taken: int) -> bool:
        """Whether this partition's share of an offer's budget is given."""
        return budget.reached(
            self._spent.get(offer.name, _NOTHING),
            now_ms,
            per_week=offer.codes_per_week,
            total=offer.codes_total,
            partition=self._partition,
            partitions=self._partitions,
            taken=taken,
        )

    def looked(self, offer: str, now_ms: int) -> None:
        """A decision looked for a code of an offer."""
        spent = self._spent.get(offer, _NOTHING)
        seen = spent.seen(now_ms)
        if seen is not spent and offer in self._windows:
            self._spent[offer] = self.changes.spent[offer] = seen
            self._look()

    def reserve(self, offer: str, place: Place, decision_id: str, at_ms: int) -> None:
        """A decision took the code that `next` named."""
        expires_ms, code = place
        known = Known(FREE, offer, expires_ms)
        self._become(code, known, codes.reserved(known, decision_id, at_ms))

    # --- within --------------------------------------------------------------------------

    def _become(self, code: str, was: Known, now: Known) -> None:
        """Move a code from one state to another, and with it the list and the counts."""
        self._known[code] = self.changes.codes[code] = now
        if was.state == FREE:
            self._take_away(code, was)
        elif now.state == FREE:
            self._put(code, now)
        if was.state in _AT_HAND and now.state not in (*_AT_HAND, REDEEMED):
            self._counted(now.offer, 1, now.at_ms)
        elif was.state not in _AT_HAND and now.state in _AT_HAND:
            self._counted(now.offer, -1, was.at_ms)
        self._count(now.offer, _TOLD.get(now.state, "reserved"), 1)

    def _again(self, code: str, known: Known, expires_ms: int) -> bool:
        """Take in a code once more; False where it stays as it is."""
        now = codes.loaded_again(known, expires_ms)
        if now.state == FREE and known.state != FREE:
            self._put(code, now)
        elif now is not known:
            self._known[code] = self.changes.codes[code] = now
        return now is not known

    def _put(self, code: str, known: Known) -> None:
        self._known[code] = self.changes.codes[code] = known
        self.changes.free[codes.member(known.offer, known.expires_ms, code)] = True
        if (window := self._windows.get(known.offer)) is not None:
            window.add((known.expires_ms, code))
            self._look()

    def _take_away(self, code: str, known: Known) -> None:
        self.changes.free[codes.member(known.offer, known.expires_ms, code)] = False
        if (window := self._windows.get(known.offer)) is not None:
            window.remove((known.expires_ms, code))
            self._look()

    def _counted(self, offer: str, by: int, at_ms: int) -> None:
        counted = self._spent.get(offer, _NOTHING).counted(by, at_ms)
        self._spent[offer] = self.changes.spent[offer] = counted

    def _count(self, offer: str, change: str, by: int) -> None:
        if by:
            self.changes.counts[offer, change] += by

    def _seen_ms(self, offer: str) -> int:
        return self._spent.get(offer, _NOTHING).seen_ms

    def _floor_ms(self, offer: str, now_ms: int) -> int:
        """What expires before is too old for a decision at `now_ms`, or was once."""
        return max(now_ms, self._seen_ms(offer)) + self._offers[offer].code_life_ms

    def _look(self) -> None:
        untils = (w.good_until_ms(self._seen_ms(name)) for name, w in self._windows.items())
        self.good_until_ms = min(untils, default=codes.NEVER_MS)
