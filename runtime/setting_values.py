"""Kinds of values that settings hold, and what they must look like."""

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from runtime.mailbox import parse_address, parse_domain

LEAST_SECRET = 16
"""Characters a key that signs links must have."""


PREFLIGHT_CHECKS = (
    *("from_domain", "spf", "dkim", "dmarc", "tls", "ptr", "return_path", "one_click"),
)
"""What `nextbest preflight` looks at, in this order; each can be overridden by its name."""


def split_commas(value: object) -> object:
    """Values of a variable, separated by commas; anything else as it is."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _bootstrap(value: str) -> str:
    for server in value.split(","):
        host, colon, port = server.strip().rpartition(":")
        if not (colon and host and port.isdigit() and 0 < int(port) < 65_536):
            raise ValueError(f"{server.strip()!r} is not host:port")
    return ",".join(server.strip() for server in value.split(","))


def _split(url: str) -> SplitResult:
    """Split a URL, or say what of it can't be read; the URL itself may hold a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ValueError(
            "the URL's port is no number up to 65535"
            if "port" in str(error).lower()
            else "the URL can't be read"
        ) from None
    return parts


def _redis_url(value: SecretStr) -> SecretStr:
    url = _split(value.get_secret_value())
    if url.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("the URL must start with redis://, rediss:// or unix://")
    if url.scheme == "unix" and not url.path:
        raise ValueError("a unix:// URL needs the path of the socket")
    if url.scheme != "unix" and not url.hostname:
        raise ValueError("the URL names no host")
    return value


def _http_url(value: str) -> str:
    url = _split(value)
    plain = not (url.query or url.fragment) and all("!" <= c <= "~" for c in value)
    if value and (url.scheme not in {"http", "https"} or not url.hostname or not plain):
        raise ValueError("must be an http:// or https:// URL without a query or spaces")
    return value.rstrip("/")


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < LEAST_SECRET:
        raise ValueError(f"must have at least {LEAST_SECRET} characters")
    return value


def _unset_or(check: Callable[[SecretStr], SecretStr]) -> Callable[[SecretStr], SecretStr]:
    return lambda value: check(value) if value.get_secret_value() else value


def _address(value: str) -> str:
    address = parse_address(value)
    if value and address is None:
        raise ValueError("must be a plain address like shop@example.com")
    return address.mailbox if address else ""


def _domain(value: str) -> str:
    domain = parse_domain(value)
    if value and domain is None:
        raise ValueError("must be a domain like mail.example.com")
    return domain or ""


def _selector(value: str) -> str:
    # Labels of a domain name below `_domainkey` (RFC 6376, section 3.1).
    if value and parse_domain(f"{value}.example") is None:
        raise ValueError("must be letters, digits and dashes, in parts separated by dots")
    return value.lower()


def _recipients(values: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [
        repr(entry)
        for entry in values
        if entry != "*"
        and parse_address(entry) is None
        and parse_domain(entry.removeprefix("@")) is None
    ]
    if wrong:
        raise ValueError(f"neither an address nor a domain nor *: {', '.join(wrong)}")
    return values


def _preflight_checks(values: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [repr(name) for name in values if name not in PREFLIGHT_CHECKS]
    if wrong:
        known = ", ".join(PREFLIGHT_CHECKS)
        raise ValueError(f"no check is called {', '.join(wrong)}; there are {known}")
    return values


def _name_servers(values: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [repr(entry) for entry in values if name_server(entry) is None]
    if wrong:
        raise ValueError(f"neither an address nor address:port: {', '.join(wrong)}")
    return values


def name_server(entry: str) -> tuple[str, int] | None:
    """Read a name server, `192.0.2.1`, `192.0.2.1:5353` or `[2001:db8::1]:53`; None for others."""
    host, colon, port = entry.rpartition(":")
    if entry.count(":") > 1 and not entry.startswith("["):
        host, colon, port = entry, "", ""  # an IPv6 address alone
    if not colon:
        host, port = entry, "53"
    try:
        address = str(ip_address(host.removeprefix("[").removesuffix("]")))
    except ValueError:
        return None
    return (address, int(port)) if port.isdigit() and 0 < int(port) < 65_536 else None


def _one_line(value: str) -> str:
    if "\r" in value or "\n" in value:
        raise ValueError("must be one line")
    return value


def _readable_file(value: Path) -> Path:
    try:
        with value.open("rb"):
            return value
    except OSError as error:
        raise ValueError(f"can't be read: {error.strerror}") from None


Port = Annotated[int, Field(ge=0, le=65_535)]
Positive = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, le=366 * 86_400)]
Money = Annotated[float, Field(ge=0, le=10_000_000)]
BootstrapServers = Annotated[str, AfterValidator(_bootstrap)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Line = Annotated[str, AfterValidator(_one_line)]
MailAddress = Annotated[str, AfterValidator(_address)]
DomainName = Annotated[str, AfterValidator(_domain)]
Selector = Annotated[str, AfterValidator(_selector)]
FeedbackSender = Annotated[str, Field(pattern=r"^([A-Za-z0-9]{5,15})?$")]
NameServers = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(split_commas), AfterValidator(_name_servers)
]
ExistingFile = Annotated[Path, AfterValidator(_readable_file)]
LinkSecret = Annotated[SecretStr, AfterValidator(_unset_or(_long_enough))]
LinkSecrets = Annotated[
    tuple[Annotated[SecretStr, AfterValidator(_long_enough)], ...],
    NoDecode,
    BeforeValidator(split_commas),
]
Recipients = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(split_commas), AfterValidator(_recipients)
]
PreflightChecks = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(split_commas), AfterValidator(_preflight_checks)
]
