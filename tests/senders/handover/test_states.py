"""Every state against every move, and whatever processes do: mails stay bounded."""

from itertools import product

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


Reached = tuple[Entry | None, int]
"""An entry, and how often somebody was given leave to write the mail and no server refused it."""


def after(reached: Reached, move: Move, who: str, status: str) -> Reached:
    """What a process of this name makes of the entry that it has just seen, as the script does."""
    seen, claims = reached
    if move in (Move.RESULT, Move.REFUSE):
        owner = who if move is Move.RESULT else (seen.owner if seen else NO_OWNER)
        wanted = Entry(status, owner, AT)
    else:
        target = target_of(move, seen)
        if target is None:
            return reached
        owner = who if move in (Move.CLAIM, Move.RELEASE) or seen is None else seen.owner
        wanted = Entry(target, owner, AT)
    allowed = {*replaceable(move, wanted, seen)}
    if seen is None and move not in (Move.CLAIM, Move.REFUSE):
        return reached  # nobody has a claim to end, unless Redis lost it
    if seen is not None and not {seen.encode(), f"{seen.state} {seen.owner}"} & allowed:
        return reached
    if wanted == seen:
        return reached
    return wanted, claims + {Move.CLAIM: 1, Move.RELEASE: -1}.get(move, 0)


def everything_reachable(moves: set[Move]) -> set[Reached]:
    found: set[Reached] = {(None, 0)}
    left = [*found]
    while left:
        reached = left.pop()
        for move, who, status in product(moves, "ab", ["accepted", "unknown", "expired"]):
            new = after(reached, move, who, status)
            if new not in found and new[1] < 5:
                found.add(new)
                left.append(new)
    return found


@pytest.mark.parametrize(("resendable", "most"), [(False, 1), (True, 2)])
def test_nothing_is_sent_twice_and_what_may_be_resent_no_third_time(
    most: int, *, resendable: bool
) -> None:
    found = everything_reachable({*Move} - (set() if resendable else {Move.DOUBT}))
    assert max(claims for _, claims in found) == most
    states = {state_of(entry) for entry, _ in found}
    assert states == {*State} - (set() if resendable else {State.DOUBTED, State.RECLAIMED})


def test_while_a_claim_stands_the_mail_may_be_leaving() -> None:
    for entry, claims in everything_reachable({*Move}):
        assert claims >= 1 or entry is None or entry.state not in CLAIMS


def test_an_ending_stays_whatever_is_done() -> None:
    ending = Entry("accepted", "a", AT, 250)
    for move, who, status in product(Move, "ab", ["rejected", "unknown", "expired"]):
        assert after((ending, 1), move, who, status) == (ending, 1)
