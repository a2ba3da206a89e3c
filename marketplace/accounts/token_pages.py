"""The tokens with which a person's programs use the JSON API."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import queries
from marketplace.accounts.schemas import EndToken, MakeToken
from marketplace.kernel.decisions import any_person, fresh, signed_in
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.people import factor_changes, services
from marketplace.people.scopes import SCOPE_WORDS, parsed
from marketplace.people.services import TOKEN_LASTS, NewToken

pages = Blueprint("tokens", __name__)


@pages.get("/account/tokens")
@any_person
def tokens() -> ResponseReturnValue:
    """What acts for the person, since when and for how long."""
    found = queries.tokens(current_session(), g.person)
    return render_template("accounts/tokens.html", tokens=found, parsed=parsed, words=SCOPE_WORDS)


@pages.get("/account/tokens/new")
@fresh
@signed_in
def new_token() -> ResponseReturnValue:
    """What it is for, what it may do, and for how long."""
    return render_template("accounts/new_token.html", form=Form.of(MakeToken(), {"days": TOKEN_LASTS.days}))


@pages.post("/account/tokens/new")
@fresh
@signed_in
def make_token() -> ResponseReturnValue:
    """Make it and show it, this once."""
    form = Form.posted(MakeToken())
    command = form.read()
    if command is None:
        return render_template("accounts/new_token.html", form=form), 422
    lasts = timedelta(days=command["days"])
    new = NewToken(command["name"], frozenset(command["scopes"]), lasts, g.actor.organisation_id)
    try:
        secret = services.issue_token(current_session(), g.person, new)
    except DomainError as error:
        form.refuse(error)
        return render_template("accounts/new_token.html", form=form), error.status
    factor_changes.tell_of_token(current_session(), g.person, new.name)
    return render_template("accounts/token.html", secret=secret, name=new.name)


@pages.post("/account/tokens/end")
@any_person
def end_token() -> ResponseReturnValue:
    """Shut one of the person's programs out."""
    command = Form.posted(EndToken()).read()
    if command is None:
        raise NotFound
    services.revoke_token(current_session(), g.person, command["token_id"])
    flash("That token no longer works")
    return redirect(url_for("tokens.tokens"))
