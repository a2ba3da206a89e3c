"""Browsers in words."""

from __future__ import annotations

import pytest

from marketplace.people.browsers import described

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"{WINDOWS} {CHROME}", "Chrome on Windows"),
        (f"{WINDOWS} {CHROME} Edg/139.0.0.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 15) {CHROME}", "Chrome on Android"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME}", "Chrome on Chromebook"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        (f"{WINDOWS} Gecko", "A browser on Windows"),
        ("Firefox/140.0", "Firefox"),
        ("curl/8.9", "Another program"),
        ("", "Another program"),
    ],
)
def test_a_browser_is_named_as_its_owner_would(user_agent: str, words: str) -> None:
    assert described(user_agent) == words
