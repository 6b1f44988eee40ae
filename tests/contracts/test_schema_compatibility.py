"""No schema may lose what an older one wrote: backward-transitive against every released version.

When this fails, don't touch `schemas/released/`: give the new field a default, keep the old name
or type, or add a field beside it. `python -m schemas.release` adds versions there.
"""

from io import BytesIO

import pytest
from fastavro import parse_schema, schemaless_writer
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import library
from schemas.codec import Codec
from schemas.compatibility import check_compatible
from schemas.registry import BundledRegistry
from tests.schemas.generated import values

CODEC = Codec(BundledRegistry())
RELEASED = [version for name in library.record_names() for version in library.released(name)]


def test_every_record_has_been_released() -> None:
    missing = [name for name in library.record_names() if not library.released(name)]

    assert missing == [], "run `python -m schemas.release`"


@pytest.mark.parametrize("name", library.record_names())
def test_reads_everything_released(name: str) -> None:
    check_compatible(name, library.current(name).schema, library.released(name))


@pytest.mark.parametrize("version", RELEASED, ids=lambda each: f"{each.record}.{each.number}")
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_released_data_decodes(version: library.Version, data: st.DataObject) -> None:
    stream = BytesIO()
    stream.write(b"\0" + version.schema_id.to_bytes(4, "big"))
    written = data.draw(values(version.schema))
    schemaless_writer(stream, parse_schema(version.schema), written)

    name, record = CODEC.decode(stream.getvalue())

    assert name == version.record
    assert record.keys() == {field["name"] for field in library.current(name).schema["fields"]}
    kept = record.keys() & written.keys()
    assert {key: record[key] for key in kept} == {key: written[key] for key in kept}


@pytest.mark.parametrize("name", library.record_names())
def test_versions_follow_each_other(name: str) -> None:
    numbers = [version.number for version in library.released(name)]

    assert numbers == list(range(1, len(numbers) + 1))
