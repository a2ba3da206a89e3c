"""Payments received as JSON."""

from __future__ import annotations

import uuid
from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from billing.collecting import queries as payments
from billing.collecting import returning, reversing, services
from billing.collecting.queries import ReceiptRow
from billing.collecting.returning import Return
from billing.collecting.schemas import (
    ListQuery,
    ReceiptList,
    ReceiptShown,
    Recorded,
    RecordReceipt,
    RecordReturn,
    Returned,
)
from billing.collecting.services import Receipt
from billing.documents import queries
from marketplace.kernel.session import current_session
from marketplace.people.scopes import Scope
from marketplace.trusts.guard import current_actor, needs, roles
from marketplace.trusts.kinds import Role

api = Blueprint("collecting_api", __name__, description="Payments received")


@api.get("/invoices/<uuid:invoice_id>/receipts")
@api.arguments(ListQuery, location="query")
@api.response(200, ReceiptList)
@roles(Role.FINANCE)
def receipts(query: dict[str, Any], invoice_id: uuid.UUID) -> dict[str, Any]:
    """The payments that were recorded for an invoice of your organisation, newest first."""
    found = payments.receipts(current_session(), current_actor(), invoice_id, query.get("after"))
    return {"items": found.rows, "next_after": found.next_after}


@api.post("/invoices/<uuid:invoice_id>/receipts")
@api.arguments(RecordReceipt, location="json")
@api.response(201, Recorded)
@needs(Scope.MONEY)
@roles(Role.FINANCE)
def record_receipt(
    command: dict[str, Any], invoice_id: uuid.UUID
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Set a payment received against an invoice of your organisation."""
    session, actor = current_session(), current_actor()
    over = services.record_receipt(session, actor, invoice_id, Receipt(**command))
    view = queries.issued_invoice(session, actor, invoice_id)
    answer = {
        "invoice_id": invoice_id,
        "over_pence": over,
        "owed_pence": view.owed_pence,
        "state": view.state.value,
    }
    return answer, 201, {"Location": url_for("documents_api.invoice", invoice_id=invoice_id)}


@api.post("/invoices/<uuid:invoice_id>/returns")
@api.arguments(RecordReturn, location="json")
@api.response(201, Returned)
@needs(Scope.MONEY)
@roles(Role.FINANCE)
def record_return(
    command: dict[str, Any], invoice_id: uuid.UUID
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Record that your organisation paid back what a buyer had paid above an invoice."""
    left = returning.return_credit(current_session(), current_actor(), invoice_id, Return(**command))
    answer = {"invoice_id": invoice_id, "over_pence": left}
    return answer, 201, {"Location": url_for("documents_api.invoice", invoice_id=invoice_id)}


@api.post("/receipts/<uuid:receipt_id>/reversal")
@api.response(200, ReceiptShown)
@needs(Scope.MONEY)
@roles(Role.FINANCE)
def reverse_receipt(receipt_id: uuid.UUID) -> ReceiptRow:
    """Say that a payment was recorded by mistake: what it settled is owed again, once."""
    reversing.reverse_receipt(current_session(), current_actor(), receipt_id)
    return payments.receipt(current_session(), current_actor(), receipt_id)
