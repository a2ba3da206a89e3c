"""Signing in by the word of another site, and linking an account there to one's own.

The browser goes there and comes back by GET; what it brings back is checked with the other site before
anything is written.
"""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from marketplace.accounts.entering import enter, settings
from marketplace.accounts.factor_pages import after_removing
from marketplace.kernel.decisions import any_person, fresh, public
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.fields import local
from marketplace.kernel.identity_providers import IdentityProvider
from marketplace.kernel.limits import limited
from marketplace.kernel.session import apart, begin_writing, close_session, current_session
from marketplace.people import challenges, providers, services, single_sign_on
from marketplace.people.factor_models import Purpose
from marketplace.people.providers import Claim, NotBelieved, Secrets

pages = Blueprint("single_sign_on", __name__)
LONGEST_CODE = 4_000


@pages.app_context_processor
def _shown() -> dict[str, Any]:
    """The buttons of the sign-in page."""
    return {"identity_providers": settings().identity_providers}


@pages.get("/sign-in/with/<key>")
@limited
@public
def begin(key: str) -> ResponseReturnValue:
    """Send the browser to another site to sign in there."""
    address = local(request.args.get("next", "/"))
    return _begin(_provider(key), Purpose.SINGLE_SIGN_ON, None, address)


@pages.get("/account/security/link/<key>")
@limited
@fresh
@any_person
def begin_link(key: str) -> ResponseReturnValue:
    """Send the browser to another site, to link the account there."""
    return _begin(_provider(key), Purpose.LINK, g.person, url_for("factors.security"))


@pages.get("/sign-in/with/<key>/return")
@limited
@public
def come_back(key: str) -> ResponseReturnValue:
    """Let in whom the other site names, or link that account to who is signed in here."""
    provider, begun = _provider(key), cookie.pop("begun", None)
    try:
        claim = _claim(provider, begun)
        begin_writing()
        if begun["purpose"] == Purpose.LINK.value:
            return _link(provider, claim)
        person_id = single_sign_on.person_of(current_session(), provider, claim)
    except DomainError as error:
        is_unknown = isinstance(error, single_sign_on.NoAccount)
        page = "accounts/no_account.html" if is_unknown else "accounts/not_let_in.html"
        return render_template(page, provider=provider, sentence=error.sentence), error.status
    return enter(current_session(), person_id, begun["next"], proved_twice=claim.has_two_factors)


@pages.post("/account/security/identities/<uuid:identity_id>/unlink")
@fresh
@any_person
def unlink(identity_id: uuid.UUID) -> ResponseReturnValue:
    """End the link to an account at another site."""
    session = current_session()
    names = {one.issuer: one.name for one in settings().identity_providers}
    single_sign_on.unlink(session, g.person, identity_id, names)
    return after_removing("The account is unlinked.")


def _begin(
    provider: IdentityProvider, purpose: Purpose, person_id: uuid.UUID | None, address: str
) -> ResponseReturnValue:
    """Keep what the answer must carry; the other site is asked outside any unit of work."""
    browser = secrets.token_urlsafe(32)
    close_session()
    state = apart(lambda session: challenges.ask(session, purpose, browser, person_id))
    told = Secrets(state, secrets.token_urlsafe(32), secrets.token_urlsafe(48))
    try:
        there = providers.begin(provider, told, _return_address(provider))
    except DomainError as error:
        page = render_template("accounts/not_let_in.html", provider=provider, sentence=error.sentence)
        return page, error.status
    cookie["begun"] = {
        "provider": provider.key,
        "purpose": purpose.value,
        "browser": browser,
        "nonce": told.nonce,
        "verifier": told.verifier,
        "next": address,
    }
    return redirect(there)


def _claim(provider: IdentityProvider, begun: Any) -> Claim:
    """What the other site says, when this browser asked it for this and nobody used the answer before."""
    state, code = request.args.get("state", ""), request.args.get("code", "")
    if not isinstance(begun, dict) or begun["provider"] != provider.key:
        raise challenges.TooLate
    purpose, browser = Purpose(begun["purpose"]), begun["browser"]
    asked = apart(lambda session: challenges.spend(session, purpose, browser, state))
    if asked != (g.get("person") if purpose is Purpose.LINK else None):
        raise challenges.TooLate
    if request.args.get("iss", provider.issuer) != provider.issuer or not 0 < len(code) <= LONGEST_CODE:
        raise NotBelieved(provider)
    close_session()
    told = Secrets(state, begun["nonce"], begun["verifier"])
    return providers.finish(provider, told, _return_address(provider), code)


def _link(provider: IdentityProvider, claim: Claim) -> ResponseReturnValue:
    single_sign_on.link(current_session(), g.person, provider, claim)
    services.end_other_sessions(current_session(), g.person, str(cookie["session"]))
    flash(f"Your {provider.name} account can sign you in. You are signed out of every other browser.")
    return redirect(url_for("factors.security"))


def _return_address(provider: IdentityProvider) -> str:
    """The address that the operator registered with the provider; no request's host has a say in it."""
    return settings().public_url + url_for("single_sign_on.come_back", key=provider.key)


def _provider(key: str) -> IdentityProvider:
    found = next((one for one in settings().identity_providers if one.key == key), None)
    if found is None:
        raise NotFound
    return found
