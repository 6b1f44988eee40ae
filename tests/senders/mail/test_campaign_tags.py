from urllib.parse import parse_qs, urlsplit

import pytest

from senders.links.tokens import MAX_TOKEN, Click, Links, is_web_url
from senders.mail.campaign_tags import tagged

TAGS = "utm_source=shop&utm_medium=email&utm_campaign=cart&utm_content=reminder%2Fnone"


@pytest.mark.parametrize(
    ("url", "leads_to"),
    [
        ("https://a.example/", f"https://a.example/?{TAGS}"),
        ("https://a.example", f"https://a.example?{TAGS}"),
        ("https://a.example/p?x=1", f"https://a.example/p?x=1&{TAGS}"),
        ("https://a.example/p#top", f"https://a.example/p?{TAGS}#top"),
        ("https://a.example/p?b=%20&a=", f"https://a.example/p?b=%20&a=&{TAGS}"),
    ],
)
def test_tags_stand_in_the_query_and_the_rest_stays(url: str, leads_to: str) -> None:
    assert tagged(url, "shop", "cart", "reminder/none") == leads_to


def test_tags_that_are_there_stay_as_they_are() -> None:
    found = tagged("https://a.example/?utm_source=x&UTM_CAMPAIGN=y", "shop", "cart", "reminder")
    query = parse_qs(urlsplit(found).query)
    assert query["utm_source"] == ["x"]
    assert "utm_campaign" not in query
    assert query["utm_medium"] == ["email"]


def test_no_source_no_tags() -> None:
    assert tagged("https://a.example/", "", "cart", "reminder") == "https://a.example/"


def test_what_is_odd_in_a_name_is_encoded() -> None:
    found = tagged("https://a.example/", "a&b=c", 'x"<y>\r\n', "ü")
    assert is_web_url(found)
    assert '"' not in found
    assert parse_qs(urlsplit(found).query)["utm_source"] == ["a&b=c"]


def test_a_url_that_would_grow_too_long_to_sign_gets_none() -> None:
    url = "https://a.example/" + "x" * 1_880
    assert tagged(url, "shop", "cart", "reminder") == url


def test_every_url_that_may_stand_in_a_mail_can_be_opened_again() -> None:
    links = Links("https://m.example", ["sixteen characters"])
    longest = "https://a.example/" + "é" * 991
    assert is_web_url(longest)
    assert not is_web_url(longest + "x")
    token = links.sign(Click("s" * 100, "d" * 32, longest, "p" * 100))
    assert len(token) <= MAX_TOKEN
    assert links.open(token) == Click("s" * 100, "d" * 32, longest, "p" * 100)
