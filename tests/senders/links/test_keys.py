import hmac

from hypothesis import given
from hypothesis import strategies as st

from senders.links.keys import Key


@given(st.binary(max_size=200), st.binary(max_size=500), st.binary(max_size=500))
def test_a_key_makes_what_the_standard_library_makes(
    secret: bytes, data: bytes, other: bytes
) -> None:
    key = Key(secret)
    assert key.mac(data) == hmac.digest(secret, data, "sha256")
    assert key.mac(other) == hmac.digest(secret, other, "sha256")
