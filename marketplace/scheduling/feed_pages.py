"""The address that calendar programs read: make it, make it anew, revoke it; and the calendar itself."""

from __future__ import annotations

import hashlib
import uuid

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.decisions import public, signed_in
from marketplace.kernel.fields import Command
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.kernel.settings import Settings
from marketplace.scheduling import feeds
from marketplace.trusts.guard import current_actor

pages = Blueprint("calendars", __name__, url_prefix="/calendars")


@pages.get("")
@signed_in
def own() -> ResponseReturnValue:
    """Your address for the organisation that you act for."""
    link = feeds.own_link(current_session(), current_actor())
    address = None if link is None else f"{_settings().public_url}{_path(link.id)}"
    return render_template("scheduling/calendar_link.html", address=address, form=Form(Command()))


@pages.post("/renew")
@signed_in
def renew() -> ResponseReturnValue:
    """A new address, in place of the one before."""
    session, actor = current_session(), current_actor()
    had_one = feeds.own_link(session, actor) is not None
    feeds.renew_link(session, actor)
    before = " The one before it does not work any more." if had_one else ""
    flash(f"You have a new calendar address.{before}")
    return redirect(url_for("calendars.own"))


@pages.post("/end")
@signed_in
def end() -> ResponseReturnValue:
    """No address any more."""
    feeds.end_link(current_session(), current_actor())
    flash("Your calendar address does not work any more.")
    return redirect(url_for("calendars.own"))


@pages.get("/<uuid:link_id>/<signed>.ics")
@public
def calendar(link_id: uuid.UUID, signed: str) -> ResponseReturnValue:
    """What the owner of the address may see, for a program without cookies."""
    session = current_session()
    actor = feeds.open_link(session, _settings().secret_key, link_id, signed)
    found = feeds.entries(session, actor)
    name = f"Sharewell: {actor.organisation_name}"
    content = feeds.written(found, name, _settings().public_url)
    response = Response(content, mimetype="text/calendar")
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, max-age=900"
    return response.make_conditional(request)


def _path(link_id: uuid.UUID) -> str:
    signed = feeds.signature(_settings().secret_key, link_id)
    return url_for("calendars.calendar", link_id=link_id, signed=signed)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
