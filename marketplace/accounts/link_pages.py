"""Signing in by an e-mailed link, and choosing a new password by one."""

from __future__ import annotations

from flask import Blueprint, Response, flash, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.accounts import services
from marketplace.accounts.entering import enter
from marketplace.accounts.schemas import AskForLink, Onwards, SetPassword
from marketplace.kernel.decisions import public
from marketplace.kernel.errors import DomainError
from marketplace.kernel.fields import local
from marketplace.kernel.forms import Form
from marketplace.kernel.limits import limit_account, limited
from marketplace.kernel.session import current_session
from marketplace.people import links
from marketplace.people.links import LinkEnded

pages = Blueprint("links", __name__)


@pages.after_request
def keep_nothing(response: Response) -> Response:
    """What a secret opens stays in no cache."""
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/sign-in/link")
@public
def ask_to_sign_in() -> ResponseReturnValue:
    """The address to which the link shall go."""
    form = Form.of(AskForLink(), {"next": local(request.args.get("next", "/"))})
    return render_template("accounts/ask_for_link.html", form=form, asks_for="sign-in")


@pages.post("/sign-in/link")
@limited
@public
def mail_sign_in_link() -> ResponseReturnValue:
    """Send the link; the answer is the same whether the address has an account or not."""
    form = Form.posted(AskForLink())
    command = form.read()
    if command is None:
        return render_template("accounts/ask_for_link.html", form=form, asks_for="sign-in"), 422
    limit_account("link", command["email"])
    services.mail_sign_in_link(current_session(), command["email"], command["next"])
    return render_template("accounts/link_sent.html", email=command["email"], minutes="15 minutes")


@pages.get("/sign-in/link/<secret>")
@public
def sign_in_link(secret: str) -> ResponseReturnValue:
    """Whose link it is, and a button: programs that look at e-mail open links, people press buttons."""
    try:
        found = links.find(current_session(), services.SIGN_IN, secret)
    except LinkEnded as error:
        return _ended(error)
    form = Form.of(Onwards(), {"next": local(request.args.get("next", "/"))})
    return render_template("accounts/sign_in_link.html", form=form, email=found.email)


@pages.post("/sign-in/link/<secret>")
@limited
@public
def use_sign_in_link(secret: str) -> ResponseReturnValue:
    """Open a session for whom the link was sent to."""
    command = Form.posted(Onwards()).read() or {"next": "/"}
    try:
        person_id = services.person_of_sign_in_link(current_session(), secret)
    except LinkEnded as error:
        return _ended(error)
    return enter(current_session(), person_id, command["next"])


@pages.get("/reset-password")
@public
def ask_for_reset() -> ResponseReturnValue:
    """The address of the account whose password was forgotten."""
    return render_template("accounts/ask_for_link.html", form=Form.of(AskForLink(), {}), asks_for="reset")


@pages.post("/reset-password")
@limited
@public
def mail_reset_link() -> ResponseReturnValue:
    """Send the link; the answer is the same whether the address has an account or not."""
    form = Form.posted(AskForLink())
    command = form.read()
    if command is None:
        return render_template("accounts/ask_for_link.html", form=form, asks_for="reset"), 422
    limit_account("reset", command["email"])
    services.mail_reset_link(current_session(), command["email"])
    return render_template("accounts/link_sent.html", email=command["email"], minutes="an hour")


@pages.get("/reset-password/<secret>")
@public
def new_password(secret: str) -> ResponseReturnValue:
    """The new password."""
    try:
        links.find(current_session(), services.RESET, secret)
    except LinkEnded as error:
        return _ended(error)
    return render_template("accounts/reset_password.html", form=Form.of(SetPassword(), {}))


@pages.post("/reset-password/<secret>")
@limited
@public
def reset_password(secret: str) -> ResponseReturnValue:
    """Set it, sign every browser out, and this one in."""
    form = Form.posted(SetPassword())
    command = form.read()
    if command is None:
        return render_template("accounts/reset_password.html", form=form), 422
    try:
        person_id = services.reset_password(current_session(), secret, command["new_password"])
    except LinkEnded as error:
        return _ended(error)
    except DomainError as error:
        form.refuse(error)
        return render_template("accounts/reset_password.html", form=form), error.status
    answer = enter(current_session(), person_id, "/")
    flash("Password changed. You were signed out of every other browser.")  # in the new cookie
    return answer


def _ended(error: LinkEnded) -> ResponseReturnValue:
    return render_template("accounts/link_ended.html", sentence=error.sentence), error.status
