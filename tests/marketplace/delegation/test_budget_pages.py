"""What the budgets of a trust leave together."""

from __future__ import annotations

import html

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.delegation import budget_queries, budgeting
from tests.factories.delegation import a_cost_centre, asked, taken
from tests.factories.trusts import an_actor, signed_in


def together(browser: FlaskClient) -> str:
    return html.unescape(browser.get("/trust/budgets").text).partition("Together")[2]


def test_what_is_left_of_all_budgets_together_is_shown_once_each_is_set(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    browser = signed_in(app, session, actor)
    first, second = (a_cost_centre(session, actor, code) for code in ("EST", "ICT"))
    starts_on = budget_queries.budget_year(session, actor).starts_on
    budgeting.set_budget(session, actor, first.id, starts_on, 100_000)
    taken(session, actor, asked(session, 25_000, cost_centre_id=first.id))
    session.commit()
    assert "Not known" in together(browser)
    budgeting.set_budget(session, actor, second.id, starts_on, 50_000)
    session.commit()
    assert "£1,250.00" in together(browser)
    assert "Not known" not in together(browser)
