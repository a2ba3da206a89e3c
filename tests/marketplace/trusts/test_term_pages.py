"""A trust keeps its own term dates."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.trusts import queries
from marketplace.trusts.kinds import Role
from tests.factories.trusts import an_actor, an_organisation, signed_in

DATES = {
    "autumn_starts_on": date(2026, 9, 3),
    "autumn_ends_on": date(2026, 12, 18),
    "spring_starts_on": date(2027, 1, 5),
    "spring_ends_on": date(2027, 3, 25),
    "summer_starts_on": date(2027, 4, 12),
    "summer_ends_on": date(2027, 7, 22),
}


@pytest.fixture(autouse=True)
def _in_november() -> Any:
    with freeze_time("2026-11-21T12:00:00Z"):
        yield


def typed(**more: date) -> dict[str, str]:
    parts: dict[str, str] = {}
    for key, day in (DATES | more).items():
        parts |= {f"{key}-day": str(day.day), f"{key}-month": str(day.month), f"{key}-year": str(day.year)}
    return parts


def test_an_administrator_gives_the_terms_of_a_year_and_takes_them_away_again(
    app: Flask, session: Session
) -> None:
    trust = an_organisation(session)
    browser = signed_in(app, session, an_actor(session, trust, Role.ADMINISTRATOR))
    assert browser.get("/trust/terms").text.count("national dates") >= 4
    assert browser.post("/trust/terms/2026", data=typed()).location == "/trust/terms"
    page = browser.get("/trust/terms").text
    assert "2026 to 2027: your own dates" in page
    assert "3 September 2026" in page
    assert [one.starts_on for one in queries.own_terms(session, trust.id)] == [
        date(2026, 9, 3),
        date(2027, 1, 5),
        date(2027, 4, 12),
    ]
    browser.post("/trust/terms/2026/national")
    assert queries.own_terms(session, trust.id) == []


def test_terms_that_overlap_are_refused_at_their_field_and_nothing_is_kept(
    app: Flask, session: Session
) -> None:
    trust = an_organisation(session)
    browser = signed_in(app, session, an_actor(session, trust, Role.ADMINISTRATOR))
    answer = browser.post("/trust/terms/2026", data=typed(spring_starts_on=date(2026, 12, 1)))
    assert (answer.status_code, "#spring_starts_on-day" in answer.text) == (422, True)
    assert 'value="2027"' in answer.text
    assert queries.own_terms(session, trust.id) == []


def test_a_term_of_one_day_is_refused_at_its_field(app: Flask, session: Session) -> None:
    trust = an_organisation(session)
    browser = signed_in(app, session, an_actor(session, trust, Role.ADMINISTRATOR))
    answer = browser.post("/trust/terms/2026", data=typed(autumn_ends_on=date(2026, 9, 3)))
    assert (answer.status_code, "#autumn_starts_on-day" in answer.text) == (422, True)


@pytest.mark.parametrize("year", ["2025", "2031", "99999", "9" * 30])
def test_only_the_years_ahead_have_terms(app: Flask, session: Session, year: str) -> None:
    browser = signed_in(app, session, an_actor(session, an_organisation(session), Role.ADMINISTRATOR))
    assert browser.get(f"/trust/terms/{year}").status_code == 404
    assert browser.post(f"/trust/terms/{year}", data=typed()).status_code == 404
    assert browser.post(f"/trust/terms/{year}", data={}).status_code == 404
    assert browser.post(f"/trust/terms/{year}/national").status_code == 404
