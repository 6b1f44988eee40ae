import pytest

from runtime.mailbox import parse_address


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("ann@inbox.example", "ann@inbox.example"),
        (" Ann.O'Hara+shop@Inbox.Example ", "Ann.O'Hara+shop@inbox.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_addresses_take_the_form_of_the_envelope(text: str, mailbox: str) -> None:
    address = parse_address(text)
    assert address is not None
    assert address.mailbox == mailbox
    assert address.domain == mailbox.rpartition("@")[2]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "ann",
        "@inbox.example",
        "ann@",
        "ann@localhost",
        "ann@[127.0.0.1]",
        "a b@inbox.example",
        "ann@in_box.example",
        "ann@-inbox.example",
        ".ann@inbox.example",
        "a..n@inbox.example",
        "änn@inbox.example",
        '"ann"@inbox.example',
        "ann@inbox.example\r\nBcc: eve@evil.example",
        "ann@inbox.example>\nRCPT TO:<eve@evil.example",
        "ann@inbox.example,eve@evil.example",
        "x" * 65 + "@inbox.example",
        "ann@" + "x" * 250 + ".example",
        "ann@xn--.example\u0000",
        "ann@..",
    ],
)
def test_what_plain_smtp_cannot_carry_is_no_address(text: str | None) -> None:
    assert parse_address(text) is None
