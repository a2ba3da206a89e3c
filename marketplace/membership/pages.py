"""People and roles: who belongs to the organisation, invitations, claims that wait, leaving as a person."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel import clock
from marketplace.kernel.decisions import fresh, signed_in
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.membership import claiming, inviting, queries, staffing
from marketplace.membership.schemas import Admit, ChangeRoles, Invite, Refuse
from marketplace.membership.states import parsed
from marketplace.trusts import queries as trusts
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import ROLE_HINTS, ROLE_WORDS, Role, roles_of

pages = Blueprint("membership", __name__)


@pages.get("/trust/people")
@signed_in
def people() -> ResponseReturnValue:
    """Who belongs to the actor's organisation; to an administrator also who is invited or claims to."""
    session, actor = current_session(), current_actor()
    administers = actor.has(Role.ADMINISTRATOR)
    return render_template(
        "membership/people.html",
        members=trusts.members(session, actor),
        invitations=queries.invitations(session, actor) if administers else (),
        claims=queries.claims_to_decide(session, actor) if administers else (),
        is_alone=queries.needs_second_administrator(session, actor),
        administers=administers,
        now=clock.now(),
        **words(),
    )


@pages.get("/trust/people/invite")
@fresh
@roles(Role.ADMINISTRATOR)
def invite() -> ResponseReturnValue:
    """Whom to invite, and with which roles."""
    return _show_invite(Form.of(Invite(), {}))


@pages.post("/trust/people/invite")
@fresh
@roles(Role.ADMINISTRATOR)
def do_invite() -> ResponseReturnValue:
    """Send the invitation."""
    form = Form.posted(Invite())
    command = form.read()
    if command is None:
        return _show_invite(form), 422
    try:
        inviting.invite(current_session(), current_actor(), **command)
    except DomainError as error:
        form.refuse(error)
        return _show_invite(form), error.status
    flash(f"Invitation sent to {command['email']}")
    return redirect(url_for("membership.people"))


