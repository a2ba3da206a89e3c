"""Signing in and out, and where one is signed in."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from marketplace.kernel.decisions import public, signed_in
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.fields import local
from marketplace.kernel.forms import Form
from marketplace.kernel.limits import limited
from marketplace.kernel.session import current_session
from marketplace.kernel.settings import Settings
from marketplace.people import services
from marketplace.people.browsers import described
from marketplace.people.models import Person
from marketplace.trusts.schemas import ChangePassword, DemonstrationSignIn, EndSession, EndToken, SignIn

pages = Blueprint("people", __name__)


@pages.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """E-mail and password; in the demonstration also its people as buttons."""
    return _show(Form.of(SignIn(), {"next": local(request.args.get("next", "/"))}))


@pages.post("/sign-in")
@limited
@public
def do_sign_in() -> ResponseReturnValue:
    """Open a session, or say that address or password is wrong."""
    form = Form.posted(SignIn())
    command = form.read()
    if command is None:
        return _show(form), 422
    try:
        secret = services.sign_in(
            current_session(), command["email"], command["password"], request.user_agent.string
        )
    except DomainError as error:
        form.refuse(error)
        return _show(form), error.status
    return _enter(secret, command["next"])


@pages.post("/sign-in/demonstration")
@public
def sign_in_demonstration() -> ResponseReturnValue:
    """Become one of the demonstration's people; elsewhere the address does not exist."""
    form = Form.posted(DemonstrationSignIn())
    command = form.read()
    if not _settings().demo or command is None:
        raise NotFound
    secret = services.sign_in_demonstration(
        current_session(), command["person_id"], request.user_agent.string
    )
    return _enter(secret, command["next"])


@pages.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    services.sign_out(current_session(), str(cookie.get("session", "")))
    cookie.clear()
    return redirect("/")


@pages.get("/account")
@signed_in
def account() -> ResponseReturnValue:
    """Where the person is signed in, the tokens of their programs, and their password."""
    return _show_account(Form.of(ChangePassword(), {}))


@pages.post("/account/password")
@limited
@signed_in
def change_password() -> ResponseReturnValue:
    """Set a new password; other browsers are signed out."""
    form = Form.posted(ChangePassword())
    command = form.read()
    if command is None:
        return _show_account(form), 422
    try:
        services.change_password(current_session(), g.person, **command, kept_secret=str(cookie["session"]))
    except DomainError as error:
        form.refuse(error)
        return _show_account(form), error.status
    flash("Password changed. You are signed out of every other browser.")
    return redirect(url_for("people.account"))


@pages.post("/account/sessions/end")
@signed_in
def end_session() -> ResponseReturnValue:
    """Sign one of the person's browsers out."""
    command = Form.posted(EndSession()).read()
    if command is None:
        raise NotFound
    services.revoke_session(current_session(), g.person, command["session_id"])
    flash("That browser is signed out")
    return redirect(url_for("people.account"))


@pages.post("/account/tokens/end")
@signed_in
def end_token() -> ResponseReturnValue:
    """Shut one of the person's programs out."""
    command = Form.posted(EndToken()).read()
    if command is None:
        raise NotFound
    services.revoke_token(current_session(), g.person, command["token_id"])
    flash("That token no longer works")
    return redirect(url_for("people.account"))


@pages.post("/account/sessions/end-all")
@signed_in
def end_all_sessions() -> ResponseReturnValue:
    """Sign the person out everywhere, here too."""
    services.revoke_sessions(current_session(), g.person)
    cookie.clear()
    flash("You are signed out everywhere")
    return redirect(url_for("people.sign_in"))


def _enter(secret: str, address: str) -> ResponseReturnValue:
    """A new cookie, so that nothing an attacker planted before signing in is kept."""
    cookie.clear()
    cookie["session"] = secret
    return redirect(address)


def _show(form: Form) -> str:
    form.raw.pop("password", None)  # what was typed is kept, but a password is never sent back
    people: list[Person] = services.demonstration_people(current_session()) if _settings().demo else []
    return render_template("people/sign_in.html", form=form, people=people)


def _show_account(form: Form) -> str:
    form.raw.clear()  # a password is never sent back
    session = current_session()
    return render_template(
        "people/account.html",
        form=form,
        has_password=session.get_one(Person, g.person).password_hash is not None,
        sessions=services.live_sessions(session, g.person),
        tokens=services.live_tokens(session, g.person),
        described=described,
        this_digest=services.digest(str(cookie["session"])),
    )


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
