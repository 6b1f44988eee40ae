"""`nextbest preflight` refuses what it can't use before it asks anybody."""

import pytest
import typer
from typer.testing import CliRunner

from nextbest.cli import app
from nextbest.preflight import _nameserver


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nameserver", "dns.example"),
        ("--nameserver", "192.0.2.1:x"),
        ("--nameserver", "192.0.2.1:70000"),
        ("--ip", "mail.example"),
        ("--cafile", "/none.pem"),
        ("--override", "luck"),
    ],
)
def test_what_cannot_be_used_is_a_usage_error(arguments: tuple[str, str]) -> None:
    result = CliRunner().invoke(app, ["preflight", *arguments])
    assert (result.exit_code, type(result.exception)) == (2, SystemExit)
    assert arguments[0] in result.stderr


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_a_nameserver_is_an_address_and_perhaps_a_port(text: str, found: tuple[str, int]) -> None:
    assert _nameserver(text) == found


def test_a_nameserver_is_no_name() -> None:
    with pytest.raises(typer.BadParameter):
        _nameserver("")
