"""Recording payments received."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.collecting import queries as payments
from billing.collecting import returning, reversing, services
from billing.collecting.returning import Return
from billing.collecting.schemas import RecordReceipt, RecordReturn
from billing.collecting.services import Receipt
from billing.documents import queries
from billing.documents.queries import InvoiceView
from marketplace.kernel import clock, money
from marketplace.kernel.decisions import fresh
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.http import after
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

pages = Blueprint("collecting", __name__)


@pages.get("/invoices/<uuid:invoice_id>/receipts/new")
@fresh
@roles(Role.FINANCE)
def new_receipt(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """The form, filled with what is owed, today."""
    view = queries.issued_invoice(current_session(), current_actor(), invoice_id)
    values = {"amount_pence": view.owed_pence or None, "received_on": clock.today()}
    return _show(Form.of(RecordReceipt(), values), view)


@pages.post("/invoices/<uuid:invoice_id>/receipts")
@fresh
@roles(Role.FINANCE)
def record_receipt(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Set a payment against an own invoice."""
    session, actor = current_session(), current_actor()
    view = queries.issued_invoice(session, actor, invoice_id)
    form = Form.posted(RecordReceipt())
    command = form.read()
    if command is None:
        return _show(form, view), 422
    try:
        over = services.record_receipt(session, actor, invoice_id, Receipt(**command))
    except DomainError as error:
        form.refuse(error)
        return _show(form, view), error.status
    flash(_words(command["amount_pence"], over))
    return redirect(url_for("documents.invoice", invoice_id=invoice_id))


@pages.get("/invoices/<uuid:invoice_id>/receipts")
@roles(Role.FINANCE)
def receipts(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """The payments recorded for an own invoice, and what to do about a mistake."""
    session, actor = current_session(), current_actor()
    return render_template(
        "collecting/receipts.html",
        view=queries.issued_invoice(session, actor, invoice_id),
        page=payments.receipts(session, actor, invoice_id, after()),
    )


@pages.get("/invoices/<uuid:invoice_id>/returns/new")
@fresh
@roles(Role.FINANCE)
def new_return(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """The form, filled with what is kept for the buyer, today."""
    view = queries.issued_invoice(current_session(), current_actor(), invoice_id)
    values = {"amount_pence": view.over_pence or None, "paid_on": clock.today()}
    return _show_return(Form.of(RecordReturn(), values), view)


@pages.post("/invoices/<uuid:invoice_id>/returns")
@fresh
@roles(Role.FINANCE)
def record_return(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Take what was paid back from what is kept for the buyer."""
    session, actor = current_session(), current_actor()
    view = queries.issued_invoice(session, actor, invoice_id)
    form = Form.posted(RecordReturn())
    command = form.read()
    if command is None:
        return _show_return(form, view), 422
    try:
        returning.return_credit(session, actor, invoice_id, Return(**command))
    except DomainError as error:
        form.refuse(error)
        return _show_return(form, view), error.status
    flash(f"It is recorded that you paid back {money.pounds(command['amount_pence'])}.")
    return redirect(url_for("documents.invoice", invoice_id=invoice_id))


@pages.get("/receipts/<uuid:receipt_id>/reversal/new")
@fresh
@roles(Role.FINANCE)
def check_reversal(receipt_id: uuid.UUID) -> ResponseReturnValue:
    """What happens when a payment is marked as recorded by mistake."""
    session, actor = current_session(), current_actor()
    receipt = payments.receipt(session, actor, receipt_id)
    view = queries.issued_invoice(session, actor, receipt.invoice_id)
    return render_template("collecting/check_reversal.html", receipt=receipt, view=view)


@pages.post("/receipts/<uuid:receipt_id>/reversal")
@fresh
@roles(Role.FINANCE)
def reverse_receipt(receipt_id: uuid.UUID) -> ResponseReturnValue:
    """Mark a payment as recorded by mistake."""
    invoice = reversing.reverse_receipt(current_session(), current_actor(), receipt_id)
    flash("The payment is marked as recorded by mistake. Nothing was deleted: the ledger has both entries.")
    return redirect(url_for("documents.invoice", invoice_id=invoice.id))


def _words(amount_pence: int, over_pence: int) -> str:
    recorded = f"The payment of {money.pounds(amount_pence)} is recorded."
    if not over_pence:
        return recorded
    over = money.pounds(over_pence)
    return f"{recorded} {over} of it is more than was owed: it is kept as the buyer’s credit."


def _show(form: Form, view: InvoiceView) -> str:
    return render_template("collecting/new_receipt.html", form=form, view=view)


def _show_return(form: Form, view: InvoiceView) -> str:
    return render_template("collecting/new_return.html", form=form, view=view)
