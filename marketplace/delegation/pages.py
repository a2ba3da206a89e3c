"""Who may approve what: the scheme, what it says about a sum, and who stands in for whom."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.delegation import deciding, queries, schemes, standing_in, wording
from marketplace.delegation.kinds import RULE_CONFIRMERS
from marketplace.delegation.models import StoredScheme
from marketplace.delegation.schemas import (
    AddSeenRow,
    ApprovalRules,
    DecideRules,
    NameStandIn,
    RemoveRow,
    Try,
)
from marketplace.kernel.decisions import fresh, signed_in
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.fields import Command
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

pages = Blueprint("delegation", __name__)


@pages.get("/trust/approval-rules")
@signed_in
def scheme() -> ResponseReturnValue:
    """Who may approve what, and looser rules that wait for a second person."""
    return _show_scheme()


@pages.post("/trust/approval-rules")
@fresh
@roles(Role.ADMINISTRATOR)
def set_limits() -> ResponseReturnValue:
    """Decide from which sum on somebody must approve, and two."""
    form = Form.posted(ApprovalRules())
    command = form.read()
    if command is None:
        return _show_scheme(form), 422
    free_pence = command.pop("approval_limit_pence")
    try:
        waits = schemes.set_limits(current_session(), current_actor(), free_pence, limits=command)
    except DomainError as error:
        form.refuse(error)
        return _show_scheme(form), error.status
    return _saved(waits)


@pages.get("/trust/approval-rules/rows/new")
@roles(Role.ADMINISTRATOR)
def new_row() -> ResponseReturnValue:
    """Who else may approve."""
    base = queries.edited(current_session(), current_actor())
    return _show_row(Form.of(AddSeenRow(), {"seen": base.id}))


@pages.post("/trust/approval-rules/rows/new")
@fresh
@roles(Role.ADMINISTRATOR)
def add_row() -> ResponseReturnValue:
    """Add them."""
    form = Form.posted(AddSeenRow())
    command = form.read()
    if command is None:
        return _show_row(form), 422
    try:
        waits = schemes.add_row(current_session(), current_actor(), **command)
    except DomainError as error:
        form.refuse(error)
        return _show_row(form), error.status
    return _saved(waits)


@pages.post("/trust/approval-rules/rows/remove")
@fresh
@roles(Role.ADMINISTRATOR)
def remove_row() -> ResponseReturnValue:
    """Take a row away."""
    waits = schemes.remove_row(current_session(), current_actor(), **_posted(RemoveRow()))
    return _saved(waits)


@pages.post("/trust/approval-rules/confirm")
@fresh
@roles(*RULE_CONFIRMERS)
def confirm() -> ResponseReturnValue:
    """Put in force what somebody else proposed."""
    schemes.confirm_scheme(current_session(), current_actor(), **_posted(DecideRules()))
    flash("The new approval rules hold from now on")
    return redirect(url_for("delegation.scheme"))


@pages.post("/trust/approval-rules/withdraw")
@roles(*RULE_CONFIRMERS)
def withdraw() -> ResponseReturnValue:
    """Leave the rules as they are."""
    schemes.withdraw_scheme(current_session(), current_actor(), **_posted(DecideRules()))
    flash("The approval rules stay as they are")
    return redirect(url_for("delegation.scheme"))


@pages.get("/trust/approval-rules/try")
@signed_in
def try_sum() -> ResponseReturnValue:
    """Which rule would fire for a sum, in words."""
    form = Form(Try(), request.args.copy(), options=_options())
    form.options = {**form.options, "alike": deciding.alike(current_session(), current_actor())}
    command = form.read() if request.args else None
    said = [] if command is None else deciding.tried(current_session(), current_actor(), **command)
    answer = render_template("delegation/try.html", form=form, said=said)
    return (answer, 422) if form.errors else answer


@pages.get("/trust/stand-ins")
@signed_in
def stand_ins() -> ResponseReturnValue:
    """Who approves while somebody is away."""
    return _show_stand_ins(Form(NameStandIn()))


@pages.post("/trust/stand-ins")
@fresh
@signed_in
def name_stand_in() -> ResponseReturnValue:
    """Name who stands in for the person."""
    form = Form.posted(NameStandIn())
    command = form.read()
    if command is None:
        return _show_stand_ins(form), 422
    try:
        standing_in.name_stand_in(current_session(), current_actor(), **command)
    except DomainError as error:
        form.refuse(error)
        return _show_stand_ins(form), error.status
    flash("Your stand-in is named, and has been told")
    return redirect(url_for("delegation.stand_ins"))


@pages.post("/trust/stand-ins/<uuid:stand_in_id>/end")
@signed_in
def end_stand_in(stand_in_id: uuid.UUID) -> ResponseReturnValue:
    """End it before its last day."""
    standing_in.end_stand_in(current_session(), current_actor(), stand_in_id)
    flash("Nobody stands in there any more")
    return redirect(url_for("delegation.stand_ins"))


def _posted(schema: Command) -> dict[str, Any]:
    command = Form.posted(schema).read()
    if command is None:
        raise NotFound
    return command


def _saved(waits: StoredScheme | None) -> ResponseReturnValue:
    flash("Approval rules saved" if waits is None else "Looser rules proposed: a second person must confirm")
    return redirect(url_for("delegation.scheme"))


def _show_scheme(form: Form | None = None) -> str:
    session, actor = current_session(), current_actor()
    base = queries.edited(session, actor)
    in_force = queries.scheme_of(session, actor.organisation_id)
    values = {**vars(base.scheme), "approval_limit_pence": base.scheme.free_pence()}
    return render_template(
        "delegation/scheme.html",
        form=form or Form.of(ApprovalRules(), values),
        scheme=in_force,
        base=base,
        waiting=queries.waiting_scheme(session, actor),
        names=queries.names(session, actor.organisation_id),
        wording=wording,
        is_administrator=actor.has(Role.ADMINISTRATOR),
        may_confirm=actor.has(*RULE_CONFIRMERS),
    )


def _show_row(form: Form) -> str:
    form.options = _options()
    return render_template("delegation/new_row.html", form=form)


def _show_stand_ins(form: Form) -> str:
    session, actor = current_session(), current_actor()
    form.options = {"stand_in_id": _colleagues(but=actor.person_id)}
    scheme_ = queries.scheme_of(session, actor.organisation_id)
    return render_template(
        "delegation/stand_ins.html",
        form=form,
        rows=queries.stand_ins(session, actor),
        may_name=standing_in.has_limit(scheme_, actor),
        is_administrator=actor.has(Role.ADMINISTRATOR),
    )


def _options() -> dict[str, list[tuple[str, str]]]:
    """The organisation's own people and cost centres, for a form."""
    centres = queries.choices(current_session(), current_actor().organisation_id)
    return {"person_id": _colleagues(), "cost_centre_id": centres}


def _colleagues(but: uuid.UUID | None = None) -> list[tuple[str, str]]:
    found = queries.colleagues(current_session(), current_actor().organisation_id)
    return [(str(one.person_id), one.name) for one in found if one.person_id != but]
