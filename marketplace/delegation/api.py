"""Schemes of delegation, rulings, cost centres, budgets and stand-ins as JSON."""

from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint

from marketplace.delegation import budget_queries, budgeting, deciding, queries, schemes, standing_in, wording
from marketplace.delegation.budget_queries import BudgetYear
from marketplace.delegation.kinds import BUDGET_HOLDERS, RULE_CONFIRMERS
from marketplace.delegation.models import CostCentre
from marketplace.delegation.rules import Row, Scheme
from marketplace.delegation.schemas import (
    CloseCostCentre,
    DecideRules,
    NameStandIn,
    OpenCostCentre,
    PutScheme,
    SetBudget,
    Try,
)
from marketplace.delegation.shapes import (
    BehindBody,
    BudgetQuery,
    BudgetYearBody,
    CostCentreBody,
    CostCentreList,
    RulingBody,
    SchemeNow,
    StandInList,
)
from marketplace.kernel.decisions import fresh, signed_in
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

api = Blueprint("delegation_api", __name__, description="Who may approve what, and what budgets have left")


@api.get("/trust/scheme")
@api.response(200, SchemeNow)
@signed_in
def scheme() -> dict[str, Any]:
    """The scheme of delegation in force, and a looser one that waits."""
    return _scheme()


@api.put("/trust/scheme")
@api.arguments(PutScheme, location="json")
@api.response(200, SchemeNow)
@fresh
@roles(Role.ADMINISTRATOR)
def set_scheme(command: dict[str, Any]) -> dict[str, Any]:
    """Write the whole scheme anew: it holds at once unless it is looser, then a second person confirms it."""
    free, rows = Row(command.pop("approval_limit_pence")), tuple(one["row"] for one in command.pop("rows"))
    schemes.set_scheme(current_session(), current_actor(), Scheme(rows=(free, *rows), **command))
    return _scheme()


@api.post("/trust/scheme/confirm")
@api.arguments(DecideRules, location="json")
@api.response(200, SchemeNow)
@fresh
@roles(*RULE_CONFIRMERS)
def confirm(command: dict[str, Any]) -> dict[str, Any]:
    """Put in force the looser scheme that somebody else proposed."""
    schemes.confirm_scheme(current_session(), current_actor(), **command)
    return _scheme()


@api.post("/trust/scheme/withdraw")
@api.arguments(DecideRules, location="json")
@api.response(200, SchemeNow)
@roles(*RULE_CONFIRMERS)
def withdraw(command: dict[str, Any]) -> dict[str, Any]:
    """Withdraw the looser scheme that waits, or turn it down."""
    schemes.withdraw_scheme(current_session(), current_actor(), **command)
    return _scheme()


@api.get("/trust/ruling")
@api.arguments(Try, location="query")
@api.response(200, RulingBody)
@signed_in
def ruling(query: dict[str, Any]) -> dict[str, Any]:
    """What the scheme says about a sum."""
    session, actor = current_session(), current_actor()
    found = deciding.ruling_on(session, actor, **query)
    words = ("net_pence", "counted_pence", "approvals", "quotes", "is_beyond", "is_split", "over")
    said = deciding.tried(session, actor, **query)
    return {name: getattr(found, name) for name in words} | {"sentences": said}


@api.get("/trust/cost-centres")
@api.response(200, CostCentreList)
@signed_in
def cost_centres() -> dict[str, Any]:
    """The cost centres of your organisation."""
    return {"items": queries.cost_centres(current_session(), current_actor().organisation_id)}


@api.post("/trust/cost-centres")
@api.arguments(OpenCostCentre, location="json")
@api.response(201, CostCentreBody)
@roles(*BUDGET_HOLDERS)
def open_cost_centre(command: dict[str, Any]) -> CostCentre:
    """Open a cost centre: from then on every order names the one that pays."""
    return budgeting.open_cost_centre(current_session(), current_actor(), **command)


@api.post("/trust/cost-centres/<uuid:cost_centre_id>/close")
@api.arguments(CloseCostCentre, location="json")
@api.response(200, CostCentreBody)
@roles(*BUDGET_HOLDERS)
def close_cost_centre(command: dict[str, Any], cost_centre_id: uuid.UUID) -> CostCentre:
    """Take no new orders there, or take them again."""
    return budgeting.set_closed(current_session(), current_actor(), cost_centre_id, **command)


@api.get("/trust/budgets")
@api.arguments(BudgetQuery, location="query")
@api.response(200, BudgetYearBody)
@signed_in
def budgets(query: dict[str, Any]) -> BudgetYear:
    """The budgets of a financial year: what is committed, invoiced and left."""
    return budget_queries.budget_year(current_session(), current_actor(), query["on"])


@api.put("/trust/budgets")
@api.arguments(SetBudget, location="json")
@api.response(200, BudgetYearBody)
@roles(*BUDGET_HOLDERS)
def set_budget(command: dict[str, Any]) -> BudgetYear:
    """Set what a cost centre may spend in the financial year in which a day lies."""
    session, actor, on = current_session(), current_actor(), command["year_starts_on"]
    budgeting.set_budget(session, actor, command["cost_centre_id"], on, command["net_pence"])
    return budget_queries.budget_year(session, actor, on)


@api.get("/trust/budgets/<uuid:cost_centre_id>")
@api.arguments(BudgetQuery, location="query")
@api.response(200, BehindBody)
@signed_in
def behind(query: dict[str, Any], cost_centre_id: uuid.UUID) -> dict[str, Any]:
    """The orders and commitments that a cost centre's figures are made of."""
    found = budget_queries.behind(current_session(), current_actor(), cost_centre_id, query["on"])
    figures, _, rows = found
    return {**vars(figures), "left_pence": figures.left_pence, "items": rows}


@api.get("/trust/stand-ins")
@api.response(200, StandInList)
@signed_in
def stand_ins() -> dict[str, Any]:
    """Who stands in for whom, now and later."""
    return {"items": queries.stand_ins(current_session(), current_actor())}


@api.post("/trust/stand-ins")
@api.arguments(NameStandIn, location="json")
@api.response(201, StandInList)
@fresh
@signed_in
def name_stand_in(command: dict[str, Any]) -> dict[str, Any]:
    """Let somebody approve with your limit from one day to another, both included."""
    standing_in.name_stand_in(current_session(), current_actor(), **command)
    return {"items": queries.stand_ins(current_session(), current_actor())}


@api.delete("/trust/stand-ins/<uuid:stand_in_id>")
@api.response(204)
@signed_in
def end_stand_in(stand_in_id: uuid.UUID) -> None:
    """End it before its last day."""
    standing_in.end_stand_in(current_session(), current_actor(), stand_in_id)


def _scheme() -> dict[str, Any]:
    session, actor = current_session(), current_actor()
    names = queries.names(session, actor.organisation_id)
    found, waits = queries.scheme_of(session, actor.organisation_id), queries.waiting_scheme(session, actor)
    body = _body(found, names) | {"id": queries.stored_id(session, actor.organisation_id), "waiting": None}
    if waits is not None:
        body["waiting"] = {**vars(waits), **_body(waits.scheme, names)}
    return body


def _body(found: Scheme, names: wording.Names) -> dict[str, Any]:
    """A scheme; the sum that nobody needs to approve stands beside the rows."""
    rows = [
        {**vars(row), "sentence": wording.row(row, names)}
        for row in found.rows
        if not (row.is_free and row.cost_centre_id is None)
    ]
    return {**vars(found), "approval_limit_pence": found.free_pence(), "rows": rows}
