"""Who did what at the actor's organisation: chosen, page by page, and as files."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.kernel.errors import Refused
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.kernel.spreadsheets import csv_file
from marketplace.trusts import audit_queries, audit_shapes, audit_wording, subjects
from marketplace.trusts.audit_queries import READERS, Wanted
from marketplace.trusts.audit_schemas import ChooseEntries, wanted_of
from marketplace.trusts.guard import current_actor, roles

pages = Blueprint("audit", __name__)
pages.context_processor(lambda: {"in_words": audit_queries.in_words})


@pages.get("/trust/audit")
@roles(*READERS)
def entries() -> ResponseReturnValue:
    """Who did what, newest first."""
    session, actor, form = current_session(), current_actor(), _form()
    command = form.read()
    if command is None:
        return render_template("trusts/audit.html", form=form, page=None, asked={}), 422
    page = audit_queries.audit_page(session, actor, wanted_of(command), command["after"])
    about = [(row.subject_kind, row.subject_id) for row in page.rows]
    named = subjects.name_all(session, current_app.extensions["subjects"], about, actor.organisation_id)
    names = _names_in(page.rows)
    asked = {key: value for key, value in form.raw.items() if value and key != "after"}
    return render_template(
        "trusts/audit.html",
        form=form,
        page=page,
        named=named,
        names=names,
        wording=audit_wording,
        asked=asked,
    )


@pages.get("/trust/audit.csv")
@roles(*READERS)
def entries_csv() -> Response:
    """The chosen entries for a spreadsheet, in the order of the chain."""
    rows = audit_queries.every_entry(current_session(), current_actor(), _wanted())
    return _file("csv", "text/csv", csv_file(audit_shapes.COLUMNS, map(audit_shapes.cells, rows)))


@pages.get("/trust/audit.json")
@roles(*READERS)
def entries_json() -> Response:
    """The chosen entries with all that their digests are made of, to be checked elsewhere."""
    session, actor, wanted = current_session(), current_actor(), _wanted()
    rows, chain = audit_queries.every_entry(session, actor, wanted), audit_queries.head(session, actor)
    told = audit_shapes.document(
        actor.organisation_id, actor.organisation_name, chain, rows, wanted.is_everything
    )
    return _file("json", "application/json", told)


def _names_in(rows: Sequence[Any]) -> dict[uuid.UUID, str]:
    """What the people, cost centres and organisations are called that stand in the values of entries."""
    ids = audit_wording.identifiers(values for row in rows for values in (row.before, row.after))
    session, known = current_session(), current_app.extensions["subjects"]
    about = [(table, one) for table in ("organisations", "cost_centres") for one in ids]
    found = subjects.name_all(session, known, about, current_actor().organisation_id)
    return audit_queries.people_named(session, ids) | {key: one.name for key, one in found.items()}


def _form() -> Form:
    """What the address asks for, with what there is to choose from."""
    found = audit_queries.choices(current_session(), current_actor())
    options = {"person_id": found.people, "action": found.actions, "subject_kind": found.subjects}
    given = {key: value for key, value in request.args.items() if value}
    return Form(ChooseEntries(), MultiDict(given), options=options)


def _wanted() -> Wanted:
    command = Form(ChooseEntries(), MultiDict({k: v for k, v in request.args.items() if v})).read()
    if command is None:
        raise Refused("Choose the entries on the page first, then follow its link to the file.")
    return wanted_of(command)


def _file(kind: str, mimetype: str, content: Any) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="who-did-what.{kind}"'}
    return Response(content, mimetype=mimetype, headers=headers)
