"""For people who belong nowhere yet: an account for a newcomer, and claiming a trust, school or firm."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.entering import enter
from marketplace.kernel.decisions import any_person, public
from marketplace.kernel.errors import DomainError
from marketplace.kernel.fields import UNPRINTABLE
from marketplace.kernel.forms import Form
from marketplace.kernel.limits import limit_account, limited
from marketplace.kernel.session import current_session
from marketplace.membership import claiming, joining, queries
from marketplace.membership.claiming import Part
from marketplace.membership.identifying import identify
from marketplace.membership.pages import words
from marketplace.membership.schemas import AskForAccount, ClaimOrganisation, MakeAccount
from marketplace.membership.states import CLAIM_WORDS
from marketplace.trusts.kinds import KIND_WORDS, roles_of
from marketplace.trusts.models import Organisation
from marketplace.trusts.queries import organisation as find_organisation

pages = Blueprint("claims", __name__)
LONGEST_SEARCH = 200


@pages.get("/join")
@public
def join() -> ResponseReturnValue:
    """Ask for an account."""
    return render_template("membership/join.html", form=Form.of(AskForAccount(), {}))


@pages.post("/join")
@limited
@public
def ask() -> ResponseReturnValue:
    """Send the letter; the answer is the same whoever has the address."""
    form = Form.posted(AskForAccount())
    command = form.read()
    if command is None:
        return render_template("membership/join.html", form=form), 422
    limit_account("join", command["email"])
    joining.ask(current_session(), command["email"])
    return render_template("membership/letter_sent.html", email=command["email"])


@pages.get("/join/<secret>")
@public
def account(secret: str) -> ResponseReturnValue:
    """The page of the letter's link: name and password."""
    address = joining.address_of(current_session(), secret)
    return _show_account(secret, address, Form.of(MakeAccount(), {}))


@pages.post("/join/<secret>")
@limited
@public
def make_account(secret: str) -> ResponseReturnValue:
    """Make the account and sign in."""
    session, form = current_session(), Form.posted(MakeAccount())
    address = joining.address_of(session, secret)
    command = form.read()
    if command is None:
        return _show_account(secret, address, form), 422
    try:
        person = joining.make_account(session, secret, **command)
    except DomainError as error:
        form.refuse(error)
        return _show_account(secret, address, form), error.status
    answer = enter(session, person.id, url_for("claims.identify_"))
    flash("Your account is made. Now claim your trust, school or firm.")
    return answer


@pages.get("/claims")
@any_person
def mine() -> ResponseReturnValue:
    """The person's own claims."""
    claims = queries.own_claims(current_session(), g.person)
    return render_template("membership/claims.html", claims=claims, states=CLAIM_WORDS)


@pages.get("/claims/new")
@any_person
def identify_() -> ResponseReturnValue:
    """Look the organisation up by an identifier."""
    given = _identifier()
    found = identify(current_session(), given) if given else None
    is_empty = "q" in request.args and not given
    shown = render_template(
        "membership/identify.html", q=given, found=found, kinds=KIND_WORDS, is_empty=is_empty
    )
    return shown, 422 if is_empty else 200


@pages.get("/claims/new/<uuid:organisation_id>")
@any_person
def new(organisation_id: uuid.UUID) -> ResponseReturnValue:
    """Is this it, and what is your part there?"""
    found = find_organisation(current_session(), organisation_id)
    return _show_new(found, Form.of(ClaimOrganisation(), {}))


@pages.post("/claims/new/<uuid:organisation_id>")
@limited
@any_person
def do_claim(organisation_id: uuid.UUID) -> ResponseReturnValue:
    """Claim it."""
    session, form = current_session(), Form.posted(ClaimOrganisation())
    found = find_organisation(session, organisation_id)
    command = form.read()
    if command is None:
        return _show_new(found, form), 422
    try:
        claiming.claim(session, g.person, organisation_id, _part(command))
    except DomainError as error:
        form.refuse(error)
        return _show_new(found, form), error.status
    flash("Your claim is sent. You get an email when it is decided, within 30 days.")
    return redirect(url_for("claims.mine"))


@pages.post("/claims/<uuid:claim_id>/withdraw")
@any_person
def withdraw(claim_id: uuid.UUID) -> ResponseReturnValue:
    """Take one's own claim back."""
    claiming.withdraw(current_session(), g.person, claim_id)
    flash("Claim withdrawn")
    return redirect(url_for("claims.mine"))


def _identifier() -> str:
    return UNPRINTABLE.sub("", request.args.get("q", ""))[:LONGEST_SEARCH].strip()


def _part(command: dict[str, Any]) -> Part:
    return Part(_identifier(), command["part"], command["evidence"], frozenset(command["roles"]))


def _show_account(secret: str, address: str, form: Form) -> str:
    form.raw.pop("password", None)  # a password is never sent back
    return render_template("membership/make_account.html", form=form, secret=secret, email=address)


def _show_new(found: Organisation, form: Form) -> str:
    return render_template(
        "membership/new_claim.html",
        form=form,
        organisation=found,
        q=_identifier(),
        offered=roles_of(found.kind),
        kinds=KIND_WORDS,
        **words(),
    )
