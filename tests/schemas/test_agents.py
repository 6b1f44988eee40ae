"""Machines that follow links and say who they are."""

import pytest

from schemas.agents import names_itself

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"


@pytest.mark.parametrize(
    ("agent", "machine"),
    [
        (BROWSER, False),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0", False),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36", False),
        (None, False),
        ("", False),
        ("Barracuda Sentinel (EE)", True),
        ("Mozilla/5.0 (compatible; Proofpoint URL Defense)", True),
        ("Microsoft Office Existence Discovery", True),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", True),
        ("Slackbot-LinkExpanding 1.0", True),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/126.0", True),
        ("curl/8.5.0", True),
    ],
)
def test_machines_that_name_themselves(agent: str | None, *, machine: bool) -> None:
    assert names_itself(agent) is machine
