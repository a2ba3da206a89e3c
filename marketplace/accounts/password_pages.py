"""Changing one's password, or setting the first one."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from marketplace.accounts import services
from marketplace.accounts.schemas import ChangePassword, SetPassword
from marketplace.kernel.decisions import any_person, fresh
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.limits import limit_account, limited
from marketplace.kernel.session import current_session
from marketplace.people.models import Person

pages = Blueprint("passwords", __name__)


@pages.get("/account/password")
@fresh
@any_person
def password() -> ResponseReturnValue:
    """The password that is, if there is one, and the one that shall be."""
    return _show(Form.of(_schema(), {}))


@pages.post("/account/password")
@limited
@fresh
@any_person
def change_password() -> ResponseReturnValue:
    """Set a new password; other browsers are signed out."""
    form = Form.posted(_schema())
    command = form.read()
    if command is None:
        return _show(form), 422
    limit_account("password", str(g.person))
    secret, present = str(cookie["session"]), command.get("password")
    try:
        services.set_password(current_session(), g.person, present, command["new_password"], secret)
    except DomainError as error:
        form.refuse(error)
        return _show(form), error.status
    flash("Password changed. You are signed out of every other browser.")
    return redirect(url_for("people.account"))


def _schema() -> SetPassword:
    has_password = current_session().get_one(Person, g.person).password_hash is not None
    return ChangePassword() if has_password else SetPassword()


def _show(form: Form) -> str:
    has_password = isinstance(form.schema, ChangePassword)
    return render_template("accounts/password.html", form=form, has_password=has_password)
