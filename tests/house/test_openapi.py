"""The OpenAPI document is valid and leaves nothing out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document(house: Flask) -> dict[str, Any]:
    """What a program reads about the API."""
    found: dict[str, Any] = house.test_client().get("/api/openapi.json").json or {}
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_the_document_says_what_is_the_same_everywhere(document: dict[str, Any]) -> None:
    assert document["info"]["title"] == "Sharewell"
    assert "the last one counts" in document["info"]["description"]


def test_every_json_route_is_in_the_document(house: Flask, document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in house.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.endpoint != "api-docs.openapi_json"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == {(path, method) for path, method, _ in operations(document)}


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    silent = [
        (path, method) for path, method, operation in operations(document) if not operation.get("summary")
    ]
    assert silent == []


def test_every_operation_answers_errors_as_problem_documents(document: dict[str, Any]) -> None:
    shared = document["components"]["responses"]
    for path, method, operation in operations(document):
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}, (
            path,
            method,
        )
    assert list(shared["DEFAULT_ERROR"]["content"]) == ["application/problem+json"]
    assert set(document["components"]["schemas"]["Problem"]["required"]) == {
        "type",
        "title",
        "status",
        "code",
        "detail",
    }


def test_every_operation_documents_what_it_answers_when_all_is_well(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        good = [status for status in operation["responses"] if status.startswith("2")]
        assert good, (path, method)


def test_every_post_may_carry_an_idempotency_key(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        names = [parameter.get("name") for parameter in operation.get("parameters", [])]
        assert ("Idempotency-Key" in names) == (method == "post"), (path, method)


def test_every_operation_asks_for_a_token(document: dict[str, Any]) -> None:
    assert document["security"] == [{"token": []}]
    assert document["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


def test_money_is_whole_pence_and_dates_are_dates(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for key, value in schema.get("properties", {}).items():
            kinds = (
                {value.get("type")} if isinstance(value.get("type"), str) else set(value.get("type") or [])
            )
            if key.endswith("_pence"):
                assert kinds <= {"integer", "null"}, (name, key)
                assert kinds, (name, key)
            if key.endswith("_on") and kinds == {"string"}:
                assert value.get("format") == "date", (name, key)
