from runtime.mailbox import parse_address
from senders.recipients.address import AllowList


def test_an_empty_allow_list_allows_nobody_and_a_star_everybody() -> None:
    ann = parse_address("Ann@inbox.example")
    assert ann is not None
    assert not AllowList(()).allows(ann)
    assert AllowList(("*",)).allows(ann)
    assert AllowList(("ann@INBOX.example",)).allows(ann)
    assert AllowList(("@inbox.example",)).allows(ann)
    assert not AllowList(("box.example", "bob@inbox.example", "example")).allows(ann)


def test_domains_are_the_same_however_they_are_written() -> None:
    ann = parse_address("ann@bücher.example")
    assert ann is not None
    for entry in (
        "bücher.example",
        "@BÜCHER.example",
        "xn--bcher-kva.example",
        "Ann@bücher.example",
    ):
        assert AllowList((entry,)).allows(ann)
