"""Signing in and out, and where one is signed in."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from marketplace.accounts.entering import enter, settings
from marketplace.accounts.schemas import DemonstrationSignIn, EndEverywhere, EndSession, SignIn
from marketplace.kernel.decisions import any_person, public
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.fields import local
from marketplace.kernel.forms import KEPT, Form
from marketplace.kernel.limits import limit_account, limited
from marketplace.kernel.session import current_session
from marketplace.people import factors, services
from marketplace.people.browsers import described
from marketplace.people.models import Person

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
    limit_account("sign-in", command["email"])
    try:
        person = services.prove_by_password(current_session(), command["email"], command["password"])
    except DomainError as error:
        form.refuse(error)
        return _show(form), error.status
    return enter(current_session(), person.id, command["next"])


@pages.post("/sign-in/demonstration")
@public
def sign_in_demonstration() -> ResponseReturnValue:
    """Become one of the demonstration's people; elsewhere the address does not exist."""
    command = Form.posted(DemonstrationSignIn()).read()
    if not settings().demo or command is None:
        raise NotFound
    person = services.demonstration_person(current_session(), command["person_id"])
    return enter(current_session(), person.id, command["next"])


@pages.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    services.sign_out(current_session(), str(cookie.get("session", "")))
    cookie.clear()
    return redirect("/")


@pages.get("/account")
@any_person
def account() -> ResponseReturnValue:
    """Who the person is, how they prove it, and where they are signed in."""
    session = current_session()
    return render_template(
        "accounts/account.html",
        person=session.get_one(Person, g.person),
        methods=factors.methods(session, g.person),
        sessions=services.live_sessions(session, g.person),
        tokens=services.live_tokens(session, g.person),
        described=described,
        this=g.browser.id,
        form=Form.of(EndEverywhere(), {"tokens": True}),
    )


@pages.post("/account/sessions/end")
@any_person
def end_session() -> ResponseReturnValue:
    """Sign one of the person's browsers out."""
    command = Form.posted(EndSession()).read()
    if command is None:
        raise NotFound
    services.revoke_session(current_session(), g.person, command["session_id"])
    flash("That browser is signed out")
    return redirect(url_for("people.account"))


@pages.post("/account/sessions/end-others")
@any_person
def end_other_sessions() -> ResponseReturnValue:
    """Sign the person out in every browser but this one."""
    services.end_other_sessions(current_session(), g.person, str(cookie["session"]))
    flash("You are signed out of every other browser")
    return redirect(url_for("people.account"))


@pages.post("/account/sessions/end-all")
@any_person
def end_all_sessions() -> ResponseReturnValue:
    """Sign the person out everywhere, here too; if they wish, their programs end as well."""
    command = Form.posted(EndEverywhere()).read() or {}
    services.revoke_sessions(current_session(), g.person)
    ended = services.revoke_tokens(current_session(), g.person) if command.get("tokens") else 0
    cookie.clear()
    flash("You are signed out everywhere" + (", and your tokens have ended" if ended else ""))
    return redirect(url_for("people.sign_in"))


def _show(form: Form) -> str:
    people: list[Person] = services.demonstration_people(current_session()) if settings().demo else []
    is_kept = f"{KEPT}=" in urlsplit(form.raw.get("next", "")).query
    return render_template("accounts/sign_in.html", form=form, people=people, is_kept=is_kept)
