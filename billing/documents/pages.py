"""Invoices, and how the own organisation is paid."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.documents import due, getting_paid, issuing, pdf, queries
from billing.documents import kinds as words
from billing.documents.kinds import Side
from billing.documents.schemas import GettingPaid
from marketplace.kernel.decisions import fresh, signed_in
from marketplace.kernel.errors import DomainError, Refused
from marketplace.kernel.forms import Form
from marketplace.kernel.http import after
from marketplace.kernel.session import current_session
from marketplace.kernel.spreadsheets import Cell, csv_file, in_pounds
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

pages = Blueprint("documents", __name__)


@pages.get("/invoices")
@signed_in
def invoices() -> ResponseReturnValue:
    """What was received or issued, what is owed, and what waits."""
    session, actor = current_session(), current_actor()
    side, contract_id = _side(), _contract()
    return render_template(
        "documents/invoices.html",
        side=side,
        contract_id=contract_id,
        page=queries.invoices(session, actor, side, contract_id, after()),
        totals=queries.totals(session, actor, side, contract_id),
        held=due.held(session, actor, side),
        credits=queries.credits_kept(session, actor, side),
        may_raise=side is Side.ISSUED and actor.has(Role.FINANCE),
        may_say_how_paid=side is Side.ISSUED and actor.has(Role.FINANCE, Role.ADMINISTRATOR),
        words=words,
    )


@pages.get("/invoices.csv")
@signed_in
def invoices_csv() -> ResponseReturnValue:
    """The same list, every page of it, for a spreadsheet."""
    side = _side()
    rows = queries.every_invoice(current_session(), current_actor(), side, _contract())
    headers = {"Content-Disposition": f'attachment; filename="invoices-{side.value}.csv"'}
    file = csv_file(words.INVOICE_COLUMNS[side], map(_cells, rows))
    return Response(file, mimetype="text/csv", headers=headers)


def _cells(row: queries.InvoiceRow) -> list[Cell]:
    sums = (row.net_pence, row.vat_pence, row.gross_pence, row.paid_pence, row.owed_pence)
    return [
        row.number,
        row.other,
        row.contract_reference,
        row.issued_on,
        row.due_on,
        *map(in_pounds, sums),
        words.INVOICE_STATE_WORDS[row.state],
    ]


def _side() -> Side:
    """?side=, else the side that has something to show."""
    given = request.args.get("side")
    known = {side.value: side for side in Side}
    return known.get(given or "") or queries.side_shown(current_session(), current_actor(), _contract())


def _contract() -> uuid.UUID | None:
    given = request.args.get("contract")
    try:
        return uuid.UUID(given) if given else None
    except ValueError as error:
        raise Refused("Follow the link to the invoices of the contract again.") from error


@pages.post("/invoices/raise")
@roles(Role.FINANCE)
def raise_due() -> ResponseReturnValue:
    """Issue what is due today from the own organisation."""
    raised = issuing.raise_own_invoices(current_session(), current_actor())
    flash(raised.words)
    return redirect(url_for("documents.invoices", side=Side.ISSUED.value))


@pages.get("/invoices/<uuid:invoice_id>")
@signed_in
def invoice(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """One invoice, how to pay it, and what was paid."""
    actor = current_actor()
    view = queries.invoice(current_session(), actor, invoice_id)
    return render_template(
        "documents/invoice.html",
        view=view,
        may_record=view.side is Side.ISSUED and actor.has(Role.FINANCE),
        words=words,
    )


@pages.get("/invoices/<uuid:invoice_id>.pdf")
@signed_in
def invoice_pdf(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """The invoice as a PDF."""
    view = queries.invoice(current_session(), current_actor(), invoice_id)
    name = f"{view.content.number}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(pdf.render(view.content), mimetype="application/pdf", headers=headers)


@pages.get("/billing/settings")
@fresh
@roles(Role.FINANCE, Role.ADMINISTRATOR)
def settings() -> ResponseReturnValue:
    """How the own organisation is paid."""
    return _show(Form.of(GettingPaid(), queries.getting_paid(current_session(), current_actor())))


@pages.post("/billing/settings")
@fresh
@roles(Role.FINANCE, Role.ADMINISTRATOR)
def save_settings() -> ResponseReturnValue:
    """Keep it for invoices issued from now on."""
    form = Form.posted(GettingPaid())
    command = form.read()
    if command is None:
        return _show(form), 422
    try:
        getting_paid.save_getting_paid(
            current_session(), current_actor(), getting_paid.GettingPaid(**command)
        )
    except DomainError as error:
        form.refuse(error)
        return _show(form), error.status
    flash("How you are paid is saved. It stands on every invoice issued from now on.")
    return redirect(url_for("documents.settings"))


def _show(form: Form) -> str:
    return render_template("documents/settings.html", form=form)
