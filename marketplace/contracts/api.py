"""Contracts as JSON."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from marketplace.contracts import queries, services
from marketplace.contracts.schemas import After, ContractList, OneContract, PoNumber
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor

api = Blueprint("contracts_api", __name__, description="What was agreed between a buyer and a supplier")


@api.get("/contracts")
@api.arguments(After, location="query")
@api.response(200, ContractList)
@signed_in
def contracts(query: dict[str, Any]) -> Response:
    """The contracts of the token's organisation, as buyer or supplier."""
    page = queries.contracts(current_session(), current_actor(), query["after"])
    return jsonify({"items": [dict(row._mapping) for row in page.rows], "next_after": page.next_after})


@api.get("/contracts/<uuid:contract_id>")
@api.response(200, OneContract)
@signed_in
def contract(contract_id: uuid.UUID) -> Response:
    """One contract with its charges."""
    return _one(contract_id)


@api.put("/contracts/<uuid:contract_id>/po-number")
@api.arguments(PoNumber, location="json")
@api.response(200, OneContract)
@signed_in
def give_po_number(command: dict[str, Any], contract_id: uuid.UUID) -> Response:
    """Set the buyer's purchase order number for invoices that are not issued yet."""
    services.give_po_number(current_session(), current_actor(), contract_id, command["po_number"])
    current_session().flush()
    return _one(contract_id)


def _one(contract_id: uuid.UUID) -> Response:
    view = queries.contract_view(current_session(), current_actor(), contract_id)
    charges = [{**vars(charge), "gross_pence": charge.gross_pence} for charge in view.charges]
    sums = {"vat_pence": view.vat_pence, "gross_pence": view.gross_pence, "charges": charges}
    return jsonify(dict(view.contract._mapping) | sums)
