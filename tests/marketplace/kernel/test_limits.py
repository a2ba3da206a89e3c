"""What could be guessed may be tried only so often."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from marketplace.kernel.limits import limiter


@pytest.fixture
def limited(app: Flask) -> Iterator[Flask]:
    """The application as it counts, with nothing counted yet."""
    limiter.enabled = True
    limiter.reset()
    yield app
    limiter.reset()
    limiter.enabled = False


@pytest.mark.usefixtures("isolated")
def test_the_twenty_first_try_to_sign_in_within_a_minute_is_refused(limited: Flask) -> None:
    browser = limited.test_client()
    wrong = {"email": "a@b.example", "password": "not this one"}
    first = [browser.post("/sign-in", data=wrong).status_code for _ in range(20)]
    refused = browser.post("/sign-in", data=wrong)
    assert set(first) == {422}
    assert refused.status_code == 429
    assert "Wait a minute" in refused.text
    assert browser.get("/sign-in").status_code == 200
