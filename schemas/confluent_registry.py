"""A schema registry that speaks Confluent's HTTP interface, behind the port of `registry`.

Subjects follow the TopicNameStrategy, `<topic>-value`, where a topic holds one record. `merge`,
`tick`, `codes` and `redemption` share the journal and go by the TopicRecordNameStrategy; `contact`
is in no topic and goes by its record's name
(https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/).
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx

from schemas import library
from schemas.errors import RetryError, StopError
from schemas.registry import UnknownSchemaError
from schemas.topics import Topology

_CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"
_FORGET_SECONDS: Final = 60.0
"""After how long an id that was not found is asked for again: it may have been registered since."""
_MAX_NOT_FOUND = 10_000


class RegistryUnavailableError(RetryError):
    """The schema registry did not answer, or only with an error of its own."""


class RegistryRefusedError(StopError):
    """The schema registry refuses our credentials or one of our schemas."""


class ConfluentRegistry:
    """Ids from a schema registry: all our schemas at the start, others when first met.

    Args:
        url: The registry's address; `https://user:password@host` for basic authentication.
        topology: Names the subjects.
        register: Whether schemas it does not have are registered; otherwise they must be there.
        timeout_seconds: For each call.
        monotonic: A clock that never goes back, in seconds.

    Raises:
        RegistryUnavailableError: It does not answer.
        RegistryRefusedError: It refuses a schema as incompatible, or does not let us in.
    """

    def __init__(
        self,
        url: str,
        topology: Topology,
        *,
        register: bool = True,
        timeout_seconds: float = 5.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._where = urlsplit(url).hostname or url
        # It is asked a few times at the start and hardly ever after: no connection is kept.
        self._client = httpx.Client(
            base_url=url,
            timeout=timeout_seconds,
            headers={"Accept": _CONTENT_TYPE},
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self._monotonic = monotonic
        self._not_found: dict[int, float] = {}
        self._write_ids: dict[str, int] = {}
        self._known: dict[int, library.RawSchema] = {}
        for record in library.record_names():
            schema = library.current(record).schema
            schema_id = self._id_of(subject(record, topology), schema, register=register)
            self._write_ids[record] = schema_id
            self._known[schema_id] = schema

    @property
    def write_ids(self) -> Mapping[str, int]:
        """By record name, the id under which its current schema is written."""
        return self._write_ids

    @property
    def known(self) -> Mapping[int, library.RawSchema]:
        """Our current schemas by the registry's ids."""
        return self._known

    def find(self, schema_id: int) -> library.RawSchema:
        """Ask the registry for a schema; blocks for at most the time-out.

        Raises:
            UnknownSchemaError: It has none under this id, or one that isn't Avro.
            RegistryUnavailableError: It does not answer.
            RegistryRefusedError: It does not let us in.
        """
        now = self._monotonic()
        asked = self._not_found.get(schema_id)
        if asked is not None and now - asked < _FORGET_SECONDS:
            raise self._unknown(schema_id, "has no such schema")
        answer = self._call("GET", f"/schemas/ids/{schema_id}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            self._not_found.pop(schema_id, None)
            self._not_found[schema_id] = now
            if len(self._not_found) > _MAX_NOT_FOUND:
                del self._not_found[next(iter(self._not_found))]
            raise self._unknown(schema_id, "has no such schema")
        try:
            body = _object(answer)
            schema = json.loads(body["schema"])
        except (KeyError, TypeError, ValueError) as error:
            raise self._unknown(schema_id, "does not hold Avro under it") from error
        if body.get("schemaType", "AVRO") != "AVRO" or not isinstance(schema, dict):
            raise self._unknown(schema_id, "does not hold an Avro record under it")
        return schema

    def _unknown(self, schema_id: int, why: str) -> UnknownSchemaError:
        return UnknownSchemaError(schema_id, f"schema id {schema_id}: the registry {why}")

    def _id_of(self, name: str, schema: library.RawSchema, *, register: bool) -> int:
        path = f"/subjects/{quote(name, safe='')}" + ("/versions" if register else "")
        answer = self._call("POST", path, {"schema": json.dumps(schema)})
        if answer.status_code == httpx.codes.OK:
            try:
                return int(_object(answer)["id"])
            except (KeyError, TypeError, ValueError) as error:
                raise RegistryUnavailableError(
                    f"{self._where} answers, but not as a schema registry does. Check its address."
                ) from error
        if answer.status_code == httpx.codes.NOT_FOUND and not register:
            detail = "it is not registered: register it, or allow nextbest to"
        else:
            detail = _message(answer)
        raise RegistryRefusedError(f"schema registry {self._where}, subject {name}: {detail}.")

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        headers = {} if body is None else {"Content-Type": _CONTENT_TYPE}
        try:
            answer = self._client.request(method, path, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise RegistryUnavailableError(
                f"schema registry {self._where} can't be reached ({type(error).__name__}). "
                "Check SCHEMA_REGISTRY_URL and that it runs."
            ) from error
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise RegistryRefusedError(
                f"schema registry {self._where} does not let us in ({answer.status_code}). "
                "Check the user and password in SCHEMA_REGISTRY_URL."
            )
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.status_code >= 500:
            raise RegistryUnavailableError(
                f"schema registry {self._where} answers {answer.status_code}: {_message(answer)}"
            )
        return answer


def subject(record: str, topology: Topology) -> str:
    """The subject of a record in the registry."""
    try:
        topic = topology.for_record(record)
    except KeyError:
        return f"{topology.namespace}{library.NAMESPACE}.{record}"
    if topology.declared(topic).record == record:
        return f"{topic}-value"
    return f"{topic}-{library.NAMESPACE}.{record}"


def _object(answer: httpx.Response) -> dict[str, Any]:
    body = answer.json()
    if not isinstance(body, dict):
        raise TypeError("not a JSON object")
    return body


def _message(answer: httpx.Response) -> str:
    try:
        return str(_object(answer).get("message", answer.status_code))
    except (TypeError, ValueError):
        return f"HTTP status {answer.status_code}"
