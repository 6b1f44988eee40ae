"""Whatever happens in whatever order, no two decisions hold one code, and no free code is lost."""

from copy import deepcopy
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from models.offers import window
from models.offers.code import FREE, NEVER_MS, REDEEMED, WITHDRAWN, place
from models.offers.desk import NO_CODE
from models.offers.pool import RefusedCodesError
from tests.models.offers.store import GIFT, SIZE, Keeper

CODES = [f"GIFT-{n:02d}" for n in range(10)]


@dataclass
class Mail:
    """A decision with a code; `seen` is None while its mail is under way."""

    code: str
    seen: bool | None = None


class Life(RuleBasedStateMachine):
    """A pool beside a plain account of who has what."""

    def __init__(self) -> None:
        super().__init__()
        self.expiry: dict[str, int] = {}
        self.redeemed: set[str] = set()
        self.withdrawn: set[str] = set()  # those reserved for a mail under way included
        self.mails: dict[str, Mail] = {}
        self.truth: dict[str, bool] = {}  # the ledger's: no crash of a worker changes it
        self.seen_ms = 0
        self.now_ms = 1_000
        self.count = 0
        self.keep()
        self.keeper = Keeper(on_commit=self.keep)

    def keep(self) -> None:
        """Note the account as it is at a commit."""
        account = (self.expiry, self.redeemed, self.withdrawn, self.mails, self.seen_ms)
        self.written = deepcopy(account)

    def held(self) -> list[str]:
        return [mail.code for mail in self.mails.values() if mail.seen is not False]

    def free(self) -> list[tuple[int, str]]:
        taken = {*self.held(), *self.redeemed, *self.withdrawn}
        return sorted((at, code) for code, at in self.expiry.items() if code not in taken)

    @rule(
        picked=some.lists(some.sampled_from(CODES), min_size=1, max_size=8),
        life_ms=some.sampled_from([60, 120, 400, 2_000, 0]),
    )
    def load(self, picked: list[str], life_ms: int) -> None:
        at_ms = self.now_ms + life_ms if life_ms else 0
        self.keeper.load("gift", *((code, at_ms) for code in dict.fromkeys(picked)))
        for code in picked:
            if code in self.withdrawn and code not in self.held():
                del self.expiry[code]
            self.withdrawn.discard(code)
            self.expiry.setdefault(code, at_ms or NEVER_MS)

    @precondition(lambda self: self.expiry)
    @rule(data=some.data())
    def withdraw(self, data: some.DataObject) -> None:
        picked = data.draw(some.lists(some.sampled_from(sorted(self.expiry)), unique=True))
        self.keeper.withdraw("gift", *picked)
        issued = {mail.code for mail in self.mails.values() if mail.seen} | self.redeemed
        self.withdrawn.update(code for code in picked if code not in issued)

    @precondition(lambda self: self.expiry)
    @rule(data=some.data())
    def load_as_another_offers(self, data: some.DataObject) -> None:
        code = data.draw(some.sampled_from(sorted(self.expiry)))
        with pytest.raises(RefusedCodesError, match="another offer"):
            self.keeper.load("weekly", (code, 0))

    @rule(passes_ms=some.sampled_from([0, 1, 30, 300]), back_ms=some.sampled_from([0, 0, 40]))
    def decide(self, passes_ms: int, back_ms: int) -> None:
        """Time passes, though a record's own may lie behind that of one before it."""
        self.now_ms += passes_ms
        self.count += 1
        decision = f"{self.count:016d}"
        answer = self.keeper.decide(GIFT, decision, self.now_ms - back_ms)
        self.seen_ms = max(self.now_ms - back_ms, self.seen_ms)
        floor_ms = self.seen_ms + GIFT.code_life_ms
        usable = [free for free in self.free() if free[0] >= floor_ms]
        if not usable:
            assert answer.fence == NO_CODE
            return
        assert (answer.expires_ms, answer.code) == usable[0]
        self.mails[decision] = Mail(answer.code)

    @precondition(lambda self: self.mails)
    @rule(data=some.data(), seen=some.booleans())
    def ends(self, data: some.DataObject, *, seen: bool) -> None:
        """A mail's ending, once or again: the ledger has one for each."""
        decision = data.draw(some.sampled_from(sorted(self.mails)))
        mail = self.mails[decision]
        seen = self.truth.setdefault(decision, seen)
        self.keeper.end(mail.code, decision, seen=seen)
        mail.seen = seen
        if seen:
            self.withdrawn.discard(mail.code)

    @precondition(lambda self: self.expiry)
    @rule(data=some.data())
    def redeem(self, data: some.DataObject) -> None:
        code = data.draw(some.sampled_from(sorted(self.expiry)))
        self.keeper.redeem(code)
        self.redeemed.add(code)
        self.withdrawn.discard(code)

    @rule()
    def taken_over(self) -> None:
        self.keeper.commit()
        self.keeper.start()

    @rule()
    def dies(self) -> None:
        """What wasn't written never was, and its mails never left."""
        self.keeper.start()
        kept = deepcopy(self.written)
        self.expiry, self.redeemed, self.withdrawn, self.mails, self.seen_ms = kept

    @invariant()
    def nobody_shares_a_code(self) -> None:
        held = self.held()
        assert len(held) == len(set(held))

    @invariant()
    def none_is_lost(self) -> None:
        store = self.keeper.view()
        states = store.states()
        assert {code for code, state in states.items() if state == FREE} == {
            code for _, code in self.free()
        }
        assert {code for code, state in states.items() if state == REDEEMED} == self.redeemed
        out = {code for code, state in states.items() if state == WITHDRAWN}
        assert out == self.withdrawn - set(self.held())
        assert {place(member) for member in store.free} == set(self.free())
        assert set(states) == set(self.expiry)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows so small that codes lie beyond them."""
    monkeypatch.setattr(window, "SIZE", SIZE)
    monkeypatch.setattr(window, "MARGIN", 2)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
