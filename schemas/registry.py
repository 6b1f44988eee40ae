"""Where schema ids come from: the bundled schemas, or a schema registry behind the same port."""

from collections.abc import Mapping
from typing import Any, Protocol

from schemas import library
from schemas.errors import DeadLetterError
from schemas.topics import Topology


class UnknownSchemaError(DeadLetterError):
    """A record's schema id is not known here, or is another record's than ours.

    Attributes:
        schema_id: The id found in the record's header.
    """

    def __init__(self, schema_id: int, detail: str) -> None:
        super().__init__("unknown_schema", detail)
        self.schema_id = schema_id


class SchemaRegistry(Protocol):
    """What the codec needs to know about ids."""

    @property
    def write_ids(self) -> Mapping[str, int]:
        """By record name, the id under which its current schema is written."""
        ...

    @property
    def known(self) -> Mapping[int, library.RawSchema]:
        """Schemas by id that are known from the start."""
        ...

    def find(self, schema_id: int) -> library.RawSchema:
        """The schema of an id that is not among the known ones.

        Raises:
            UnknownSchemaError: There is no such id.
            RetryError: The registry can't be asked right now.
        """
        ...


class BundledRegistry:
    """The ids of the bundled schemas (see `schemas.library`): no server, no I/O after this call."""

    def __init__(self) -> None:
        self._write_ids: dict[str, int] = {}
        self._known: dict[int, dict[str, Any]] = {}
        for record in library.record_names():
            for version in library.released(record):
                self._known[version.schema_id] = version.schema
            version = library.current(record)
            self._known[version.schema_id] = version.schema
            self._write_ids[record] = version.schema_id

    @property
    def write_ids(self) -> Mapping[str, int]:
        """By record name, the id under which its current schema is written."""
        return self._write_ids

    @property
    def known(self) -> Mapping[int, library.RawSchema]:
        """Every released and every current schema by id."""
        return self._known

    def find(self, schema_id: int) -> library.RawSchema:
        """There is nowhere else to look.

        Raises:
            UnknownSchemaError: Always.
        """
        raise UnknownSchemaError(
            schema_id,
            f"schema id {schema_id} is not one of the bundled ones. If the record was written "
            "with a schema registry, set SCHEMA_REGISTRY_URL.",
        )


def open_registry(url: str | None, topology: Topology | None = None) -> SchemaRegistry:
    """The registry at `url`, or the bundled one without a URL.

    Raises:
        RetryError: The registry does not answer.
        StopError: The registry refuses one of our schemas or does not let us in.
    """
    if not url:
        return BundledRegistry()
    # Here, so that whoever needs no registry does not load an HTTP client.
    from schemas.confluent_registry import ConfluentRegistry  # noqa: PLC0415

    return ConfluentRegistry(url, topology or Topology())
