"""Passkeys: the questions that a page's script takes to the device, and the answers that it brings back.

A question is made by a POST of its own, since it is kept; it is answered once, and an answer that is wrong
has spent it too.
"""

from __future__ import annotations

import secrets
import uuid

from flask import Blueprint, Response, g, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from marketplace.accounts.entering import confirmed, enter, settings
from marketplace.accounts.factor_pages import after_adding, after_removing
from marketplace.accounts.factor_schemas import AddPasskey, AnswerOfDevice, NamePasskey
from marketplace.kernel.decisions import any_person, awaiting_factor, fresh, public
from marketplace.kernel.errors import DomainError
from marketplace.kernel.fields import local
from marketplace.kernel.forms import Form
from marketplace.kernel.limits import limited
from marketplace.kernel.session import apart, current_session
from marketplace.people import challenges, factors, passkeys
from marketplace.people.factor_models import Purpose
from marketplace.people.sites import Site

pages = Blueprint("passkeys", __name__)


@pages.app_context_processor
def _shown() -> dict[str, str]:
    """Where passkeys work, for every page with a button for them."""
    return {"passkey_origin": site().origin}


@pages.post("/sign-in/passkey/options")
@limited
@public
def sign_in_options() -> ResponseReturnValue:
    """Ask whichever passkey the device has for us; it tells whose it is."""
    return _ask(Purpose.SIGN_IN, None)


@pages.post("/sign-in/passkey")
@limited
@public
def sign_in() -> ResponseReturnValue:
    """Sign in by a passkey alone: the device has checked finger, face or PIN, so both proofs are given."""
    return _enter_by(Purpose.SIGN_IN, None)


@pages.post("/sign-in/second/passkey/options")
@limited
@awaiting_factor
def second_options() -> ResponseReturnValue:
    """Ask for a passkey of the person whose password was right."""
    return _ask(Purpose.SECOND, g.awaiting)


@pages.post("/sign-in/second/passkey")
@limited
@awaiting_factor
def second() -> ResponseReturnValue:
    """Let the person in by a passkey of theirs."""
    return _enter_by(Purpose.SECOND, g.awaiting)


@pages.post("/confirm/passkey/options")
@limited
@any_person
def confirm_options() -> ResponseReturnValue:
    """Ask for a passkey of whoever is signed in."""
    return _ask(Purpose.CONFIRM, g.person)


@pages.post("/confirm/passkey")
@limited
@any_person
def confirm() -> ResponseReturnValue:
    """Take a passkey as proof that it is still the same person."""
    return _enter_by(Purpose.CONFIRM, g.person)


@pages.get("/account/security/passkeys/new")
@fresh
@any_person
def new() -> ResponseReturnValue:
    """Ask for a name, then let the device make a passkey."""
    return _show_new(Form(NamePasskey()))


@pages.post("/account/security/passkeys/options")
@limited
@fresh
@any_person
def new_options() -> ResponseReturnValue:
    """What the device is to make."""
    session, browser = current_session(), _browser()
    challenge = challenges.ask(session, Purpose.REGISTER, browser, g.person)
    options = passkeys.registration_options(session, g.person, site(), challenge)
    return Response(options, mimetype="application/json")


@pages.post("/account/security/passkeys")
@limited
@fresh
@any_person
def add() -> ResponseReturnValue:
    """Keep the passkey that the device made."""
    form = Form.posted(AddPasskey())
    command = form.read()
    if command is None:
        return _show_new(form), 422
    try:
        challenge = _spend(Purpose.REGISTER, g.person, command["answer"])
        passkeys.register(current_session(), g.person, site(), challenge, **command)
    except DomainError as error:
        form.refuse(error)
        return _show_new(form), error.status
    return after_adding("Your passkey is added.")


@pages.get("/account/security/passkeys/<uuid:passkey_id>/remove")
@fresh
@any_person
def remove(passkey_id: uuid.UUID) -> ResponseReturnValue:
    """Ask whether a passkey shall go, and say what that means."""
    one = passkeys.own(current_session(), g.person, passkey_id)
    has = factors.methods(current_session(), g.person)
    return render_template(
        "accounts/remove_factor.html",
        what=f"the passkey {one.name}",
        address=url_for("passkeys.do_remove", passkey_id=one.id),
        is_last=int(has.authenticator) + has.passkeys == 1,
    )


@pages.post("/account/security/passkeys/<uuid:passkey_id>/remove")
@fresh
@any_person
def do_remove(passkey_id: uuid.UUID) -> ResponseReturnValue:
    """Take a passkey away."""
    passkeys.remove(current_session(), g.person, passkey_id)
    return after_removing("Your passkey is removed.")


def site() -> Site:
    """For whom passkeys are: the address that people use, whatever a request calls its host."""
    return Site.at(settings().public_url)


def _ask(purpose: Purpose, person_id: uuid.UUID | None) -> Response:
    session, browser = current_session(), _browser()
    challenge = challenges.ask(session, purpose, browser, person_id)
    options = passkeys.answer_options(session, person_id, site(), challenge)
    return Response(options, mimetype="application/json")


def _enter_by(purpose: Purpose, person_id: uuid.UUID | None) -> ResponseReturnValue:
    form = Form.posted(AnswerOfDevice())
    command = form.read()
    address = local(request.form.get("next", "/"))
    if command is None:
        return _say_no(form, address), 422
    try:
        challenge = _spend(purpose, person_id, command["answer"])
        found = passkeys.check(current_session(), person_id, site(), challenge, command["answer"])
    except DomainError as error:
        form.refuse(error)
        return _say_no(form, address), error.status
    if purpose is Purpose.CONFIRM:
        return confirmed(command["next"])
    return enter(current_session(), found, command["next"], proved_twice=True)


def _spend(purpose: Purpose, person_id: uuid.UUID | None, answer: str) -> str:
    """The challenge that an answer is for, which nobody answers again; TooLate when it is another's."""
    challenge, browser = passkeys.challenge_in(answer), _browser()
    asked = apart(lambda session: challenges.spend(session, purpose, browser, challenge))
    if asked != person_id:
        raise challenges.TooLate
    return challenge


def _browser() -> str:
    """A secret that this browser alone holds: its session's, or before signing in one of its own."""
    if "session" in cookie:
        return str(cookie["session"])
    return str(cookie.setdefault("browser", secrets.token_urlsafe(32)))


def _show_new(form: Form) -> str:
    return render_template("accounts/new_passkey.html", form=form)


def _say_no(form: Form, address: str) -> str:
    """What was wrong, and the way back to try again or another way."""
    back = url_for("people.sign_in", next=address)
    if "awaiting" in g:
        back = url_for("factors.ask", next=address)
    elif "person" in g:
        back = url_for("confirming.confirm", next=address)
    return render_template("accounts/passkey_refused.html", form=form, back=back)
