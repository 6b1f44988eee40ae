"""The two registries behind one port; the Confluent one against an HTTP server on the wire."""

from collections.abc import Iterator

import aiohttp
import pytest

from schemas import library
from schemas.codec import Codec, UndecodableError
from schemas.confluent_registry import (
    ConfluentRegistry,
    RegistryRefusedError,
    RegistryUnavailableError,
    subject,
)
from schemas.registry import BundledRegistry, UnknownSchemaError, open_registry
from schemas.topics import Topology
from tests.schemas.registry_server import RegistryServer
from tests.schemas.samples import SAMPLES, sample

PLAIN = Topology()


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with RegistryServer() as running:
        yield running


def test_without_a_url_the_bundled_one() -> None:
    assert isinstance(open_registry(None), BundledRegistry)
    assert isinstance(open_registry(""), BundledRegistry)


def test_the_bundled_one_knows_every_record() -> None:
    assert set(BundledRegistry().write_ids) == set(library.record_names())
    with pytest.raises(UnknownSchemaError, match="SCHEMA_REGISTRY_URL"):
        BundledRegistry().find(7)


def test_subjects() -> None:
    shop = Topology("shop.")

    assert subject("browse", PLAIN) == "events.browse-value"
    assert subject("browse", shop) == "shop.events.browse-value"
    assert subject("dead_letter", PLAIN) == "dead-letters-value"
    assert subject("merge", PLAIN) == "journal-nextbest.merge"
    assert subject("tick", shop) == "shop.journal-nextbest.tick"
    assert subject("contact", shop) == "shop.nextbest.contact"


def test_all_schemas_are_registered_at_the_start(server: RegistryServer) -> None:
    registry = open_registry(server.url, Topology("shop."))

    assert set(server.subjects) == {
        subject(name, Topology("shop.")) for name in library.record_names()
    }
    assert registry.write_ids["browse"] == server.subjects["shop.events.browse-value"][0]
    again = open_registry(server.url, Topology("shop."))
    assert again.write_ids == registry.write_ids


@pytest.mark.parametrize("name", SAMPLES)
def test_records_carry_the_registrys_ids(server: RegistryServer, name: str) -> None:
    registry = open_registry(server.url)
    codec = Codec(registry)
    data = codec.encode(name, sample(name))

    assert int.from_bytes(data[1:5], "big") == registry.write_ids[name]
    asked = len(server.calls)
    assert codec.decode(data) == (name, sample(name))
    assert len(server.calls) == asked


def test_another_version_is_fetched_once_and_resolved(server: RegistryServer) -> None:
    codec = Codec(open_registry(server.url))
    raw = library.current("browse").schema
    brand = {"name": "brand", "type": "string", "default": ""}
    fewer = [field for field in raw["fields"] if field["name"] != "session_id"]
    other = server.add({**raw, "fields": [*fewer, brand]})
    # As `fewer` ends before session_id, the record written so is ours without its last field.
    body = Codec(BundledRegistry()).encode("browse", sample("browse", session_id=None))[5:-1]
    data = b"\0" + other.to_bytes(4, "big") + body + b"\x04XY"

    for _ in range(3):
        assert codec.decode(data) == ("browse", sample("browse", session_id=None))
    assert server.calls.count(f"GET /schemas/ids/{other}") == 1


def test_an_unknown_id_is_asked_for_again_after_a_while(server: RegistryServer) -> None:
    now = [1000.0]
    registry = ConfluentRegistry(server.url, PLAIN, monotonic=lambda: now[0])
    codec = Codec(registry)
    data = b"\0" + (100 + len(server.schemas)).to_bytes(4, "big")
    data += Codec(BundledRegistry()).encode("browse", sample("browse"))[5:]

    for _ in range(3):
        with pytest.raises(UnknownSchemaError) as caught:
            codec.decode(data)
        assert caught.value.reason == "unknown_schema"
    wanted = f"GET /schemas/ids/{caught.value.schema_id}"
    assert server.calls.count(wanted) == 1
    raw = library.current("browse").schema
    assert server.add({**raw, "doc": "Registered late."}) == caught.value.schema_id
    now[0] += 61
    assert codec.decode(data) == ("browse", sample("browse"))
    assert server.calls.count(wanted) == 2


@pytest.mark.parametrize(
    ("schema", "more"),
    [
        ({"type": "record", "name": "order", "namespace": "other", "fields": []}, {}),
        ("string", {}),
        ({"type": "record", "name": "browse", "fields": [{"name": "x", "type": "nope"}]}, {}),
        ({"syntax": "proto3"}, {"schemaType": "PROTOBUF"}),
    ],
)
def test_schemas_of_others_are_unknown(
    server: RegistryServer, schema: object, more: dict[str, str]
) -> None:
    codec = Codec(open_registry(server.url))
    other = server.add(schema, **more)

    with pytest.raises(UnknownSchemaError):
        codec.decode(b"\0" + other.to_bytes(4, "big") + b"\0")


def test_a_schema_that_cant_be_resolved_is_undecodable(server: RegistryServer) -> None:
    codec = Codec(open_registry(server.url))
    other = server.add(
        {
            "type": "record",
            "name": "browse",
            "namespace": "nextbest",
            "fields": [{"name": "event_id", "type": "int"}],
        }
    )

    with pytest.raises(UndecodableError) as caught:
        codec.decode(b"\0" + other.to_bytes(4, "big") + b"\x02")
    assert caught.value.reason == "undecodable"


def test_a_registry_that_fails_later_is_a_reason_to_retry(server: RegistryServer) -> None:
    codec = Codec(open_registry(server.url))
    known = codec.encode("browse", sample("browse"))
    unknown = b"\0\0\0\x0f\xff" + known[5:]
    for status in (500, 503, 429):
        server.fail_with = status
        with pytest.raises(RegistryUnavailableError, match=str(status)):
            codec.decode(unknown)
    assert codec.decode(known) == ("browse", sample("browse"))


def test_a_registry_that_is_away() -> None:
    with pytest.raises(RegistryUnavailableError, match="SCHEMA_REGISTRY_URL"):
        open_registry("http://127.0.0.1:1")


def test_a_schema_that_the_registry_refuses(server: RegistryServer) -> None:
    server.refuse.add("events.cart-value")

    with pytest.raises(RegistryRefusedError, match=r"events\.cart-value.*incompatible"):
        open_registry(server.url)


def test_looking_up_without_registering(server: RegistryServer) -> None:
    with pytest.raises(RegistryRefusedError, match="not registered"):
        ConfluentRegistry(server.url, PLAIN, register=False)
    registered = open_registry(server.url)
    found = ConfluentRegistry(server.url, PLAIN, register=False)

    assert found.write_ids == registered.write_ids


def test_basic_authentication(server: RegistryServer) -> None:
    server.password = aiohttp.encode_basic_auth("app", "secret")
    with pytest.raises(RegistryRefusedError, match="user and password") as caught:
        open_registry(server.url.replace("://", "://app:wrong@"))
    assert "wrong" not in str(caught.value)

    assert open_registry(server.url.replace("://", "://app:secret@")).write_ids


def test_a_server_that_is_no_registry(server: RegistryServer) -> None:
    with pytest.raises(RegistryRefusedError, match="404"):
        open_registry(server.url + "/elsewhere")
