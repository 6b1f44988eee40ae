"""`nextbest suppressions` on a real ledger: what it puts on record is what senders find."""

import csv
import io
import json
from pathlib import Path

import pytest
import redis
from typer.testing import CliRunner, Result

from deploy.servers.redis import RedisServer
from nextbest.cli import app
from senders.recipients.suppression import decode, digest_of, keys_of
from senders.recipients.suppression_lists import removals_key

pytestmark = pytest.mark.integration


class Commands:
    """The commands, on a ledger and namespace."""

    def __init__(self, url: str, namespace: str) -> None:
        self.redis = redis.Redis.from_url(url)
        self.namespace = namespace
        self._environment = {
            "NEXTBEST_NAMESPACE": namespace,
            "NEXTBEST_REDIS__LEDGER_URL": url,
        }

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["suppressions", *arguments], env=self._environment)

    def reasons(self, address: str) -> set[str]:
        """As senders read them."""
        stored = [self.redis.hgetall(key) for key in keys_of(self.namespace, "ann", address)]
        return {found.reason for found in decode(stored)}


@pytest.fixture
def commands(redis_ledger: RedisServer, namespace: str) -> Commands:
    return Commands(redis_ledger.url, namespace)


def test_a_list_is_in_force_but_for_its_bad_lines(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(
        b"\xef\xbb\xbfemail;why\r\nann@example.com;x\r\nnonsense;y\r\nB@Example.com;\r\n"
    )
    first = commands("import", str(file), "--reason", "complaint")
    assert first.exit_code == 1
    assert "2 addresses are on record as complaint; 2 of them are new" in first.stdout
    assert "line 3" in first.stderr
    assert "nonsense" not in first.output
    assert "ann@" not in first.output
    assert commands.reasons("Ann@example.com") == commands.reasons("b@example.com") == {"complaint"}
    assert commands.redis.ttl(keys_of(commands.namespace, "ann", "ann@example.com")[1]) == -1
    assert "0 of them are new" in commands("import", str(file), "--reason", "complaint").stdout
    assert commands("import", str(file), "--reason", "whatever").exit_code == 2


def test_one_address_is_added_shown_and_taken_off(commands: Commands) -> None:
    assert commands("show", "ann@example.com").exit_code == 1
    assert commands("add", "ann@example.com").exit_code == 0
    shown = commands("show", "Ann@Example.com", "--json")
    assert list(json.loads(shown.stdout)["reasons"]) == ["manual"]
    assert commands("remove", "ann@example.com").exit_code == 2, "without a reason"
    assert commands("remove", "ann@example.com", "--reason", "a typo").exit_code == 0
    assert commands.reasons("ann@example.com") == set()
    assert commands("remove", "ann@example.com", "--reason", "a typo").exit_code == 1
    note = json.loads(commands.redis.lindex(removals_key(commands.namespace), 0))  # type: ignore[arg-type]
    assert (note["reasons"], note["why"]) == (["manual"], "a typo")
    assert "example.com" not in str(note)
    assert commands("add", "nobody").exit_code == 2


@pytest.mark.parametrize("reason", ["permanent_failure", "complaint"])
def test_what_harms_a_reputation_is_taken_off_by_force_only(
    commands: Commands, reason: str
) -> None:
    commands("add", "ann@example.com", "--reason", reason)
    commands("add", "ann@example.com", "--reason", "imported")
    refused = commands("remove", "ann@example.com", "--reason", "they asked")
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert commands.reasons("ann@example.com") == {reason, "imported"}
    assert commands("remove", "ann@example.com", "--reason", "they asked", "--force").exit_code == 0
    assert commands.reasons("ann@example.com") == set()


def test_what_is_exported_can_be_imported_elsewhere(
    commands: Commands, redis_ledger: RedisServer, tmp_path: Path
) -> None:
    addresses = [f"shopper{number}@example.com" for number in range(1_200)]
    file = tmp_path / "list.txt"
    file.write_text("\n".join(addresses))
    assert commands("import", str(file)).exit_code == 0
    commands.redis.hset(f"{commands.namespace}suppressed:person:{'s' * 57}", "unsubscribed", "1")
    exported = commands("export").stdout
    rows = list(csv.DictReader(io.StringIO(exported)))
    assert {row["sha256"] for row in rows} == {digest_of(address) for address in addresses}
    file.write_text(exported)
    other = Commands(redis_ledger.url, f"{commands.namespace}other.")
    assert "1,200 of them are new" in other("import", str(file)).stdout
