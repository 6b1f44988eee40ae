"""Bundled versions and their ids; releasing."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas import library
from schemas.codec import Codec
from schemas.compatibility import IncompatibleSchemaError
from schemas.registry import BundledRegistry
from schemas.release import release
from tests.schemas.samples import sample


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the schemas in force, with nothing released yet."""
    shutil.copytree(library.AVRO_DIR, tmp_path / "avro")
    monkeypatch.setattr(library, "AVRO_DIR", tmp_path / "avro")
    monkeypatch.setattr(library, "RELEASED_DIR", tmp_path / "released")
    library.current.cache_clear()
    library.record_numbers.cache_clear()
    yield tmp_path
    library.current.cache_clear()
    library.record_numbers.cache_clear()


def edit(copy: Path, record: str, **changes: object) -> None:
    path = copy / "avro" / f"{record}.avsc"
    schema = json.loads(path.read_text())
    path.write_text(json.dumps({**schema, **changes}))
    library.current.cache_clear()


def fields(copy: Path, record: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((copy / "avro" / f"{record}.avsc").read_text())[
        "fields"
    ]
    return found


def test_ids_are_number_and_version() -> None:
    assert library.current("browse").schema_id == 1001
    assert library.current("contact").schema_id == 16002


def test_ids_are_stable() -> None:
    # These stand in topics. A number may be added, never changed.
    assert library.record_numbers() == {
        "browse": 1,
        "cart": 2,
        "click": 3,
        "purchase": 4,
        "search": 5,
        "consent": 6,
        "profile": 7,
        "delivery": 8,
        "identify": 9,
        "merge": 10,
        "tick": 11,
        "catalog": 12,
        "decision": 13,
        "outcome": 14,
        "dead_letter": 15,
        "contact": 16,
        "milestone": 17,
        "refund": 18,
        "wish": 20,
        "label": 19,
        "interactions": 22,
        "codes": 24,
        "redemption": 25,
        "open": 26,
    }


def test_documentation_makes_no_version(copy: Path) -> None:
    release()
    edit(copy, "browse", doc="Other words.")

    assert library.current("browse").number == 1
    assert release() == []


def test_releasing_makes_the_next_version_and_keeps_the_old_one_readable(copy: Path) -> None:
    written = Codec(BundledRegistry()).encode("browse", sample("browse"))
    assert "browse.1.avsc" in release()
    brand = {"name": "brand", "type": ["null", "string"], "default": None, "doc": "Its brand."}
    edit(copy, "browse", fields=[*fields(copy, "browse"), brand])

    assert library.current("browse").schema_id == 1002
    codec = Codec(BundledRegistry())
    assert codec.decode(written) == ("browse", sample("browse", brand=None))
    assert release() == ["browse.2.avsc"]
    assert [version.number for version in library.released("browse")] == [1, 2]
    new = codec.encode("browse", sample("browse", brand="B"))
    assert codec.decode(new) == ("browse", sample("browse", brand="B"))


def test_an_incompatible_schema_is_not_released(copy: Path) -> None:
    release()
    needed = {"name": "needed", "type": "string", "doc": "."}
    edit(copy, "browse", fields=[*fields(copy, "browse"), needed])
    brand = {"name": "brand", "type": ["null", "string"], "default": None, "doc": "Its brand."}
    edit(copy, "cart", fields=[*fields(copy, "cart"), brand])

    with pytest.raises(IncompatibleSchemaError, match="needed"):
        release()
    assert [version.number for version in library.released("cart")] == [1]


def test_a_file_that_is_no_schema_is_named(copy: Path) -> None:
    (copy / "avro" / "browse.avsc").write_text("{")

    with pytest.raises(library.BrokenSchemaError, match=r"browse\.avsc"):
        library.current("browse")


def test_a_misnamed_record_is_named(copy: Path) -> None:
    edit(copy, "browse", name="brows")

    with pytest.raises(library.BrokenSchemaError, match=r"browse\.avsc"):
        library.current("browse")


def test_a_record_without_a_number_is_named(copy: Path) -> None:
    shutil.copy(copy / "avro" / "browse.avsc", copy / "avro" / "extra.avsc")

    with pytest.raises(library.BrokenSchemaError, match="extra"):
        library.record_numbers()
