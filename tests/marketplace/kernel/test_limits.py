"""What could be guessed may be tried only so often."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time

from app import create_app
from marketplace.kernel import clock
from marketplace.kernel.session import database_of
from marketplace.kernel.settings import read_settings

TRY: dict[str, str] = {}
"""A form left empty is a try too, and quickly answered."""


@pytest.fixture
def limited(environment: dict[str, str]) -> Iterator[Flask]:
    """An application that counts."""
    app = create_app(read_settings(environment), WTF_CSRF_ENABLED=False)
    with freeze_time(clock.now()):  # a minute that is over counts no more
        yield app
    database_of(app).engine.dispose()


def statuses(browser: FlaskClient, count: int) -> set[int]:
    return {browser.post("/sign-in", data=TRY).status_code for _ in range(count)}


def test_the_twenty_first_try_to_sign_in_within_a_minute_is_refused(limited: Flask) -> None:
    browser = limited.test_client()
    assert statuses(browser, 20) == {422}
    refused = browser.post("/sign-in", data=TRY)
    assert refused.status_code == 429
    assert "Wait a minute" in refused.text
    assert browser.get("/sign-in").status_code == 200


def test_an_application_that_does_not_count_stays_so_beside_one_that_does(app: Flask, limited: Flask) -> None:
    assert 429 not in statuses(app.test_client(), 22)
