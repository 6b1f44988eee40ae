import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.errors import ForgedLinkError
from senders.links.tokens import (
    MAX_TOKEN,
    MAX_URL,
    Click,
    Confirm,
    Links,
    Pixel,
    Preferences,
    Target,
    Unsubscribe,
    _reads_as_web,
    is_web_url,
)
from senders.links.verp import ReturnPaths
from senders.recipients.suppression import digest_of
from tests.senders.builders import LINKS, SECRET

TEXT = st.text(max_size=60)
TARGETS: st.SearchStrategy[Target] = st.one_of(
    st.builds(Click, TEXT, TEXT, TEXT, st.none() | TEXT),
    st.builds(Unsubscribe, TEXT, TEXT, TEXT, TEXT),
    st.builds(Confirm, TEXT, TEXT, TEXT, TEXT, TEXT),
    st.builds(Preferences, TEXT, TEXT, TEXT),
    st.builds(Pixel, TEXT, TEXT),
)
OTHERS = Links("", ["another-secret-of-someone"])


@given(TARGETS)
def test_a_token_says_what_was_signed(target: Target) -> None:
    token = LINKS.sign(target)
    assert LINKS.open(token) == target
    assert all(character.isalnum() or character in "-_." for character in token)


@given(st.text(max_size=300))
def test_whatever_comes_in_is_refused_in_order(token: str) -> None:
    with pytest.raises(ForgedLinkError):
        LINKS.open(token)


@given(st.data())
def test_no_character_of_a_token_can_be_changed(data: st.DataObject) -> None:
    token = LINKS.sign(Click("ann", "d1", "https://shop.example.com/", None))
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("AZaz09-_.=+/ \n"))
    changed = token[:at] + other + token[at + 1 :]
    if changed != token:
        with pytest.raises(ForgedLinkError):
            LINKS.open(changed)


def refused(token: str) -> None:
    with pytest.raises(ForgedLinkError):
        LINKS.open(token)


@given(st.binary(max_size=600))
def test_random_bytes_are_no_token(data: bytes) -> None:
    for token in (data.decode("latin-1"), data.decode(errors="surrogateescape"), data.hex()):
        refused(token)
        refused(f"{token}.{token}")


@given(TARGETS, st.binary(min_size=1, max_size=40), st.integers(0, 2**16))
def test_a_token_with_bytes_changed_put_in_or_left_out_is_none(
    target: Target, data: bytes, place: int
) -> None:
    token = LINKS.sign(target)
    at = place % len(token)
    text = data.decode("latin-1")
    refused(token[:at] + text + token[at:])
    refused(token[:at] + token[at + 1 :])
    refused(token[:at])
    refused(token + text)
    refused(text + token)


@given(TARGETS, TARGETS)
def test_a_signature_is_of_one_target_and_one_key(one: Target, other: Target) -> None:
    payload, _, mac = LINKS.sign(one).partition(".")
    other_payload, _, other_mac = LINKS.sign(other).partition(".")
    refused(OTHERS.sign(one))
    refused(f"{payload}.{OTHERS.sign(one).partition('.')[2]}")
    if one != other:
        refused(f"{payload}.{other_mac}")
        refused(f"{other_payload}.{mac}")


@pytest.mark.parametrize("length", [MAX_TOKEN + 1, 100_000, 5_000_000])
def test_a_token_of_any_length_is_refused_at_once(length: int) -> None:
    refused("a" * length)
    refused(f"{'a' * length}.{'b' * 22}")
    refused("." * length)


def test_a_return_path_signs_no_link() -> None:
    local = ReturnPaths("sender.example", [SECRET]).address("d1").partition("@")[0]
    refused(local)
    refused(f"{local[2:]}.{local[-22:]}")


def test_keys_can_be_changed_without_breaking_links_already_sent() -> None:
    target = Unsubscribe("ann", "d1", digest_of("ann@inbox.example"))
    old = LINKS.sign(target)
    after = Links("https://mail.sender.example", ["a-new-secret-of-ours", SECRET])
    assert after.open(old) == target
    assert after.open(after.sign(target)) == target
    with pytest.raises(ForgedLinkError):
        LINKS.open(after.sign(target))


def test_no_link_holds_the_address() -> None:
    token = LINKS.unsubscribe(Unsubscribe("ann", "d1", digest_of("ann@inbox.example")))
    assert token.startswith("https://mail.sender.example/u/")
    assert "inbox" not in token


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://shop.example.com/p?a=1", True),
        ("http://shop.example.com", True),
        ("HTTPS://shop.example.com", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//evil.example/", False),
        ("https://shop.example@evil.example/", False),
        ("https://shop.example/@ann", True),
        ("https:\\\\evil.example", False),
        ("https://", False),
        ("https://shop.example.com/\r\nSet-Cookie: a=b", False),
        ("https://[broken", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_urls_stand_in_mails(url: str | None, *, fine: bool) -> None:
    assert is_web_url(url) is fine


PIECES = [
    *(
        "https://",
        "http:",
        "//",
        "/",
        "?",
        "#",
        "@",
        ":",
        "80",
        "a.example",
        "A",
        "[",
        "]",
        "[::1]",
    ),
    *("..", "-", "%", "\\", " ", "\n", "é", "\ud800", "\u2028", "x" * 1_000),
]


@given(
    st.lists(st.sampled_from(PIECES), max_size=9).map(lambda parts: "https://" + "".join(parts))
    | st.text(max_size=30).map("http://{}".format)
)
def test_a_usual_url_is_one_that_the_parser_reads_too(url: str) -> None:
    assert is_web_url(url) == (len(url) <= MAX_URL and _reads_as_web(url))
