"""The rules as JSON."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.regulations.rules import RULES
from tests.factories.trusts import an_actor, bearer

DEAL = {"kind": "goods", "value_pence": 207_720_00, "starts_on": "2026-01-01", "buyers": 2}


@pytest.fixture
def headers(session: Session) -> dict[str, str]:
    """The token of somebody signed in, with whatever role."""
    return bearer(session, an_actor(session))


def test_a_deal_answers_as_the_command_does(app: Flask, headers: dict[str, str]) -> None:
    answer = app.test_client().get("/api/rules/deal", query_string=DEAL, headers=headers)
    body: dict[str, Any] = answer.json or {}
    assert answer.status_code == 200
    assert (body["above_threshold"], body["threshold_pence"], body["route"]) == (
        True,
        207_720_00,
        "competition",
    )
    assert body["findings"][1] == {
        "rule": "pooled-needs",
        "sentence": "The needs of the 2 buyers are added up: £207,720.00 together is tested against the "
        "threshold, not the share of each.",
        "source": "Procurement Act 2023, section 4 and Schedule 3",
        "address": "https://www.legislation.gov.uk/ukpga/2023/54/schedule/3",
        "sure": "medium",
        "figure": None,
        "unit": None,
        "from_on": "2025-02-24",
        "to_on": None,
    }


def test_a_standstill_answers_as_the_command_does(app: Flask, headers: dict[str, str]) -> None:
    answer = app.test_client().get("/api/rules/standstill?notice_on=2026-08-24", headers=headers)
    body: dict[str, Any] = answer.json or {}
    assert (body["last_day"], body["first_signing_day"]) == ("2026-09-03", "2026-09-04")
    assert body["note"].endswith("They are not legal advice.")


def test_the_table_is_there_row_by_row(app: Flask, headers: dict[str, str]) -> None:
    body: dict[str, Any] = app.test_client().get("/api/rules", headers=headers).json or {}
    assert len(body["rules"]) == len(RULES)
    works = [row for row in body["rules"] if row["name"] == "threshold-works"]
    assert [row["figure"] for row in works] == [5_372_609_00, 5_372_609_00, 5_193_000_00]
    assert [row["to_on"] for row in works] == ["2025-02-23", "2025-12-31", None]
    assert works[-1]["address"] == "https://www.legislation.gov.uk/uksi/2025/1200"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (DEAL | {"kind": "rubbish"}, "kind"),
        (DEAL | {"value_pence": -1}, "value_pence"),
        (DEAL | {"starts_on": "1 January"}, "starts_on"),
        (DEAL | {"starts_on": "2023-12-31"}, "starts_on"),
        (DEAL | {"buyers": 0}, "buyers"),
    ],
)
def test_bad_input_is_named_by_its_field(
    app: Flask, headers: dict[str, str], query: dict[str, Any], field: str
) -> None:
    answer = app.test_client().get("/api/rules/deal", query_string=query, headers=headers)
    assert answer.status_code == 422
    assert field in str((answer.json or {})["errors"])


def test_a_notice_beyond_the_calendar_is_refused_in_words(app: Flask, headers: dict[str, str]) -> None:
    answer = app.test_client().get("/api/rules/standstill?notice_on=2099-01-01", headers=headers)
    assert answer.status_code == 422
    assert "Bank holidays are known here" in (answer.json or {})["detail"]
