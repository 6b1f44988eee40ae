from schemas.keys import suppression_key
from senders.recipients.suppression import Suppression, decode, digest_of, hash_key, keys_of


def test_spellings_of_one_mailbox_share_one_entry() -> None:
    assert digest_of(" Ann@Inbox.Example ") == digest_of("ann@inbox.example")
    assert digest_of("ann@bücher.example") == digest_of("ann@xn--bcher-kva.example")
    assert digest_of("ann@inbox.example") != digest_of("bob@inbox.example")


def test_the_key_is_the_one_that_schemas_declare() -> None:
    address = "ann@inbox.example"
    assert hash_key("t.", digest_of(address)) == suppression_key("t.", address)
    assert suppression_key("t.", address) in keys_of("t.", "ann", address)


def test_a_person_without_an_address_can_be_suppressed_too() -> None:
    assert keys_of("t.", "ann", None) == ["t.suppressed:person:ann"]


def test_every_reason_of_every_entry_counts() -> None:
    stored = [{b"unsubscribed": b"5", b"complained": b"7"}, {}, {b"unsubscribed": b"6"}]
    assert decode(stored) == [
        Suppression("unsubscribed", 5),
        Suppression("complained", 7),
        Suppression("unsubscribed", 6),
    ]
