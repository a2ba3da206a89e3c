"""The pages on which an organisation leaves: what binds it, its file of everything, and the decision."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel import clock
from marketplace.kernel.decisions import fresh
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.membership import departing, exporting, queries
from marketplace.membership.schemas import Depart
from marketplace.membership.states import NOTICE
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

pages = Blueprint("departing", __name__)


@pages.get("/trust/leave")
@fresh
@roles(Role.ADMINISTRATOR)
def departure() -> ResponseReturnValue:
    """What binds the organisation, its file, and the decision."""
    return _show(Form.of(Depart(), {}))


@pages.post("/trust/leave")
@fresh
@roles(Role.ADMINISTRATOR)
def decide() -> ResponseReturnValue:
    """Decide to leave in a week."""
    form = Form.posted(Depart())
    command = form.read()
    if command is not None and not command["is_understood"]:
        form.errors = {"is_understood": ["Tick the box to say that you understand"]}
    if command is None or form.errors:
        return _show(form), 422
    try:
        departing.decide(current_session(), current_actor(), command["name"])
    except DomainError as error:
        form.refuse(error)
        return _show(form), error.status
    flash("Your organisation leaves in a week. Any administrator can call it off until then.")
    return redirect(url_for("departing.departure"))


@pages.post("/trust/leave/call-off")
@fresh
@roles(Role.ADMINISTRATOR)
def call_off() -> ResponseReturnValue:
    """Stay after all."""
    departing.call_off(current_session(), current_actor())
    flash("Your organisation stays")
    return redirect(url_for("departing.departure"))


@pages.post("/trust/exports")
@fresh
@roles(Role.ADMINISTRATOR)
def export() -> ResponseReturnValue:
    """Make a file of everything."""
    exporting.ask(current_session(), current_actor())
    flash("The file is being made. Reload this page in a minute.")
    return redirect(url_for("departing.departure"))


@pages.get("/trust/exports/<uuid:export_id>/everything.zip")
@fresh
@roles(Role.ADMINISTRATOR)
def download(export_id: uuid.UUID) -> ResponseReturnValue:
    """The file."""
    content = exporting.file(current_session(), current_actor(), export_id)
    headers = {"Content-Disposition": f'attachment; filename="sharewell-{clock.today().isoformat()}.zip"'}
    return Response(content, mimetype="application/zip", headers=headers)


def _show(form: Form) -> str:
    session, actor = current_session(), current_actor()
    return render_template(
        "membership/departure.html",
        form=form,
        bound=departing.bound(session, actor.organisation_id),
        export=exporting.newest(session, actor),
        departure=queries.departure(session, actor),
        leaves_on=clock.today() + NOTICE,
    )
