"""Cost centres and budgets: what each may spend, what is committed, invoiced and left."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.delegation import budget_queries, budgeting, queries
from marketplace.delegation.budget_queries import BudgetYear
from marketplace.delegation.kinds import BUDGET_HOLDERS, UNDERTAKING_WORDS
from marketplace.delegation.schemas import CloseCostCentre, OpenCostCentre, SetBudget
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.fields import Day
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.kernel.spreadsheets import Cell, csv_file, in_pounds
from marketplace.trusts.guard import current_actor, roles

pages = Blueprint("budgets", __name__)
HEADERS = (
    "Cost centre",
    "Financial year from",
    "Budget (£)",
    "Committed (£)",
    "Invoiced (£)",
    "Left (£)",
)


@pages.get("/trust/budgets")
@signed_in
def budgets() -> ResponseReturnValue:
    """Every cost centre in one financial year."""
    return _show(Form.of(SetBudget(), {"year_starts_on": _year().starts_on}))


@pages.post("/trust/budgets")
@roles(*BUDGET_HOLDERS)
def set_budget() -> ResponseReturnValue:
    """Set what a cost centre may spend in a financial year."""
    form = Form.posted(SetBudget())
    command = form.read()
    if command is None:
        return _show(form), 422
    budgeting.set_budget(
        current_session(),
        current_actor(),
        command["cost_centre_id"],
        command["year_starts_on"],
        command["net_pence"],
    )
    flash("Budget saved")
    return redirect(url_for("budgets.budgets", on=command["year_starts_on"].isoformat()))


@pages.get("/trust/budgets.csv")
@signed_in
def budgets_csv() -> ResponseReturnValue:
    """What the page shows, as a file."""
    year = _year()
    body = csv_file(HEADERS, _table(year))
    name = f"budgets-{year.starts_on.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, mimetype="text/csv", headers=headers)


@pages.get("/trust/budgets/<uuid:cost_centre_id>")
@signed_in
def behind(cost_centre_id: uuid.UUID) -> ResponseReturnValue:
    """The orders and commitments that a cost centre's figures are made of."""
    figures, year, rows = budget_queries.behind(current_session(), current_actor(), cost_centre_id, _on())
    return render_template(
        "delegation/behind.html", figures=figures, year=year, rows=rows, words=UNDERTAKING_WORDS
    )


@pages.post("/trust/cost-centres")
@roles(*BUDGET_HOLDERS)
def open_cost_centre() -> ResponseReturnValue:
    """Open one."""
    form = Form.posted(OpenCostCentre())
    command = form.read()
    if command is None:
        return _show_centres(form), 422
    try:
        budgeting.open_cost_centre(current_session(), current_actor(), **command)
    except DomainError as error:
        form.refuse(error)
        return _show_centres(form), error.status
    flash("Cost centre opened. From now on every order names the cost centre that pays.")
    return redirect(url_for("budgets.cost_centres"))


@pages.get("/trust/cost-centres")
@signed_in
def cost_centres() -> ResponseReturnValue:
    """The parts of the organisation whose spending is planned apart."""
    return _show_centres(Form(OpenCostCentre()))


@pages.post("/trust/cost-centres/<uuid:cost_centre_id>/close")
@roles(*BUDGET_HOLDERS)
def close_cost_centre(cost_centre_id: uuid.UUID) -> ResponseReturnValue:
    """Take no new orders there, or take them again."""
    command = Form.posted(CloseCostCentre()).read()
    if command is None:
        raise NotFound
    budgeting.set_closed(current_session(), current_actor(), cost_centre_id, command["is_closed"])
    flash("Cost centre closed" if command["is_closed"] else "Cost centre open again")
    return redirect(url_for("budgets.cost_centres"))


def _on() -> date | None:
    """The day that ?on= names; anything else means today."""
    try:
        return Day().deserialize(request.args.get("on", ""))
    except ma.ValidationError:
        return None


def _year() -> BudgetYear:
    return budget_queries.budget_year(current_session(), current_actor(), _on())


def _table(year: BudgetYear) -> list[list[Cell]]:
    """The rows of the page: each cost centre, and all together without what is left."""
    sums = [
        (
            f"{row.code} {row.name}".strip(),
            row.budget_pence,
            row.committed_pence,
            row.invoiced_pence,
            row.left_pence,
        )
        for row in year.rows
    ]
    if sums:
        sums.append(("Together", year.budget_pence, year.committed_pence, year.invoiced_pence, None))
    return [
        [title, year.starts_on, *(None if pence is None else in_pounds(pence) for pence in row)]
        for title, *row in sums
    ]


def _show(form: Form) -> str:
    session, actor = current_session(), current_actor()
    years = budget_queries.years(session, actor)
    form.options = {"cost_centre_id": queries.choices(session, actor.organisation_id)}
    shown: dict[str, Any] = {"year": _year(), "years": years, "may_set": actor.has(*BUDGET_HOLDERS)}
    return render_template("delegation/budgets.html", form=form, **shown)


def _show_centres(form: Form) -> str:
    session, actor = current_session(), current_actor()
    centres = queries.cost_centres(session, actor.organisation_id)
    may_open = actor.has(*BUDGET_HOLDERS)
    return render_template("delegation/cost_centres.html", form=form, centres=centres, may_open=may_open)
