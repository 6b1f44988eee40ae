"""The pages: what they say, and what they never hold."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from senders.web import pages
from senders.web.answers import page
from senders.web.pixel import proxy_of

ALL = (
    pages.ask("Fernweh & Co", "../p/token"),
    pages.done("Fernweh & Co"),
    pages.confirm("Fernweh & Co", ["News & <offers>"], "at most 1 a day"),
    pages.confirmed("Fernweh & Co", "../p/token"),
    pages.moved_on("Fernweh & Co"),
    pages.broken_link(),
    pages.not_now(),
)


@pytest.mark.parametrize("text", ALL)
def test_pages_load_nothing_run_nothing_and_have_one_heading(text: str) -> None:
    assert "<script" not in text
    assert not re.search(r"\son\w+=|style=|src=|https?:", text)
    assert text.count("<h1>") == 1
    assert '<html lang="en">' in text
    assert "Fernweh & Co" not in text, "unescaped"
    assert "<offers>" not in text


def test_the_policy_allows_our_style_sheet_and_nothing_else() -> None:
    answer = page(ALL[0])
    [style] = re.findall(r"<style>(.*)</style>", ALL[0], re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("agent", "proxy"),
    [
        ("Mozilla/5.0", "apple"),
        ("Mozilla/5.0 (Windows NT 5.1) Gecko (via ggpht.com GoogleImageProxy)", "gmail"),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", "yahoo"),
        ("Mozilla/5.0 (X11; Linux x86_64)", None),
        ("", None),
    ],
)
def test_proxies_that_load_pictures_are_known(agent: str, proxy: str | None) -> None:
    assert proxy_of(agent) == proxy
