"""Changing one's e-mail address: asked for here, confirmed from the new address."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from marketplace.accounts import services
from marketplace.accounts.schemas import ChangeAddress
from marketplace.kernel.decisions import any_person, fresh
from marketplace.kernel.forms import Form
from marketplace.kernel.limits import limit_account, limited
from marketplace.kernel.session import current_session
from marketplace.people.links import LinkEnded

pages = Blueprint("addresses", __name__)


@pages.get("/account/email")
@fresh
@any_person
def address() -> ResponseReturnValue:
    """The new address."""
    return render_template("accounts/address.html", form=Form.of(ChangeAddress(), {}))


@pages.post("/account/email")
@limited
@fresh
@any_person
def ask_to_change() -> ResponseReturnValue:
    """Send a link to the new address, and word of it to the old one."""
    form = Form.posted(ChangeAddress())
    command = form.read()
    if command is None:
        return render_template("accounts/address.html", form=form), 422
    limit_account("change-email", str(g.person))
    services.mail_address_link(current_session(), g.person, command["email"])
    return render_template("accounts/link_sent.html", email=command["email"], minutes="24 hours")


@pages.get("/account/email/<secret>")
@any_person
def new_address(secret: str) -> ResponseReturnValue:
    """A button, for the person who asked for it alone."""
    try:
        found = services.address_in_link(current_session(), g.person, secret)
    except LinkEnded as error:
        return _ended(error)
    return render_template("accounts/address_link.html", email=found)


@pages.post("/account/email/<secret>")
@limited
@fresh
@any_person
def change_address(secret: str) -> ResponseReturnValue:
    """From now on the person has the new address."""
    try:
        new = services.change_address(current_session(), g.person, secret, str(cookie["session"]))
    except LinkEnded as error:
        return _ended(error)
    flash(f"Your email address is now {new}. You are signed out of every other browser.")
    return redirect(url_for("people.account"))


def _ended(error: LinkEnded) -> ResponseReturnValue:
    return render_template("accounts/link_ended.html", sentence=error.sentence), error.status
