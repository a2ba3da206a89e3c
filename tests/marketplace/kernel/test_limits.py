"""What could be guessed may be tried only so often."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from werkzeug.test import TestResponse

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
    database_of(app).close()


def statuses(browser: FlaskClient, count: int) -> set[int]:
    return {browser.post("/sign-in", data=TRY).status_code for _ in range(count)}


def test_the_twenty_first_try_to_sign_in_within_a_minute_is_refused(limited: Flask) -> None:
    browser = limited.test_client()
    assert statuses(browser, 20) == {422}
    refused = browser.post("/sign-in", data=TRY)
    assert refused.status_code == 429
    assert "Try again in a minute" in refused.text
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert browser.get("/sign-in").status_code == 200


def test_tries_for_one_account_count_from_wherever_they_come(limited: Flask) -> None:
    browser = limited.test_client()

    def sign_in(email: str, number: int) -> TestResponse:
        network = {"REMOTE_ADDR": f"192.0.2.{number}"}
        return browser.post("/sign-in", data={"email": email, "password": "x"}, environ_base=network)

    assert {sign_in(" Sam@Trust.example", number).status_code for number in range(10)} == {422}
    refused = sign_in("sam@trust.example ", 11)
    assert (refused.status_code, "Try again in 15 minutes" in refused.text) == (429, True)
    assert sign_in("kim@trust.example", 11).status_code == 422


def test_wrong_tokens_of_one_network_address_are_soon_not_looked_at(limited: Flask) -> None:
    browser = limited.test_client()
    ask = partial(browser.get, "/api/me", headers={"Authorization": "Bearer sharewell_wrong"})
    assert [ask().status_code for _ in range(30)] == [401] * 30
    refused = ask()
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert ask(environ_base={"REMOTE_ADDR": "192.0.2.9"}).status_code == 401
    assert browser.get("/api/me").status_code == 429


def test_without_a_proxy_nobody_chooses_the_address_they_are_counted_by(limited: Flask) -> None:
    browser = limited.test_client()
    headers = [{"X-Forwarded-For": f"192.0.2.{number}"} for number in range(21)]
    found = [browser.post("/sign-in", data=TRY, headers=one).status_code for one in headers]
    assert found == [422] * 20 + [429]


def test_behind_a_proxy_the_address_that_it_saw_is_counted(environment: dict[str, str]) -> None:
    app = create_app(read_settings({**environment, "PROXIES": "1"}), WTF_CSRF_ENABLED=False)
    browser = app.test_client()
    with freeze_time(clock.now()):

        def sign_in(forwarded: str) -> int:
            return browser.post("/sign-in", data=TRY, headers={"X-Forwarded-For": forwarded}).status_code

        assert {sign_in(f"198.51.100.{number}, 192.0.2.1") for number in range(20)} == {422}
        assert sign_in("198.51.100.99, 192.0.2.1") == 429
        assert sign_in("192.0.2.1, 192.0.2.2") == 422
    database_of(app).close()


def test_an_application_that_does_not_count_stays_so_beside_one_that_does(app: Flask, limited: Flask) -> None:
    assert 429 not in statuses(app.test_client(), 22)
