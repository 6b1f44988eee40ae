"""Addresses in what servers write are found whole, or the wrong one would be told of."""

import pytest

from senders.inbound.addresses import find_all, of_field

ODD = [
    "o'brien@inbox.example",
    "d'arc'y@inbox.example",
    "a/b=c+d{e}~f@inbox.example",
    "x'@b.example",
]


@pytest.mark.parametrize("address", ODD)
def test_an_odd_but_valid_address_is_read_whole(address: str) -> None:
    assert of_field(f"rfc822; {address}") == address
    assert of_field(f"rfc822;<{address}>") == address
    assert find_all(f"host said: 550 <{address}>: user unknown") == [address]


def test_quotes_around_an_address_are_none_of_it() -> None:
    for text in ("'ann@inbox.example'", '"ann@inbox.example"', "`ann@inbox.example'"):
        assert find_all(f"delivery to {text} failed") == ["ann@inbox.example"]
        assert of_field(f"rfc822; {text}") == "ann@inbox.example"
