import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.errors import ForgedLinkError
from senders.links.tokens import Click, Links, Unsubscribe, is_web_url
from senders.recipients.suppression import digest_of
from tests.senders.builders import LINKS, SECRET

TEXT = st.text(max_size=60)


@given(TEXT, TEXT, TEXT, st.none() | TEXT)
def test_a_token_says_what_was_signed(
    subscriber: str, decision: str, url: str, product: str | None
) -> None:
    for target in (
        Click(subscriber, decision, url, product),
        Unsubscribe(subscriber, decision, url),
    ):
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
        ("https://", False),
        ("https://shop.example.com/\r\nSet-Cookie: a=b", False),
        ("https://[broken", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_urls_stand_in_mails(url: str | None, *, fine: bool) -> None:
    assert is_web_url(url) is fine
