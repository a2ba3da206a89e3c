"""The second proof when signing in, and the page on which people set up what proves who they are."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from marketplace.accounts.entering import confirmed, enter, settings
from marketplace.accounts.factor_schemas import ConfirmApp, GiveCode, GiveRecoveryCode
from marketplace.kernel.decisions import any_person, awaiting_factor, fresh
from marketplace.kernel.errors import DomainError, InvalidState
from marketplace.kernel.fields import local
from marketplace.kernel.forms import Form
from marketplace.kernel.limits import limited
from marketplace.kernel.session import apart, current_session
from marketplace.people import authenticators, factors, passkeys, proving, recovery, services, single_sign_on
from marketplace.people.models import Person

pages = Blueprint("factors", __name__)


@pages.get("/sign-in/second")
@awaiting_factor
def ask() -> ResponseReturnValue:
    """Ask for the second proof, by whatever the person has set up."""
    return _ask(Form.of(GiveCode(), {"next": local(request.args.get("next", "/"))}))


@pages.post("/sign-in/second")
@limited
@awaiting_factor
def give_code() -> ResponseReturnValue:
    """Let the person in by a code of their app."""
    form = Form.posted(GiveCode())
    command = form.read()
    if command is None:
        return _ask(form), 422
    try:
        count_try(g.awaiting)
        proving.by_code(current_session(), g.awaiting, secret_key(), command["code"])
    except DomainError as error:
        form.refuse(error)
        return _ask(form), error.status
    return enter(current_session(), g.awaiting, command["next"], proved_twice=True)


@pages.post("/sign-in/second/recovery")
@limited
@awaiting_factor
def give_recovery_code() -> ResponseReturnValue:
    """Let the person in by a recovery code, which is then used up."""
    form = Form.posted(GiveRecoveryCode())
    command = form.read()
    if command is None:
        return _ask(form), 422
    try:
        count_try(g.awaiting)
        left = proving.by_recovery_code(current_session(), g.awaiting, command["recovery_code"])
    except DomainError as error:
        form.refuse(error)
        return _ask(form), error.status
    answer = enter(current_session(), g.awaiting, command["next"], proved_twice=True)
    flash(f"You used a recovery code. {recovery.words_left(left)}")
    return answer


@pages.get("/confirm/code")
@any_person
def confirm() -> ResponseReturnValue:
    """Ask for a code of the app, as proof that it is still the same person."""
    return _show_confirming(Form.of(GiveCode(), {"next": local(request.args.get("next", "/"))}))


@pages.post("/confirm/code")
@limited
@any_person
def confirm_by_code() -> ResponseReturnValue:
    """Take the code and go on to the page that was wanted."""
    form = Form.posted(GiveCode())
    command = form.read()
    if command is None:
        return _show_confirming(form), 422
    try:
        count_try(g.person)
        proving.by_code(current_session(), g.person, secret_key(), command["code"])
    except DomainError as error:
        form.refuse(error)
        return _show_confirming(form), error.status
    return confirmed(command["next"])


@pages.get("/account/security")
@any_person
def security() -> ResponseReturnValue:
    """What proves who the person is, and how to add to it."""
    session = current_session()
    return render_template(
        "accounts/security.html",
        has_password=session.get_one(Person, g.person).password_hash is not None,
        methods=factors.methods(session, g.person),
        is_readable=authenticators.is_readable(session, g.person, secret_key()),
        passkeys=passkeys.of_person(session, g.person),
        identities=single_sign_on.of_person(session, g.person),
        providers=settings().identity_providers,
    )


@pages.post("/account/security/app")
@fresh
@any_person
def begin_app() -> ResponseReturnValue:
    """Make a secret for an authenticator app."""
    authenticators.begin(current_session(), g.person, secret_key())
    return redirect(url_for("factors.app"))


@pages.get("/account/security/app")
@fresh
@any_person
def app() -> ResponseReturnValue:
    """Show the secret that was begun, as a QR code and in letters."""
    try:
        return _show_app(Form(ConfirmApp()))
    except InvalidState:  # it was confirmed in another tab, or the address was kept
        return redirect(url_for("factors.security"))


@pages.post("/account/security/app/confirm")
@limited
@fresh
@any_person
def confirm_app() -> ResponseReturnValue:
    """Let the app count; with the first one come recovery codes."""
    form = Form.posted(ConfirmApp())
    command = form.read()
    if command is None:
        return _show_app(form), 422
    session = current_session()
    try:
        authenticators.confirm(session, g.person, secret_key(), command["code"])
    except authenticators.WrongCode as error:
        form.refuse(error)
        return _show_app(form), error.status
    return after_adding("Your authenticator app is set up.")


@pages.get("/account/security/app/remove")
@fresh
@any_person
def remove_app() -> ResponseReturnValue:
    """Ask whether the app shall go, and say what that means."""
    return _show_removal("your authenticator app", url_for("factors.do_remove_app"))


@pages.post("/account/security/app/remove")
@fresh
@any_person
def do_remove_app() -> ResponseReturnValue:
    """Take the app away."""
    authenticators.remove(current_session(), g.person)
    return after_removing("Your authenticator app is removed.")


@pages.get("/account/security/recovery-codes")
@fresh
@any_person
def recovery_codes() -> ResponseReturnValue:
    """Say what new codes do to the old ones."""
    left = factors.methods(current_session(), g.person).recovery_codes
    return render_template("accounts/recovery_codes.html", left=left)


@pages.post("/account/security/recovery-codes")
@fresh
@any_person
def make_recovery_codes() -> ResponseReturnValue:
    """Make new codes and show them, this once."""
    if not factors.required(current_session(), g.person):
        return redirect(url_for("factors.security"))
    return show_codes("You have new recovery codes.")


def count_try(person_id: uuid.UUID) -> None:
    """TooManyTries, before a code is looked at; what is counted stays when the code is wrong."""
    if not apart(lambda session: proving.count_try(session, person_id)):
        raise proving.TooManyTries


def after_adding(sentence: str) -> ResponseReturnValue:
    """Sign other browsers out; with the first factor show recovery codes, else go back to the list."""
    services.end_other_sessions(current_session(), g.person, str(cookie["session"]))
    if factors.methods(current_session(), g.person).recovery_codes == 0:
        return show_codes(sentence)
    flash(f"{sentence} You are signed out of every other browser.")
    return redirect(url_for("factors.security"))


def after_removing(sentence: str) -> ResponseReturnValue:
    """Sign other browsers out and go back to the list."""
    recovery.forget(current_session(), g.person)
    services.end_other_sessions(current_session(), g.person, str(cookie["session"]))
    flash(f"{sentence} You are signed out of every other browser.")
    return redirect(url_for("factors.security"))


def show_codes(sentence: str) -> str:
    """New recovery codes in plain, which no other page ever shows."""
    codes = recovery.make(current_session(), g.person)
    return render_template("accounts/codes_made.html", sentence=sentence, codes=codes)


def secret_key() -> str:
    """What the secrets of authenticator apps are sealed with."""
    return settings().secret_key


def _ask(form: Form) -> str:
    """Whichever of the two forms was posted, the page shows both."""
    address = local(form.raw.get("next", "/"))
    is_recovery = isinstance(form.schema, GiveRecoveryCode)
    return render_template(
        "accounts/second.html",
        form=form,
        code_form=Form(GiveCode()) if is_recovery else form,
        recovery_form=form if is_recovery else Form(GiveRecoveryCode()),
        next=address,
        methods=factors.methods(current_session(), g.awaiting),
    )


def _show_confirming(form: Form) -> str:
    form.raw["next"] = local(form.raw.get("next", "/"))
    return render_template("accounts/confirm_code.html", form=form)


def _show_app(form: Form) -> str:
    import segno

    told = authenticators.enrolment(current_session(), g.person, secret_key())
    picture = segno.make(told.address).svg_data_uri(scale=5, dark="#0b0c0c", light="#fff")
    return render_template("accounts/app.html", form=form, secret=told.secret, picture=picture)


def _show_removal(what: str, address: str) -> str:
    has = factors.methods(current_session(), g.person)
    is_last = int(has.authenticator) + has.passkeys == 1
    return render_template("accounts/remove_factor.html", what=what, address=address, is_last=is_last)
