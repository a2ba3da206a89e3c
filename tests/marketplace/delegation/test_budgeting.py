"""Cost centres and their budgets."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.delegation import budget_queries, budgeting, queries
from marketplace.kernel.errors import NotFound, NotPermitted, Refused
from marketplace.kernel.outbox import OutboxJob
from marketplace.trusts.kinds import OrganisationKind, Role
from tests.factories.delegation import a_cost_centre, asked, taken
from tests.factories.trusts import an_actor, an_organisation, signed_in


def test_a_code_is_used_once(session: Session) -> None:
    finance = an_actor(session)
    budgeting.open_cost_centre(session, finance, "EST", "Estates")
    with pytest.raises(Refused) as refused:
        budgeting.open_cost_centre(session, finance, "EST", "Others")
    assert refused.value.field == "code"
    budgeting.open_cost_centre(session, an_actor(session), "EST", "Estates of another trust")


def test_a_buyer_keeps_no_budgets(session: Session) -> None:
    buyer = an_actor(session, an_organisation(session), Role.BUYER)
    centre = a_cost_centre(session, buyer)
    with pytest.raises(NotPermitted):
        budgeting.set_budget(session, buyer, centre.id, date(2027, 1, 1), 1)
    with pytest.raises(NotPermitted):
        budgeting.open_cost_centre(session, buyer, "ICT", "Computers")


def test_the_last_budget_of_a_year_counts(session: Session) -> None:
    finance = an_actor(session)
    centre = budgeting.open_cost_centre(session, finance, "EST", "Estates")
    for on, pence in ((date(2027, 9, 1), 100), (date(2028, 8, 31), 250), (date(2028, 9, 1), 300)):
        budgeting.set_budget(session, finance, centre.id, on, pence)
    year = budget_queries.budget_year(session, finance, date(2028, 1, 1))
    assert (year.starts_on, year.ends_on) == (date(2027, 9, 1), date(2028, 8, 31))
    assert [row.budget_pence for row in year.rows] == [250]


def test_the_others_who_keep_budgets_are_told_of_a_raised_one(app: Flask, session: Session) -> None:
    trust = an_organisation(session)
    roles = (Role.FINANCE, Role.ADMINISTRATOR, Role.FINANCE, Role.BUYER)
    raiser, administrator, finance, _ = (an_actor(session, trust, one) for one in roles)
    centre = budgeting.open_cost_centre(session, raiser, "EST", "Estates")

    def set_to(pence: int) -> None:
        budgeting.set_budget(session, raiser, centre.id, date(2027, 9, 1), pence)

    def told() -> list[tuple[str, str]]:
        letters = [job.payload for job in session.scalars(sa.select(OutboxJob).order_by(OutboxJob.id))]
        return [(one["to"], one["text"]) for one in letters if "raised budget" in one.get("subject", "")]

    for pence in (1_000_000, 1_000_000, 900_000):  # the first one, the same one, a lower one
        set_to(pence)
    assert told() == []
    set_to(2_000_000)
    assert {to for to, _ in told()} == {administrator.email, finance.email}
    said = told()[0][1]
    assert f"{raiser.name} raised the budget of EST Estates" in said
    assert "from 1 September 2027: from £9,000.00 to £20,000.00" in said
    page = signed_in(app, session, raiser).get("/trust/budgets").text
    assert "told by e-mail" in page


def test_a_federation_plans_from_april(session: Session) -> None:
    finance = an_actor(session, an_organisation(session, kind=OrganisationKind.FEDERATION))
    year = budget_queries.budget_year(session, finance, date(2028, 3, 31))
    assert (year.starts_on, year.ends_on) == (date(2027, 4, 1), date(2028, 3, 31))


def test_another_trusts_cost_centre_is_not_there(session: Session) -> None:
    finance, centre = an_actor(session), a_cost_centre(session, an_actor(session))
    with pytest.raises(NotFound):
        budgeting.set_budget(session, finance, centre.id, date(2027, 1, 1), 1)
    with pytest.raises(NotFound):
        budgeting.set_closed(session, finance, centre.id, True)
    for wrong in (centre.id, uuid.uuid4()):
        with pytest.raises(NotFound):
            budget_queries.behind(session, finance, wrong)


def test_a_closed_cost_centre_is_offered_no_more_and_keeps_its_figures(session: Session) -> None:
    finance = an_actor(session)
    centre = a_cost_centre(session, finance)
    taken(session, finance, asked(session, 0, cost_centre_id=centre.id))
    budgeting.set_closed(session, finance, centre.id, True)
    assert queries.choices(session, finance.organisation_id) == []
    assert [row.is_closed for row in budget_queries.budget_year(session, finance).rows] == [True]
    budgeting.set_closed(session, finance, centre.id, False)
    assert len(queries.choices(session, finance.organisation_id)) == 1


def test_the_rows_behind_a_figure_add_up_to_it(session: Session) -> None:
    finance = an_actor(session)
    the_centre = a_cost_centre(session, finance, budget_pence=10**6)
    for pence in (100, 2_000, 30_000):
        budgeting_centre = asked(session, pence, cost_centre_id=the_centre.id, title=f"ORD-{pence}")
        taken(session, finance, budgeting_centre)
    figures, _, rows = budget_queries.behind(session, finance, the_centre.id)
    assert sum(row.committed_pence for row in rows) == figures.committed_pence == 32_100
    assert [row.title for row in rows] == ["ORD-100", "ORD-2000", "ORD-30000"]
