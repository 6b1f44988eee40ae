"""Every state against every move, and whatever processes do: mails stay bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.handover.states import (
    CLAIMS,
    NO_OWNER,
    TABLE,
    Entry,
    Move,
    State,
    Whose,
    replaceable,
    state_of,
    target_of,
)

AT = 1_700_000_000_000

MOVES: dict[State, dict[Move, set[State]]] = {
    State.NONE: {Move.CLAIM: {State.CLAIMED}, Move.REFUSE: {State.ENDED}},
    State.RELEASED: {
        Move.CLAIM: {State.CLAIMED},
        Move.RESULT: {State.ENDED},
        Move.REFUSE: {State.ENDED},
    },
    State.CLAIMED: {
        Move.RELEASE: {State.RELEASED},
        Move.RESULT: {State.ENDED, State.UNKNOWN},
        Move.REFUSE: {State.ENDED},
        Move.DOUBT: {State.DOUBTED},
        Move.GIVE_UP: {State.UNKNOWN},
    },
    State.DOUBTED: {
        Move.CLAIM: {State.RECLAIMED},
        Move.RESULT: {State.ENDED},
        Move.REFUSE: {State.UNKNOWN},
    },
    State.RECLAIMED: {
        Move.RELEASE: {State.DOUBTED},
        Move.RESULT: {State.ENDED, State.UNKNOWN},
        Move.REFUSE: {State.UNKNOWN},
        Move.GIVE_UP: {State.UNKNOWN},
    },
    State.UNKNOWN: {Move.RESULT: {State.ENDED}},
    State.ENDED: {},
}
"""What docs/decisions/0513 says, written a second time."""


@pytest.mark.parametrize("origin", State)
@pytest.mark.parametrize("move", Move)
def test_the_moves_are_those_written_down(origin: State, move: Move) -> None:
    ways = {way.target for way in TABLE[move] if way.origin is origin}
    assert ways == MOVES[origin].get(move, set())


def test_only_its_owner_or_who_saw_just_this_replaces_what_somebody_claimed() -> None:
    for move, ways in TABLE.items():
        for way in ways:
            assert (way.whose is Whose.ANYBODYS) == (way.origin is State.NONE), (move, way)


def test_whoever_was_reported_unknown_is_not_claimed_again() -> None:
    for state in ("unknown", "accepted", "expired", "a status of a later release"):
        assert target_of(Move.CLAIM, Entry(state.replace(" ", "_"), "a", AT)) is None


@given(
    st.sampled_from([*State]).filter(lambda state: state is not State.NONE),
    st.sampled_from(["a", "b", NO_OWNER]),
    st.integers(0, 2**53),
    st.sampled_from([0, 250, 550]),
    st.sampled_from(["", "5.1.1"]),
    st.sampled_from(["", "hard"]),
)
def test_an_entry_is_read_as_it_was_written(
    state: State, owner: str, at_ms: int, code: int, enhanced: str, bounce: str
) -> None:
    entry = Entry(state, owner, at_ms, code, enhanced, bounce)
    assert Entry.decode(entry.encode().encode()) == entry


def test_an_entry_of_an_earlier_release_is_read() -> None:
    assert Entry.decode(b"rejected w1 5 550") == Entry("rejected", "w1", 5, 550)


class Store:
    """What the ledger's script does, and who was given leave to write to a server."""

    def __init__(self) -> None:
        self.entry: Entry | None = None
        self.claims = 0
        self.at = AT

    def put(self, move: Move, wanted: Entry, seen: Entry | None) -> None:
        found = self.entry
        allowed = replaceable(move, wanted, seen)
        if found is not None and not {found.encode(), f"{found.state} {found.owner}"} & {*allowed}:
            return
        self.entry = wanted
        if move is Move.CLAIM:
            self.claims += 1
        elif move is Move.RELEASE:
            self.claims -= 1  # a server said no to it: nothing was sent


step = st.tuples(
    st.sampled_from([*Move]), st.sampled_from("abc"), st.sampled_from(["accepted", "unknown"])
)


@given(steps=st.lists(step, max_size=40), resendable=st.booleans())
def test_nothing_is_sent_twice_and_what_may_be_resent_no_third_time(
    steps: list[tuple[Move, str, str]], *, resendable: bool
) -> None:
    store = Store()
    for move, who, result in steps:
        seen = store.entry
        store.at += 1
        if move is Move.DOUBT and not resendable:
            continue
        if move in (Move.RESULT, Move.REFUSE):
            status = result if move is Move.RESULT else "expired"
            # Only an owner has a result, and only of a claim; see `Looks.refuse` for the rest.
            owner = who if move is Move.RESULT else (seen.owner if seen else NO_OWNER)
            if seen is None and move is Move.RESULT:
                continue
            store.put(move, Entry(status, owner, store.at), seen)
            continue
        target = target_of(move, seen)
        if target is None or (seen is None and move is not Move.CLAIM):
            continue
        owner = who if move in (Move.CLAIM, Move.RELEASE) or seen is None else seen.owner
        store.put(move, Entry(target, owner, store.at), seen)
    assert store.claims <= (2 if resendable else 1)
    if store.entry is not None and store.entry.state in CLAIMS:
        assert store.claims >= 1


@given(st.lists(step, max_size=10))
def test_an_ending_stays(steps: list[tuple[Move, str, str]]) -> None:
    store = Store()
    store.entry = ending = Entry("accepted", "a", AT, 250)
    for move, who, result in steps:
        for status in (result, "claimed", "released", "doubted", "reclaimed", "expired"):
            store.put(move, Entry(status, who, AT + 1), store.entry)
    assert store.entry == ending
    assert state_of(ending) is State.ENDED
