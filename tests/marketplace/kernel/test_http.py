"""Errors as page and as problem document, headers, and bodies that nobody should send."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import flask_smorest
import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from marketplace.kernel import http
from marketplace.kernel.errors import NotPermitted, Refused
from marketplace.kernel.fields import Command, Pence, Text, WholeNumber
from marketplace.kernel.session import database_of
from marketplace.kernel.settings import read_settings

KEYS = {"type", "title", "status", "code", "detail"}


class Order(Command):
    """What the made-up route takes."""

    title = Text(required=True)
    quantity = WholeNumber(required=True)
    price_pence = Pence()


api = flask_smorest.Blueprint("made_up", __name__)


@api.post("/made-up")
@api.arguments(Order, location="json")
def made_up(command: dict[str, Any]) -> dict[str, Any]:
    """What was understood."""
    return command


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application with routes that fail in every way; none of them uses the database."""
    url = f"sqlite:///{tmp_path_factory.mktemp('http')}/x.sqlite"
    app = create_app(read_settings({"DEMO": "1", "DATABASE_URL": url}), WTF_CSRF_ENABLED=False)
    app.before_request_funcs[None] = [
        before for before in app.before_request_funcs[None] if before.__name__ != "_admit"
    ]
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.register_blueprint(api, url_prefix="/api")
    for prefix in ("", "/api"):
        for number, view in enumerate((permit, refuse, break_)):
            app.add_url_rule(f"{prefix}/fail/{number}", f"{prefix}{number}", view, methods=["GET", "POST"])
    yield app
    database_of(app).close()


def permit() -> str:
    raise NotPermitted("Only a person with the role approver can do this.")


def refuse() -> str:
    raise Refused("Enter 5 or fewer.", field="quantity")


def break_() -> str:
    raise RuntimeError("secret words of the inside")


@pytest.fixture
def caller(house: Flask) -> FlaskClient:
    """A client of that application."""
    return house.test_client()


def post(caller: FlaskClient, body: bytes | str, kind: str = "application/json") -> TestResponse:
    return caller.post("/api/made-up", data=body, content_type=kind)


def problem(answer: TestResponse) -> dict[str, Any]:
    assert answer.mimetype == "application/problem+json"
    found: dict[str, Any] = answer.json or {}
    assert found.keys() >= KEYS
    assert found["status"] == answer.status_code
    return found


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/nothing", 404, "not-found"),
        ("/api/fail/0", 403, "not-permitted"),
        ("/api/fail/1", 422, "refused"),
        ("/api/fail/2", 500, "internal-server-error"),
    ],
)
def test_the_api_answers_errors_as_problem_documents(
    caller: FlaskClient, path: str, status: int, code: str
) -> None:
    found = problem(caller.get(path))
    assert (found["status"], found["code"]) == (status, code)


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing", 404), ("/fail/0", 403), ("/fail/1", 422), ("/fail/2", 500)]
)
def test_a_page_answers_the_same_errors_as_a_page(caller: FlaskClient, path: str, status: int) -> None:
    answer = caller.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert len(re.findall("<h1", answer.text)) == 1


def test_a_refusal_names_its_field(caller: FlaskClient) -> None:
    assert problem(caller.get("/api/fail/1"))["errors"] == {"quantity": ["Enter 5 or fewer."]}


@pytest.mark.parametrize("path", ["/fail/2", "/api/fail/2"])
def test_a_fault_of_ours_shows_nothing_of_the_inside(caller: FlaskClient, path: str) -> None:
    answer = caller.get(path)
    assert "secret words" not in answer.text
    assert "Traceback" not in answer.text
    assert "Nothing was saved" in answer.text


def test_a_method_that_an_address_does_not_know_is_answered_with_those_it_knows(caller: FlaskClient) -> None:
    for path, methods in (
        ("/api/made-up", {"POST", "OPTIONS"}),
        ("/fail/0", {"GET", "HEAD", "POST", "OPTIONS"}),
    ):
        answer = caller.delete(path)
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == methods


def test_too_much_is_answered_413(caller: FlaskClient) -> None:
    assert (
        problem(post(caller, b'{"title": "' + b"x" * 1_000_001 + b'"}'))["code"] == "request-entity-too-large"
    )
    page = caller.post("/sign-in", data={"email": "x" * 1_000_001})
    assert (page.status_code, page.mimetype) == (413, "text/html")


