"""The operator's pages: claims that wait, organisations and their standing, suppliers."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.decisions import fresh, operators
from marketplace.kernel.errors import DomainError
from marketplace.kernel.fields import UNPRINTABLE
from marketplace.kernel.forms import Form
from marketplace.kernel.http import after
from marketplace.kernel.session import current_session
from marketplace.membership import claiming, overseeing, queries
from marketplace.membership.pages import words
from marketplace.membership.schemas import AddSupplier, Refuse, SetStanding
from marketplace.membership.states import CLAIM_WORDS
from marketplace.trusts.kinds import KIND_WORDS, STANDING_WORDS, Standing
from marketplace.trusts.queries import organisation as find_organisation

pages = Blueprint("operator", __name__)
LONGEST_SEARCH = 200


@pages.get("/operator/claims")
@operators
def claims() -> ResponseReturnValue:
    """The claims that wait, or with ?decided=1 those that were decided."""
    waits = "decided" not in request.args
    page = queries.all_claims(current_session(), after(), waiting=waits)
    return render_template("membership/operator_claims.html", page=page, waits=waits, states=CLAIM_WORDS)


@pages.get("/operator/claims/<uuid:claim_id>")
@operators
def claim(claim_id: uuid.UUID) -> ResponseReturnValue:
    """What was claimed, beside what the register says."""
    return _show_claim(claim_id, Form(Refuse()))


@pages.post("/operator/claims/<uuid:claim_id>/verify")
@fresh
@operators
def verify(claim_id: uuid.UUID) -> ResponseReturnValue:
    """Admit the claimant."""
    organisation = claiming.verify(current_session(), g.person, claim_id)
    flash(f"The claimant can act for {organisation.name} now")
    return redirect(url_for("operator.claims"))


@pages.post("/operator/claims/<uuid:claim_id>/refuse")
@fresh
@operators
def refuse(claim_id: uuid.UUID) -> ResponseReturnValue:
    """Refuse the claim with a reason."""
    form = Form.posted(Refuse())
    command = form.read()
    if command is None:
        return _show_claim(claim_id, form), 422
    claiming.turn_down(current_session(), g.person, claim_id, command["reason"])
    flash("Claim refused")
    return redirect(url_for("operator.claims"))


@pages.get("/operator/organisations")
@operators
def organisations() -> ResponseReturnValue:
    """Those that anybody acts for, or by words of the name and by standing."""
    q = UNPRINTABLE.sub("", request.args.get("q", ""))[:LONGEST_SEARCH]
    standing = next((one for one in Standing if one.value == request.args.get("standing")), None)
    page = queries.organisations(current_session(), q, standing, after())
    return render_template(
        "membership/organisations.html", page=page, q=q, standing=standing, **_organisation_words()
    )


@pages.get("/operator/organisations/<uuid:organisation_id>")
@fresh
@operators
def organisation(organisation_id: uuid.UUID) -> ResponseReturnValue:
    """One organisation and its standing."""
    return _show_organisation(organisation_id, Form(SetStanding()))


@pages.post("/operator/organisations/<uuid:organisation_id>")
@fresh
@operators
def set_standing(organisation_id: uuid.UUID) -> ResponseReturnValue:
    """Verify, suspend or readmit it."""
    form = Form.posted(SetStanding())
    command = form.read()
    if command is None:
        return _show_organisation(organisation_id, form), 422
    try:
        found = overseeing.set_standing(current_session(), g.person, organisation_id, **command)
    except DomainError as error:
        form.refuse(error)
        return _show_organisation(organisation_id, form), error.status
    flash(f"{found.name}: {STANDING_WORDS[found.standing].lower()}")
    return redirect(url_for("operator.organisation", organisation_id=organisation_id))


@pages.get("/operator/suppliers/new")
@operators
def new_supplier() -> ResponseReturnValue:
    """A firm that is in no register."""
    return render_template("membership/new_supplier.html", form=Form.of(AddSupplier(), {}))


@pages.post("/operator/suppliers/new")
@fresh
@operators
def add_supplier() -> ResponseReturnValue:
    """Add the firm, verified."""
    form = Form.posted(AddSupplier())
    command = form.read()
    if command is None:
        return render_template("membership/new_supplier.html", form=form), 422
    try:
        added = overseeing.add_supplier(current_session(), g.person, **command)
    except DomainError as error:
        form.refuse(error)
        return render_template("membership/new_supplier.html", form=form), error.status
    flash(f"{added.name} is a supplier now. Whoever acts for it can claim it.")
    return redirect(url_for("operator.organisation", organisation_id=added.id))


def _organisation_words() -> dict[str, Any]:
    return {"kinds": KIND_WORDS, "standings": STANDING_WORDS}


def _show_claim(claim_id: uuid.UUID, form: Form) -> str:
    session = current_session()
    found = queries.any_claim(session, claim_id)
    return render_template(
        "membership/operator_claim.html",
        form=form,
        claim=found,
        organisation=find_organisation(session, found.organisation_id),
        administrators=queries.administrators_of(session, found.organisation_id),
        is_own=found.person_id == g.person,
        states=CLAIM_WORDS,
        **_organisation_words(),
        **words(),
    )


def _show_organisation(organisation_id: uuid.UUID, form: Form) -> str:
    session = current_session()
    found = find_organisation(session, organisation_id)
    return render_template(
        "membership/operator_organisation.html",
        form=form,
        organisation=found,
        administrators=queries.administrators_of(session, organisation_id),
        moves=overseeing.MOVES[found.standing],
        **_organisation_words(),
    )
