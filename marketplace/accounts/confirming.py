"""Proving again who one is, before money, roles, bank details or ways to sign in are changed."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.accounts import services
from marketplace.accounts.entering import confirmed, settings
from marketplace.accounts.schemas import Confirm, Onwards
from marketplace.kernel.decisions import any_person
from marketplace.kernel.errors import NotFound, Refused
from marketplace.kernel.fields import local
from marketplace.kernel.forms import Form
from marketplace.kernel.limits import limit_account, limited
from marketplace.kernel.session import current_session
from marketplace.people import factors, links
from marketplace.people import services as people
from marketplace.people.links import LinkEnded
from marketplace.people.models import Person

pages = Blueprint("confirming", __name__)


@pages.get("/confirm")
@any_person
def confirm() -> ResponseReturnValue:
    """By password, by a second factor, by an e-mailed link; the demonstration's people by a button."""
    return _show(Form.of(Confirm(), {"next": local(request.args.get("next", "/"))}))


@pages.post("/confirm")
@limited
@any_person
def confirm_by_password() -> ResponseReturnValue:
    """Take the password, and go on to the page that was wanted."""
    form = Form.posted(Confirm())
    command = form.read()
    if command is None:
        return _show(form), 422
    limit_account("confirm", str(g.person))
    if not people.is_password_of(_person(), command["password"]):
        form.refuse(Refused("This is not your password.", field="password"))
        return _show(form), 422
    return confirmed(command["next"])


@pages.post("/confirm/demonstration")
@any_person
def confirm_demonstration() -> ResponseReturnValue:
    """The demonstration's people prove nothing; elsewhere the address does not exist."""
    command = Form.posted(Onwards()).read() or {"next": "/"}
    if not settings().demo or _person().demonstration_part is None:
        raise NotFound
    return confirmed(command["next"])


@pages.post("/confirm/link")
@limited
@any_person
def mail_link() -> ResponseReturnValue:
    """Send a link to the person's own address."""
    command = Form.posted(Onwards()).read() or {"next": "/"}
    limit_account("confirm-link", str(g.person))
    services.mail_confirming_link(current_session(), g.person, g.browser.id, command["next"])
    return render_template("accounts/link_sent.html", email=_person().email, minutes="15 minutes")


@pages.get("/confirm/link/<secret>")
@any_person
def link(secret: str) -> ResponseReturnValue:
    """A button: programs that look at e-mail open links, people press buttons."""
    try:
        links.find(current_session(), services.CONFIRM, secret, str(g.browser.id))
    except LinkEnded as error:
        return _ended(error)
    form = Form.of(Onwards(), {"next": local(request.args.get("next", "/"))})
    return render_template("accounts/confirm_link.html", form=form)


@pages.post("/confirm/link/<secret>")
@limited
@any_person
def confirm_by_link(secret: str) -> ResponseReturnValue:
    """Take the link, in the browser that asked for it, and go on."""
    command = Form.posted(Onwards()).read() or {"next": "/"}
    try:
        services.confirm_by_link(current_session(), secret, g.person, g.browser.id)
    except LinkEnded as error:
        return _ended(error)
    return confirmed(command["next"])


def _show(form: Form) -> str:
    person = _person()
    return render_template(
        "accounts/confirm.html",
        form=form,
        has_password=person.password_hash is not None,
        in_demonstration=settings().demo and person.demonstration_part is not None,
        methods=factors.methods(current_session(), g.person),
        email=person.email,
    )


def _ended(error: LinkEnded) -> ResponseReturnValue:
    return render_template("accounts/link_ended.html", sentence=error.sentence), error.status


def _person() -> Person:
    return current_session().get_one(Person, g.person)