def test_another_kind_of_body_is_answered_415(caller: FlaskClient) -> None:
    assert problem(post(caller, b"title=x", "application/x-www-form-urlencoded"))["status"] == 415
    assert problem(post(caller, b'{"title": "x", "quantity": 1}', "text/plain"))["status"] == 415


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe{}",
        b'{"title": "\xed\xa0\x80", "quantity": 1}',
        b'{"title": "\\ud800", "quantity": 1}',
        b'{"title": "x", "quantity": NaN}',
        b'{"title": "x", "quantity": Infinity}',
        b'{"title": "x", "quantity": 1e400}',
        b"[" * 50_000 + b"]" * 50_000,
        b'{"title":' * 50_000 + b"1" + b"}" * 50_000,
    ],
    ids=range(10),
)
def test_what_is_no_json_is_answered_in_words(caller: FlaskClient, body: bytes) -> None:
    assert problem(post(caller, body))["status"] in (400, 422)


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ("[]", "_schema", "Send a JSON object"),
        ("null", "_schema", "Send a JSON object"),
        ('"x"', "_schema", "Send a JSON object"),
        (
            '{"title": "x", "quantity": 1, "is_admin": true}',
            "is_admin",
            "This is not something that can be set here",
        ),
        ('{"title": "a\\u0000b", "quantity": 1}', "title", "Remove the characters that cannot be printed"),
        ('{"title": "x", "quantity": 1e30}', "quantity", "Enter a whole number, like 12"),
        (f'{{"title": "x", "quantity": {"9" * 5000}}}', "quantity", "Enter a whole number, like 12"),
        ('{"title": "x", "quantity": true}', "quantity", "Enter a whole number, like 12"),
        (
            '{"title": "x", "quantity": 1, "price_pence": "12.50"}',
            "price_pence",
            "Enter a whole number, like 12",
        ),
    ],
    ids=range(9),
)
def test_what_is_wrong_in_a_body_is_said_at_its_field(
    caller: FlaskClient, body: str, field: str, words: str
) -> None:
    found = problem(post(caller, body))
    if found["status"] == 400:  # a number too long to be one is refused before its field is known
        assert len(body) > 4000
        return
    assert found["status"] == 422
    assert found["errors"] == {field: [words]}


def test_a_good_body_is_understood(caller: FlaskClient) -> None:
    assert post(caller, '{"title": " x ", "quantity": 3.0, "price_pence": 5}').json == {
        "title": "x",
        "quantity": 3,
        "price_pence": 5,
    }


def test_every_answer_has_a_strict_policy_and_its_own_nonce(caller: FlaskClient) -> None:
    nonces = set()
    for _ in range(3):
        answer = caller.get("/nothing")
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        (nonce,) = re.findall(r"'nonce-([\w-]{20,})'", policy)
        nonces.add(nonce)
        assert re.findall(r'nonce="([^"]+)"', answer.text).count(nonce) >= 1
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len(nonces) == 3


def test_https_is_asked_for_again_only_over_https(caller: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in caller.get("/nothing").headers
    secure = caller.get("/nothing", base_url="https://sharewell.example")
    assert "max-age" in secure.headers["Strict-Transport-Security"]


def test_where_the_next_page_begins_is_an_identifier(house: Flask) -> None:
    known = uuid.uuid4()
    for query, expected in (("", None), ("?after=", None), (f"?after={known}", known)):
        with house.test_request_context(f"/x{query}"):
            assert http.after() == expected
    with house.test_request_context("/x?after=../etc"), pytest.raises(Refused, match="next page"):
        http.after()


def test_dates_and_instants_read_as_in_london() -> None:
    assert http.day(date(2027, 4, 1)) == "1 April 2027"
    assert http.instant(datetime(2027, 7, 1, 11, 5, tzinfo=UTC)) == "1 July 2027, 12:05pm"
    assert http.instant(datetime(2027, 1, 1, 0, 5, tzinfo=UTC)) == "1 January 2027, 12:05am"


def test_json_writes_identifiers_and_dates_as_text(house: Flask) -> None:
    with house.app_context():
        assert current_app.json.dumps({"on": date(2027, 4, 1)}) == '{"on":"2027-04-01"}'
