"""Settings that only make sense together, or exclude each other.

Checked wherever the values a check needs are right, whatever else is wrong, and told together with
the rest. That a value was given counts even where it is wrong.
"""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import SecretStr

from runtime.guardrail_settings import GuardrailSettings
from runtime.kafka_trial import refused_properties
from runtime.setting_errors import variable_name
from runtime.setting_groups import Group, KafkaSettings, RedisSettings, SenderSettings
from runtime.signing_settings import SigningSettings

AnyGroup = TypeVar("AnyGroup", bound=Group)


@dataclass(frozen=True, slots=True)
class GroupRead(Generic[AnyGroup]):
    """A group as far as it could be read.

    Attributes:
        name: The group's.
        values: Its settings, with defaults in place of values that are wrong.
        wrong: Names of those.
    """

    name: str
    values: AnyGroup
    wrong: frozenset[str]

    def sound(self, *names: str) -> bool:
        """Whether none of these settings is wrong."""
        return self.wrong.isdisjoint(names)

    def given(self, name: str) -> bool:
        """Whether a setting has a value, be it wrong."""
        value = getattr(self.values, name)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        return name in self.wrong or bool(value)

    def variable(self, name: str) -> str:
        """Name the variable of a setting."""
        return variable_name((self.name, name))

    def listed(self, *names: str) -> str:
        """Name the variables of several settings."""
        return ", ".join(self.variable(name) for name in names)


def kafka_problems(read: GroupRead[KafkaSettings]) -> Iterator[str]:
    """Give a line for each combination in the group `kafka` that can't work."""
    kafka = read.values
    if read.sound("security_protocol"):
        yield from _security_problems(read)
    yield from _pair_problems(read, "ssl_certfile", "ssl_keyfile")
    yield from _pem_problems(read, "ssl_cafile", kafka.ssl_key_password)
    heartbeat, session = "heartbeat_seconds", "session_timeout_seconds"
    if read.sound(heartbeat, session) and kafka.heartbeat_seconds * 3 > (
        kafka.session_timeout_seconds
    ):
        yield (
            f"{read.variable(heartbeat)} = {kafka.heartbeat_seconds:g} must be at most a third of "
            f"{read.variable(session)} = {kafka.session_timeout_seconds:g}"
        )
    for told in refused_properties(kafka):
        yield f"{read.variable('producer_overrides')}: {told}"


def _security_problems(read: GroupRead[KafkaSettings]) -> Iterator[str]:
    protocol = read.values.security_protocol
    chosen = f"{read.variable('security_protocol')} = {protocol}"
    sasl = ("sasl_mechanism", "sasl_username", "sasl_password")
    given = [name for name in sasl if read.given(name)]
    missing = [name for name in sasl if name not in given]
    if protocol.startswith("SASL") and missing:
        yield f"{chosen} also needs {read.listed(*missing)}"
    if given and not protocol.startswith("SASL"):
        yield f"{chosen} makes no use of {read.listed(*given)}; choose SASL_SSL or SASL_PLAINTEXT"
    files = [n for n in ("ssl_cafile", "ssl_certfile", "ssl_keyfile") if read.given(n)]
    if files and not protocol.endswith("SSL"):
        yield f"{chosen} makes no use of {read.listed(*files)}; choose SSL or SASL_SSL"


def redis_problems(read: GroupRead[RedisSettings]) -> Iterator[str]:
    """Give a line for each combination in the group `redis` that can't work."""
    yield from _pair_problems(read, "ssl_certfile", "ssl_keyfile")
    yield from _pem_problems(read, "ssl_ca_certs")
    files = [n for n in ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile") if read.given(n)]
    urls = (read.values.state_url, read.values.ledger_url)
    secured = any(url.get_secret_value().startswith("rediss://") for url in urls)
    if files and not secured and read.sound("state_url", "ledger_url"):
        yield f"{read.listed(*files)}: of no use while no URL starts with rediss://"


def sender_problems(read: GroupRead[SenderSettings]) -> Iterator[str]:
    """Give a line for each combination in the group `sender` that can't work."""
    yield from _pair_problems(read, "smtp_username", "smtp_password")
    yield from _pem_problems(read, "smtp_cafile")
    sender = read.values
    if read.sound("smtp_tls", "starttls") and sender.smtp_tls and sender.starttls == "required":
        yield (
            f"{read.variable('smtp_tls')} = true and {read.variable('starttls')} = required "
            "exclude each other"
        )


def guardrail_problems(read: GroupRead[GuardrailSettings]) -> Iterator[str]:
    """Give a line for each warning of the group `guardrails` that would come after the stop."""
    for kind in ("complaints", "bounces", "unsubscribes"):
        warn, stop = f"{kind}_warn", f"{kind}_stop"
        if read.sound(warn, stop) and getattr(read.values, warn) > getattr(read.values, stop):
            yield (
                f"{read.variable(warn)} = {getattr(read.values, warn):g} must not be above "
                f"{read.variable(stop)} = {getattr(read.values, stop):g}"
            )


def signing_problems(read: GroupRead[SigningSettings]) -> Iterator[str]:
    """Give a line for each combination in the group `signing` that can't work."""
    yield from _pair_problems(read, "rsa_selector", "rsa_key_file")
    yield from _pair_problems(read, "ed25519_selector", "ed25519_key_file")
    signing = read.values
    if signing.rsa_selector and signing.rsa_selector == signing.ed25519_selector:
        yield (
            f"{read.listed('rsa_selector', 'ed25519_selector')} are the same: two keys can't be "
            "published under one selector"
        )


def _pair_problems(read: GroupRead[AnyGroup], one: str, other: str) -> Iterator[str]:
    if read.given(one) != read.given(other):
        there, missing = (one, other) if read.given(one) else (other, one)
        yield f"{read.variable(there)} also needs {read.variable(missing)}: they go together"


def _pem_problems(
    read: GroupRead[AnyGroup], authorities: str, password: SecretStr | None = None
) -> Iterator[str]:
    """Load what TLS will need, so that a file that is no PEM is told of now."""
    cafile: Path | None = getattr(read.values, authorities)
    certificate: Path | None = getattr(read.values, "ssl_certfile", None)
    key: Path | None = getattr(read.values, "ssl_keyfile", None)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if cafile:
        try:
            context.load_verify_locations(cafile)
        except (ssl.SSLError, OSError) as error:
            yield f"{read.variable(authorities)} = '{cafile}' holds no PEM certificates: {error}"
    if certificate and key and read.sound("ssl_key_password"):
        try:
            # An empty password rather than none, with which OpenSSL would ask at the terminal.
            context.load_cert_chain(
                certificate, key, password.get_secret_value() if password else ""
            )
        except (ssl.SSLError, OSError) as error:
            files = read.listed("ssl_certfile", "ssl_keyfile")
            yield f"{files}: no PEM certificate with its key, or the key's password: {error}"
