"""Numbers as they are written; whole records are compared with fastavro in tests/contracts."""

from io import BytesIO

import pytest
from fastavro import schemaless_writer
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.compiled_encoder import compile_encoder

ENCODE = compile_encoder({"type": "record", "fields": [{"name": "n", "type": "long"}]}, b"")


@given(st.integers(-(2**63), 2**63 - 1) | st.integers(2**33, 2**42))
@example(2**34 - 1)
@example(2**34)
@example(2**41 - 1)
@example(2**41)
@example(-65)
@example(4_095)
@example(4_096)
def test_a_number_is_written_as_fastavro_writes_it(number: int) -> None:
    stream = BytesIO()
    schemaless_writer(stream, "long", number)

    assert ENCODE is not None
    assert bytes(ENCODE({"n": number})) == stream.getvalue()


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, True, 1.0, "1", None])
def test_what_is_no_number_of_64_bits_is_left_to_fastavro(number: object) -> None:
    assert ENCODE is not None
    with pytest.raises((TypeError, OverflowError)):
        ENCODE({"n": number})


def test_a_schema_of_what_is_not_covered_has_no_encoder() -> None:
    fixed = {"type": "fixed", "name": "id", "size": 4}
    either = ["null", "string", "long"]
    dated = {"type": "long", "logicalType": "timestamp-millis"}
    for kind in (fixed, either, dated, ["null", ["null", "long"]]):
        schema = {"type": "record", "fields": [{"name": "n", "type": kind}]}
        assert compile_encoder(schema, b"") is None
