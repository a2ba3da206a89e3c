"""The start page, and an organisation's own pages."""

from __future__ import annotations

import uuid

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from marketplace.kernel import schema
from marketplace.kernel.decisions import public, signed_in
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.fields import UNPRINTABLE
from marketplace.kernel.forms import Form
from marketplace.kernel.http import after
from marketplace.kernel.session import current_session
from marketplace.trusts import policies, queries, services, subjects
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import KIND_WORDS, LINK_WORDS, ROLE_WORDS, RULE_CONFIRMERS, Policy, Role
from marketplace.trusts.schemas import ApprovalRules, DecideRules, Switch

pages = Blueprint("trusts", __name__)
LONGEST_SEARCH = 200


@pages.get("/")
@public
def start() -> ResponseReturnValue:
    """What Sharewell is, or what waits for whoever is signed in."""
    actor = g.get("actor")
    if actor is None:
        return render_template("trusts/start.html")
    waiting = [one for find in current_app.extensions["waiting"] for one in find(current_session(), actor)]
    waiting.sort(key=lambda one: (one.due_on is None, one.due_on))
    return render_template("trusts/home.html", waiting=waiting)


@pages.get("/healthz")
@public
def health() -> ResponseReturnValue:
    """For a load balancer: this process can read the database, and knows its schema; else 503."""
    schema.check_newest(current_session().connection())
    return {"status": "ok"}


@pages.get("/trust")
@signed_in
def own() -> ResponseReturnValue:
    """The actor's own organisation: facts, schools, people and approval rules."""
    session, actor = current_session(), current_actor()
    return render_template(
        "trusts/own.html",
        organisation=queries.organisation(session, actor.organisation_id),
        linked=queries.linked(session, actor.organisation_id),
        members=queries.members(session, actor),
        policy=services.policy_of(session, actor.organisation_id),
        rules_waiting=queries.waiting_rules(session, actor),
        others=[row for row in queries.own_organisations(session, actor) if row.id != actor.organisation_id],
        has_mailbox=current_app.extensions["settings"].demo,
        words={"kind": KIND_WORDS, "link": LINK_WORDS, "role": ROLE_WORDS},
    )


@pages.post("/trust/switch")
@signed_in
def switch() -> ResponseReturnValue:
    """Act for another organisation of the person's own from now on."""
    command = Form.posted(Switch()).read()
    if command is None:
        raise NotFound
    chosen = services.check_membership(current_session(), current_actor(), command["organisation_id"])
    cookie["organisation"] = str(chosen)
    return redirect("/")


@pages.get("/trust/approval-rules")
@roles(*RULE_CONFIRMERS)
def approval_rules() -> ResponseReturnValue:
    """When a second person must approve, and looser rules that wait for a second person."""
    policy = services.policy_of(current_session(), current_actor().organisation_id)
    return _show_rules(Form.of(ApprovalRules(), policy))


@pages.post("/trust/approval-rules")
@roles(Role.ADMINISTRATOR)
def set_approval_rules() -> ResponseReturnValue:
    """Decide when a second person must approve."""
    form = Form.posted(ApprovalRules())
    command = form.read()
    if command is None:
        return _show_rules(form), 422
    try:
        waits = policies.set_policy(current_session(), current_actor(), Policy(**command))
    except DomainError as error:
        form.refuse(error)
        return _show_rules(form), error.status
    flash("Approval rules saved" if waits is None else "Looser rules proposed: a second person must confirm")
    return redirect(url_for("trusts.own"))


@pages.post("/trust/approval-rules/confirm")
@roles(*RULE_CONFIRMERS)
def confirm_approval_rules() -> ResponseReturnValue:
    """Put in force what somebody else proposed."""
    policies.confirm_policy(current_session(), current_actor(), _change_id())
    flash("The new approval rules hold from now on")
    return redirect(url_for("trusts.own"))


@pages.post("/trust/approval-rules/withdraw")
@roles(*RULE_CONFIRMERS)
def withdraw_approval_rules() -> ResponseReturnValue:
    """Leave the rules as they are."""
    policies.withdraw_policy(current_session(), current_actor(), _change_id())
    flash("The approval rules stay as they are")
    return redirect(url_for("trusts.own"))


def _change_id() -> uuid.UUID:
    command = Form.posted(DecideRules()).read()
    if command is None:
        raise NotFound
    chosen: uuid.UUID = command["change_id"]
    return chosen


def _show_rules(form: Form) -> str:
    session, actor = current_session(), current_actor()
    return render_template(
        "trusts/approval_rules.html",
        form=form,
        policy=services.policy_of(session, actor.organisation_id),
        rules_waiting=queries.waiting_rules(session, actor),
        is_administrator=actor.has(Role.ADMINISTRATOR),
    )


@pages.get("/trust/audit")
@roles(Role.ADMINISTRATOR, Role.FINANCE)
def audit_log() -> ResponseReturnValue:
    """Who did what for the actor's organisation."""
    session, actor = current_session(), current_actor()
    page = queries.audit_entries(session, actor, after())
    about = [(row.subject_kind, row.subject_id) for row in page.rows]
    known = current_app.extensions["subjects"]
    named = subjects.name_all(session, known, about, actor.organisation_id)
    return render_template("trusts/audit_log.html", page=page, named=named)


@pages.get("/trusts")
@signed_in
def find() -> ResponseReturnValue:
    """Organisations by name or identifier."""
    words = UNPRINTABLE.sub("", request.args.get("q", ""))[:LONGEST_SEARCH]
    page = queries.find(current_session(), words, after())
    return render_template("trusts/find.html", page=page, q=words, kinds=KIND_WORDS)


@pages.get("/trusts/<uuid:organisation_id>")
@signed_in
def organisation(organisation_id: uuid.UUID) -> ResponseReturnValue:
    """What the register says about an organisation."""
    session = current_session()
    return render_template(
        "trusts/organisation.html",
        organisation=queries.organisation(session, organisation_id),
        linked=queries.linked(session, organisation_id),
        words={"kind": KIND_WORDS, "link": LINK_WORDS},
    )


@pages.get("/mailbox")
@signed_in
def mailbox() -> ResponseReturnValue:
    """The demonstration's messages to the person; elsewhere the address does not exist."""
    _only_in_the_demonstration()
    page = queries.mailbox(current_session(), current_actor(), after())
    return render_template("trusts/mailbox.html", page=page)


@pages.get("/mailbox/<uuid:message_id>")
@signed_in
def mailbox_message(message_id: uuid.UUID) -> ResponseReturnValue:
    """One message to the person."""
    _only_in_the_demonstration()
    message = queries.mailbox_message(current_session(), current_actor(), message_id)
    return render_template("trusts/mailbox_message.html", message=message)


def _only_in_the_demonstration() -> None:
    if not current_app.extensions["settings"].demo:
        raise NotFound
