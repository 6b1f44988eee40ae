from base64 import b32encode

from hypothesis import given
from hypothesis import strategies as st

from senders.links.verp import ReturnPaths, _base32, mail_id
from tests.senders.builders import SECRET

PATHS = ReturnPaths("Bounce.sender.example", [SECRET])


@given(st.binary(max_size=40))
def test_letters_are_those_of_base32(data: bytes) -> None:
    assert _base32(data) == b32encode(data).rstrip(b"=").decode().lower()


@given(st.text(max_size=40) | st.binary(min_size=16, max_size=16).map(bytes.hex))
def test_an_address_of_ours_names_its_mail(decision_id: str) -> None:
    address = PATHS.address(decision_id)
    assert address.endswith("@bounce.sender.example")
    assert len(address.partition("@")[0]) == 44
    assert PATHS.open(address.upper()) == mail_id(decision_id)
    assert ReturnPaths("bounce.sender.example", ["other"]).open(address) is None
