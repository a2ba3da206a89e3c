"""Partnerships, page by page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from marketplace.kernel.decisions import signed_in
from marketplace.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from marketplace.kernel.forms import Form
from marketplace.kernel.http import after
from marketplace.kernel.session import current_session
from marketplace.partnerships import queries, services
from marketplace.partnerships.schemas import THEME_WORDS, EndMembership, Invite, PurposeInput
from marketplace.partnerships.services import DECIDERS, Purpose
from marketplace.trusts.access import Actor
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.partnership_models import PartnershipMembership

pages = Blueprint("partnerships", __name__, url_prefix="/partnerships")
Answer = Callable[[Session, Actor, uuid.UUID], PartnershipMembership]


@pages.context_processor
def words() -> dict[str, Any]:
    """The words of themes for the templates."""
    return {"theme_words": THEME_WORDS}


@pages.get("")
@signed_in
def partnerships() -> ResponseReturnValue:
    """Every partnership, the own ones first."""
    session, actor = current_session(), current_actor()
    return render_template(
        "partnerships/partnerships.html",
        page=queries.partnerships(session, actor, after()),
        own=queries.own_partnerships(session, actor),
        may_found=actor.has(*DECIDERS) and actor.kind in services.MEMBERS,
    )


@pages.get("/new")
@roles(*DECIDERS)
def new() -> ResponseReturnValue:
    """What is it for?"""
    return _show_purpose(Form.of(PurposeInput(), {}))


@pages.post("/new")
@roles(*DECIDERS)
def found() -> ResponseReturnValue:
    """Found it."""
    form = Form.posted(PurposeInput())
    command = form.read()
    if command is None:
        return _show_purpose(form), 422
    try:
        partnership = services.found_partnership(current_session(), current_actor(), Purpose(**command))
    except Refused as error:
        form.refuse(error)
        return _show_purpose(form), error.status
    flash("Partnership founded. Invite its members.")
    return redirect(url_for("partnerships.partnership", partnership_id=partnership.id))


@pages.get("/<uuid:partnership_id>")
@signed_in
def partnership(partnership_id: uuid.UUID) -> ResponseReturnValue:
    """What it is for, its members, and what this person may do."""
    return _show(partnership_id, Form(Invite()))


@pages.get("/<uuid:partnership_id>/change")
@roles(*DECIDERS)
def change(partnership_id: uuid.UUID) -> ResponseReturnValue:
    """Its name and description, filled; for its founder."""
    return _show_purpose(Form.of(PurposeInput(), _founded(partnership_id)), partnership_id)


@pages.post("/<uuid:partnership_id>/change")
@roles(*DECIDERS)
def save(partnership_id: uuid.UUID) -> ResponseReturnValue:
    """Keep its name and description."""
    _founded(partnership_id)
    form = Form.posted(PurposeInput())
    command = form.read()
    if command is None:
        return _show_purpose(form, partnership_id), 422
    try:
        services.describe_partnership(current_session(), current_actor(), partnership_id, Purpose(**command))
    except Refused as error:
        form.refuse(error)
        return _show_purpose(form, partnership_id), error.status
    flash("Partnership saved.")
    return redirect(url_for("partnerships.partnership", partnership_id=partnership_id))


@pages.post("/<uuid:partnership_id>/invitations")
@roles(*DECIDERS)
def invite(partnership_id: uuid.UUID) -> ResponseReturnValue:
    """Invite a trust."""
    _founded(partnership_id)
    form = Form.posted(Invite())
    command = form.read()
    if command is None:
        return _show(partnership_id, form), 422
    try:
        services.invite(current_session(), current_actor(), partnership_id, command["identifier"])
    except (Refused, Conflict) as error:
        form.refuse(error)
        return _show(partnership_id, form), error.status
    flash("Invitation sent.")
    return redirect(url_for("partnerships.partnership", partnership_id=partnership_id))


@pages.post("/memberships/<uuid:membership_id>/accept")
@roles(*DECIDERS)
def accept(membership_id: uuid.UUID) -> ResponseReturnValue:
    """Be a member from today on."""
    return _answered(services.accept, membership_id, "Your trust is a member from today.")


@pages.post("/memberships/<uuid:membership_id>/decline")
@roles(*DECIDERS)
def decline(membership_id: uuid.UUID) -> ResponseReturnValue:
    """Say no."""
    return _answered(services.decline, membership_id, "Invitation declined.")


@pages.post("/memberships/<uuid:membership_id>/withdraw")
@roles(*DECIDERS)
def withdraw(membership_id: uuid.UUID) -> ResponseReturnValue:
    """As the founder, take an invitation back."""
    return _answered(services.withdraw, membership_id, "Invitation withdrawn.")


@pages.get("/memberships/<uuid:membership_id>/hand-over")
@roles(*DECIDERS)
def ask_hand_over(membership_id: uuid.UUID) -> ResponseReturnValue:
    """Shall this member run the partnership?"""
    row = queries.membership(current_session(), current_actor(), membership_id)
    _founded(row.partnership_id)
    return render_template("partnerships/hand_over.html", row=row)


@pages.post("/memberships/<uuid:membership_id>/hand-over")
@roles(*DECIDERS)
def hand_over(membership_id: uuid.UUID) -> ResponseReturnValue:
    """As the founder, let this member run it from now on."""
    partnership = services.hand_over(current_session(), current_actor(), membership_id)
    flash("Partnership handed over. Your trust stays a member.")
    return redirect(url_for("partnerships.partnership", partnership_id=partnership.id))


@pages.get("/memberships/<uuid:membership_id>/end")
@roles(*DECIDERS)
def ask_end(membership_id: uuid.UUID) -> ResponseReturnValue:
    """Which is the last day?"""
    return _show_end(Form.of(EndMembership(), {}), membership_id)


@pages.post("/memberships/<uuid:membership_id>/end")
@roles(*DECIDERS)
def end(membership_id: uuid.UUID) -> ResponseReturnValue:
    """Leave, or as the founder remove."""
    session, actor, form = current_session(), current_actor(), Form.posted(EndMembership())
    command = form.read()
    if command is None:
        return _show_end(form, membership_id), 422
    is_own = queries.membership(session, actor, membership_id).organisation_id == actor.organisation_id
    try:
        service = services.leave if is_own else services.remove
        membership = service(session, actor, membership_id, command["ends_on"])
    except (Refused, NotPermitted) as error:
        form.refuse(error)
        return _show_end(form, membership_id), error.status
    flash("The membership ends on that day.")
    return redirect(url_for("partnerships.partnership", partnership_id=membership.partnership_id))


def _founded(partnership_id: uuid.UUID) -> Any:
    """A partnership that the actor's trust founded; NotFound for another's, whatever was typed."""
    view = queries.partnership_view(current_session(), current_actor(), partnership_id)
    if not view.is_founder:
        raise NotFound
    return view.partnership


def _answered(service: Answer, membership_id: uuid.UUID, done: str) -> ResponseReturnValue:
    membership = service(current_session(), current_actor(), membership_id)
    flash(done)
    return redirect(url_for("partnerships.partnership", partnership_id=membership.partnership_id))


def _show(partnership_id: uuid.UUID, form: Form) -> str:
    actor = current_actor()
    view = queries.partnership_view(current_session(), actor, partnership_id)
    decides = actor.has(*DECIDERS)
    return render_template("partnerships/partnership.html", view=view, form=form, decides=decides)


def _show_purpose(form: Form, partnership_id: uuid.UUID | None = None) -> str:
    return render_template("partnerships/purpose.html", form=form, partnership_id=partnership_id)


def _show_end(form: Form, membership_id: uuid.UUID) -> str:
    row = queries.membership(current_session(), current_actor(), membership_id)
    return render_template("partnerships/end.html", form=form, row=row)
