"""Made-up calls by the OpenAPI document: no route breaks, and every answer is as documented.

On SQLite only: what a database makes of bad input is tested on both in test_bad_input.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.databases import Databases
from tests.house.town import Town, a_town

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
EXAMPLES = 12
"""Of each route in each run; raise it for a long hunt."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The demonstration town on SQLite."""
    folder: Path = tmp_path_factory.mktemp("conforms")
    with a_town(Databases("sqlite", folder).fresh()) as found:
        yield found


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def call(data: st.DataObject, operation: Any, town: Town, who: int) -> None:
    """One made-up call of an operation, by somebody who knows what they may know."""
    case = data.draw(operation.as_strategy())
    known = town.known_to(who)
    for name in case.path_parameters or {}:
        case.path_parameters[name] = str(known(name))
    case.call_and_validate(headers={"Authorization": f"Bearer {town.tokens[who]}"}, checks=CHECKS)


def test_every_route_answers_as_documented(town: Town) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", town.app)
    wrong, called = [], 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        called += 1
        try:
            call(operation=operation, town=town, who=called % 2)
        except (FailureGroup, Failure) as failure:
            wrong.append(f"{operation.label}: {failure} {getattr(failure, 'exceptions', '')}")
    assert called > 30
    assert not wrong, "\n\n".join(wrong)
