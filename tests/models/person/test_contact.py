from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import bounds
from models.errors import RefusedEventError
from models.person.contact import ATTRIBUTES
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.life import NOON_MS, Life

CODEC = Codec(BundledRegistry())


def _contact(life: Life) -> dict[str, Any]:
    assert life.contact is not None
    assert CODEC.decode(CODEC.encode("contact", life.contact))[1] == life.contact
    return life.contact


def _granted(life: Life) -> bool:
    return life.profile.consent["marketing"].granted


def test_an_opt_in_needs_proof() -> None:
    life = Life()
    with pytest.raises(RefusedEventError) as caught:
        life.happens("consent", NOON_MS, proof=None)
    assert caught.value.reason == "no_proof"
    assert life.profile.consent == {}
    assert life.contact is None


def test_consent_is_in_contact_and_profile_at_once() -> None:
    life = Life()
    life.happens("consent", NOON_MS)
    assert _granted(life)
    assert _contact(life)["consent"]["marketing"] == {
        "granted": True,
        "at": NOON_MS,
        "source": "form",
        "text_version": "1",
    }
    life.happens("consent", NOON_MS + 1, action="opt_out", proof=None)
    assert not _granted(life)
    assert not _contact(life)["consent"]["marketing"]["granted"]


def test_older_consent_does_not_override_newer_and_a_withdrawal_wins_a_tie() -> None:
    life = Life()
    life.happens("consent", NOON_MS, action="opt_out")
    life.happens("consent", NOON_MS - 1)
    life.happens("consent", NOON_MS)
    assert not _granted(life)
    life.happens("consent", NOON_MS + 5)
    life.happens("consent", NOON_MS + 5, action="opt_out")
    assert not _contact(life)["consent"]["marketing"]["granted"]


def test_an_older_profile_event_only_fills_in_what_is_missing() -> None:
    life = Life()
    life.happens("profile", NOON_MS, address="new@example.org", attributes={"a": "new"})
    life.happens(
        "profile",
        NOON_MS - 1,
        address="old@example.org",
        locale="de",
        attributes={"a": "old", "b": "old"},
    )
    contact = _contact(life)
    assert contact["address"] == "new@example.org"
    assert contact["locale"] == "de"
    assert contact["attributes"] == {"a": "new", "b": "old"}
    assert contact["updated_at"] == NOON_MS


@pytest.mark.parametrize("action", ["opt_in", "opt_out"])
def test_what_mail_goes_by_is_not_forgotten_for_other_purposes(action: str) -> None:
    life = Life()
    life.happens("consent", NOON_MS, action=action)
    for number in range(2 * bounds.PURPOSES):
        life.happens("consent", NOON_MS + 1, action="opt_out", purpose=f"purpose-{number}")
    assert len(life.profile.consent) == bounds.PURPOSES
    assert life.profile.consent["marketing"].granted is (action == "opt_in")
    assert life.contact is not None
    assert life.contact["consent"].keys() == life.profile.consent.keys()


def test_purposes_are_bounded_and_a_withdrawal_is_kept_longest() -> None:
    life = Life()
    life.happens("consent", NOON_MS, action="opt_out")
    for number in range(20):
        life.happens("consent", NOON_MS + 1 + number, purpose=f"topic-{number}")
    assert len(life.profile.consent) == bounds.PURPOSES
    assert not _granted(life)
    assert set(_contact(life)["consent"]) == set(life.profile.consent)


def test_preferences_and_attributes_are_bounded() -> None:
    life = Life()
    many = {f"name-{number}": "x" for number in range(500)}
    life.happens("profile", NOON_MS, attributes={"first_name": "Ann"})
    life.happens("profile", NOON_MS + 1, attributes=many)
    life.happens("consent", NOON_MS + 2, action="preferences", preferences=many)
    contact = _contact(life)
    assert len(contact["attributes"]) == ATTRIBUTES
    assert contact["attributes"]["first_name"] == "Ann"
    assert len(contact["preferences"]) == ATTRIBUTES


def test_preferences_say_nothing_about_consent() -> None:
    life = Life()
    life.happens("consent", NOON_MS, action="preferences", preferences={"pace": "weekly"})
    assert life.profile.consent == {}
    assert _contact(life)["preferences"] == {"pace": "weekly"}


@given(
    st.lists(
        st.tuples(st.sampled_from(["opt_in", "opt_out"]), st.sampled_from("mn"), st.integers(0, 9)),
        max_size=8,
    )
)
def test_the_newest_withdrawal_that_stands_is_kept_at_hand(
    told: list[tuple[str, str, int]],
) -> None:
    life = Life()
    for action, purpose, second in told:
        life.happens("consent", NOON_MS + second * 1_000, action=action, purpose=purpose)
    withdrawn = [state.at_ms for state in life.profile.consent.values() if not state.granted]
    assert life.profile.withdrawn_ms == max(withdrawn, default=0)
