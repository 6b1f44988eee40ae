import pytest

from senders.address import AllowList, parse_address, provider_of


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


def test_the_longest_suffix_of_whole_labels_decides_the_provider() -> None:
    suffixes = {"example": "all", "mail.example": "mail"}
    assert provider_of("eu.mail.example", suffixes) == "mail"
    assert provider_of("othermail.example", suffixes) == "all"
    assert provider_of("inbox.test", suffixes) == "default"


def test_an_empty_allow_list_allows_nobody_and_a_star_everybody() -> None:
    ann = parse_address("Ann@inbox.example")
    assert ann is not None
    assert not AllowList(()).allows(ann)
    assert AllowList(("*",)).allows(ann)
    assert AllowList(("ann@INBOX.example",)).allows(ann)
    assert AllowList(("@inbox.example",)).allows(ann)
    assert not AllowList(("box.example", "bob@inbox.example", "example")).allows(ann)
