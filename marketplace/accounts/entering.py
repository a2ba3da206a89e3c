"""A browser's session: what every way to sign in, and every new proof of who somebody is, ends with."""

from __future__ import annotations

import uuid

from flask import current_app, g, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from marketplace.kernel.fields import local
from marketplace.kernel.session import current_session
from marketplace.kernel.settings import Settings
from marketplace.people import factors, services


def enter(
    session: Session, person_id: uuid.UUID, address: str, *, proved_twice: bool = False
) -> ResponseReturnValue:
    """Open a new session, end the one that this browser had, and go on to an address within Sharewell.

    Somebody with a second factor goes on to that first, unless they have proved it too. The cookie is new as
    well: nothing that was planted in it before is kept, but the organisation that the person acts for.
    """
    before = services.session_of(session, str(cookie.get("session", "")))
    chosen = cookie.get("organisation") if before is not None and before.person_id == person_id else None
    services.sign_out(session, str(cookie.get("session", "")))
    owes = not proved_twice and factors.required(session, person_id)
    agent, network = request.user_agent.string, request.remote_addr
    secret = services.open_session(session, person_id, agent, network, awaits_factor=owes)
    cookie.clear()
    cookie["session"] = secret
    if chosen:
        cookie["organisation"] = chosen
    return redirect(url_for("factors.ask", next=local(address)) if owes else local(address))


def confirmed(address: str) -> ResponseReturnValue:
    """The person of this browser has proved again who they are: go on, under a new session secret."""
    cookie["session"] = services.confirm(current_session(), g.browser)
    return redirect(local(address))


def settings() -> Settings:
    """The settings of the application that answers."""
    found: Settings = current_app.extensions["settings"]
    return found