@pages.post("/trust/people/invitations/<uuid:invitation_id>/send-again")
@fresh
@roles(Role.ADMINISTRATOR)
def send_again(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Send a new letter; the older one ends."""
    inviting.send_again(current_session(), current_actor(), invitation_id)
    flash("Invitation sent again. The link in the earlier email has ended.")
    return redirect(url_for("membership.people"))


@pages.post("/trust/people/invitations/<uuid:invitation_id>/revoke")
@fresh
@roles(Role.ADMINISTRATOR)
def revoke(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Let nobody accept it any more."""
    inviting.revoke(current_session(), current_actor(), invitation_id)
    flash("Invitation revoked")
    return redirect(url_for("membership.people"))


@pages.get("/trust/people/<uuid:person_id>")
@fresh
@roles(Role.ADMINISTRATOR)
def member(person_id: uuid.UUID) -> ResponseReturnValue:
    """One member's roles."""
    found = _member(person_id)
    return _show_member(Form.of(ChangeRoles(), {"roles": list(found.roles)}), found)


@pages.post("/trust/people/<uuid:person_id>")
@fresh
@roles(Role.ADMINISTRATOR)
def change_roles(person_id: uuid.UUID) -> ResponseReturnValue:
    """Give and take roles; without any ticked the form asks to remove the person instead."""
    found, form = _member(person_id), Form.posted(ChangeRoles())
    command = form.read()
    if command is not None and not command["roles"]:
        form.errors = {"roles": ["Select at least one role, or remove this person below"]}
    if command is None or form.errors:
        return _show_member(form, found), 422
    try:
        staffing.set_roles(current_session(), current_actor(), person_id, command["roles"])
    except DomainError as error:
        form.refuse(error)
        return _show_member(form, found), error.status
    flash(f"Roles of {found.name} changed")
    return redirect(url_for("membership.people"))


@pages.post("/trust/people/<uuid:person_id>/remove")
@fresh
@roles(Role.ADMINISTRATOR)
def remove(person_id: uuid.UUID) -> ResponseReturnValue:
    """End a member's roles."""
    found = _member(person_id)
    try:
        staffing.set_roles(current_session(), current_actor(), person_id, ())
    except DomainError as error:
        form = Form.of(ChangeRoles(), {"roles": list(found.roles)})
        form.refuse(error)
        return _show_member(form, found), error.status
    flash(f"{found.name} does not belong to your organisation any more")
    return redirect(url_for("membership.people" if person_id != current_actor().person_id else "claims.mine"))


@pages.get("/trust/people/leave")
@fresh
@signed_in
def leaving() -> ResponseReturnValue:
    """What it means to leave the organisation oneself."""
    return render_template("membership/leaving.html", form=Form(ChangeRoles()))


@pages.post("/trust/people/leave")
@fresh
@signed_in
def leave() -> ResponseReturnValue:
    """End one's own roles."""
    actor, form = current_actor(), Form.posted(ChangeRoles())
    try:
        staffing.leave(current_session(), actor)
    except DomainError as error:
        form.errors = {"_schema": [error.sentence]}
        return render_template("membership/leaving.html", form=form), error.status
    flash(f"You do not belong to {actor.organisation_name} any more")
    return redirect(url_for("claims.mine"))


@pages.get("/trust/claims/<uuid:claim_id>")
@fresh
@roles(Role.ADMINISTRATOR)
def claim(claim_id: uuid.UUID) -> ResponseReturnValue:
    """One claim that waits for the administrators."""
    found = queries.claim_to_decide(current_session(), current_actor(), claim_id)
    return _show_claim(found, Form.of(Admit(), {"roles": list(parsed(found.roles))}), Form(Refuse()))


@pages.post("/trust/claims/<uuid:claim_id>/admit")
@fresh
@roles(Role.ADMINISTRATOR)
def admit(claim_id: uuid.UUID) -> ResponseReturnValue:
    """Let the claimant act for the organisation."""
    session, actor, form = current_session(), current_actor(), Form.posted(Admit())
    found = queries.claim_to_decide(session, actor, claim_id)
    command = form.read()
    if command is None:
        return _show_claim(found, form, Form(Refuse())), 422
    try:
        claiming.admit(session, actor, claim_id, command["roles"])
    except DomainError as error:
        form.refuse(error)
        return _show_claim(found, form, Form(Refuse())), error.status
    flash(f"{found.person_name} can act for your organisation now")
    return redirect(url_for("membership.people"))


@pages.post("/trust/claims/<uuid:claim_id>/refuse")
@fresh
@roles(Role.ADMINISTRATOR)
def refuse(claim_id: uuid.UUID) -> ResponseReturnValue:
    """Refuse the claim with a reason."""
    session, actor, form = current_session(), current_actor(), Form.posted(Refuse())
    found = queries.claim_to_decide(session, actor, claim_id)
    command = form.read()
    if command is None:
        admitting = Form.of(Admit(), {"roles": list(parsed(found.roles))})
        return _show_claim(found, admitting, form), 422
    claiming.refuse(session, actor, claim_id, command["reason"])
    flash("Claim refused")
    return redirect(url_for("membership.people"))


def words() -> dict[str, Any]:
    """What templates call the roles."""
    return {"role_words": ROLE_WORDS, "role_hints": ROLE_HINTS, "parsed": parsed}


def _member(person_id: uuid.UUID) -> trusts.Member:
    members = trusts.members(current_session(), current_actor())
    found = next((one for one in members if one.person_id == person_id), None)
    if found is None:
        raise NotFound
    return found


def _show_invite(form: Form) -> str:
    offered = roles_of(current_actor().kind)
    return render_template("membership/invite.html", form=form, offered=offered, **words())


def _show_member(form: Form, found: trusts.Member) -> str:
    actor = current_actor()
    is_self = found.person_id == actor.person_id
    offered = found.roles if is_self else roles_of(actor.kind) | found.roles
    return render_template(
        "membership/member.html", form=form, member=found, offered=offered, is_self=is_self, **words()
    )


def _show_claim(found: Any, form: Form, refusing: Form) -> str:
    if refusing.errors:
        form.errors = refusing.errors
    offered = roles_of(current_actor().kind)
    return render_template(
        "membership/claim.html", form=form, refusing=refusing, claim=found, offered=offered, **words()
    )
