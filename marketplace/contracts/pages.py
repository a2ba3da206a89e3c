"""The contract register."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.catalogue.kinds import CHARGED_WORDS, DELIVERY_WORDS, VAT_WORDS
from marketplace.contracts import queries, services
from marketplace.contracts.schemas import PoNumber
from marketplace.contracts.wording import length_words, quantity_words, status_words
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.forms import Form
from marketplace.kernel.http import after
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor
from marketplace.trusts.kinds import Role

pages = Blueprint("contracts", __name__)
GIVE_NUMBERS = (Role.BUYER, Role.FINANCE, Role.ADMINISTRATOR)


@pages.context_processor
def words() -> dict[str, Any]:
    """The words of states, lengths and charges for the templates."""
    return {
        "status_words": status_words,
        "quantity_words": quantity_words,
        "vat_words": VAT_WORDS,
        "delivery_words": DELIVERY_WORDS,
        "length_words": length_words,
        "charged_words": CHARGED_WORDS,
    }


@pages.get("/contracts")
@signed_in
def contracts() -> ResponseReturnValue:
    """Every contract of the trust, bought and sold."""
    page = queries.contracts(current_session(), current_actor(), after())
    return render_template("contracts/contracts.html", page=page)


@pages.get("/contracts/<uuid:contract_id>")
@signed_in
def contract(contract_id: uuid.UUID) -> ResponseReturnValue:
    """The parties, the terms and the PO number."""
    row = queries.contract(current_session(), current_actor(), contract_id)
    return _show(contract_id, Form.of(PoNumber(), {"po_number": row.po_number}))


@pages.post("/contracts/<uuid:contract_id>/po-number")
@signed_in
def give_po_number(contract_id: uuid.UUID) -> ResponseReturnValue:
    """Set the buyer's number."""
    form = Form.posted(PoNumber())
    command = form.read()
    if command is None:
        return _show(contract_id, form), 422
    services.give_po_number(current_session(), current_actor(), contract_id, command["po_number"])
    flash("Purchase order number saved.")
    return redirect(url_for("contracts.contract", contract_id=contract_id))


def _show(contract_id: uuid.UUID, form: Form) -> str:
    actor = current_actor()
    view = queries.contract_view(current_session(), actor, contract_id)
    may_give = view.contract.buyer_id == actor.organisation_id and actor.has(*GIVE_NUMBERS)
    return render_template("contracts/contract.html", view=view, form=form, may_give=may_give)
