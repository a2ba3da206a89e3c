"""The pages of an invitation's link: accept it, signed in with the address that it was sent to."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from marketplace.accounts.entering import enter
from marketplace.kernel.decisions import any_person, public
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.limits import limited
from marketplace.kernel.session import current_session
from marketplace.membership import inviting
from marketplace.membership.pages import words
from marketplace.membership.schemas import MakeAccount
from marketplace.people.models import Person

pages = Blueprint("invitations", __name__)


@pages.get("/invitations/<secret>")
@public
def invitation(secret: str) -> ResponseReturnValue:
    """Who invites to what; a button accepts, since mail scanners open links too."""
    return _show(secret, Form.of(MakeAccount(), {}))


@pages.post("/invitations/<secret>")
@limited
@any_person
def accept(secret: str) -> ResponseReturnValue:
    """Accept, as whoever is signed in; and act for that organisation from now on."""
    organisation = inviting.accept(current_session(), g.person, secret)
    cookie["organisation"] = str(organisation.id)
    flash(f"You can act for {organisation.name} now")
    return redirect("/")


@pages.post("/invitations/<secret>/account")
@limited
@public
def accept_as_new(secret: str) -> ResponseReturnValue:
    """Make the account of the invited address and accept."""
    form = Form.posted(MakeAccount())
    command = form.read()
    if command is None:
        return _show(secret, form), 422
    try:
        person, organisation = inviting.accept_as_new(current_session(), secret, **command)
    except DomainError as error:
        form.refuse(error)
        return _show(secret, form), error.status
    answer = enter(current_session(), person.id, url_for("trusts.start"))
    flash(f"Your account is made, and you can act for {organisation.name}")
    cookie["organisation"] = str(organisation.id)
    return answer


def _show(secret: str, form: Form) -> str:
    session = current_session()
    form.raw.pop("password", None)  # a password is never sent back
    found, organisation = inviting.find(session, secret)
    person = session.get(Person, g.person) if "person" in g else None
    return render_template(
        "membership/invitation.html",
        form=form,
        secret=secret,
        invitation=found,
        organisation=organisation,
        person=person,
        has_account=inviting.has_account(session, found),
        **words(),
    )
