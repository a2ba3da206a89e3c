"""Errors carry a code, a status and a sentence."""

from __future__ import annotations

import pytest

from marketplace.kernel import errors


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.NotFound(), 404, "not-found"),
        (errors.NotSignedIn(), 401, "not-signed-in"),
        (errors.NotPermitted("No."), 403, "not-permitted"),
        (errors.Conflict("No."), 409, "conflict"),
        (errors.InvalidState("No."), 409, "invalid-state"),
        (errors.Refused("No."), 422, "refused"),
    ],
)
def test_each_error_answers_its_status(error: errors.DomainError, status: int, code: str) -> None:
    assert (error.status, error.code) == (status, code)
    assert error.sentence.endswith(".")
    assert error.fields == {}


def test_an_error_at_a_field_says_so() -> None:
    assert errors.Refused("Enter less.", field="quantity").fields == {"quantity": ["Enter less."]}
