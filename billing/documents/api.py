"""Invoices as JSON, and how the own organisation is paid."""

from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint

from billing.documents import getting_paid as services
from billing.documents import issuing, queries
from billing.documents.kinds import Side
from billing.documents.schemas import (
    GettingPaid,
    GettingPaidKept,
    InvoiceList,
    InvoiceWhole,
    ListQuery,
    RunDone,
)
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import current_session
from marketplace.people.scopes import Scope
from marketplace.trusts.guard import current_actor, needs, roles
from marketplace.trusts.kinds import Role

api = Blueprint("documents_api", __name__, description="Invoices")


@api.get("/invoices")
@api.arguments(ListQuery, location="query")
@api.response(200, InvoiceList)
@signed_in
def invoices(query: dict[str, Any]) -> dict[str, Any]:
    """The invoices that your organisation received or issued, newest first."""
    side = Side(query.get("side", Side.RECEIVED.value))
    found = queries.invoices(
        current_session(), current_actor(), side, query.get("contract"), query.get("after")
    )
    return {"items": found.rows, "next_after": found.next_after}


@api.get("/invoices/<uuid:invoice_id>")
@api.response(200, InvoiceWhole)
@signed_in
def invoice(invoice_id: uuid.UUID) -> queries.InvoiceView:
    """One invoice with everything that stands in it and what was paid."""
    return queries.invoice(current_session(), current_actor(), invoice_id)


@api.post("/billing/run")
@api.response(200, RunDone)
@needs(Scope.MONEY)
@roles(Role.FINANCE)
def run() -> issuing.Raised:
    """Issue the invoices of your organisation that are due today; each charge is invoiced once."""
    return issuing.raise_own_invoices(current_session(), current_actor())


@api.get("/billing/settings")
@api.response(200, GettingPaidKept)
@roles(Role.FINANCE, Role.ADMINISTRATOR)
def settings() -> dict[str, Any]:
    """How your organisation is paid."""
    return queries.getting_paid(current_session(), current_actor())


@api.put("/billing/settings")
@api.arguments(GettingPaid, location="json")
@api.response(200, GettingPaidKept)
@needs(Scope.MONEY)
@roles(Role.FINANCE, Role.ADMINISTRATOR)
def save_settings(command: dict[str, Any]) -> dict[str, Any]:
    """Say how your organisation is paid, on invoices issued from now on."""
    services.save_getting_paid(current_session(), current_actor(), services.GettingPaid(**command))
    return queries.getting_paid(current_session(), current_actor())
