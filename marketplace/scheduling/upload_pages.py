"""Uploading capacity: choose a file, match its columns, correct its rows, store them."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.catalogue import kinds
from marketplace.catalogue.services import check_may_sell
from marketplace.kernel.corrections import HOURS, MOST_SHOWN, faults_file, read_corrections
from marketplace.kernel.errors import Conflict, Refused
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.kernel.spreadsheets import csv_file
from marketplace.scheduling import columns, queries, uploading
from marketplace.scheduling.models import CapacityUpload
from marketplace.scheduling.schemas import MatchColumns, UploadFile
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

pages = Blueprint("capacity_uploads", __name__, url_prefix="/listings/capacity/uploads")

SELLS = (Role.SELLER, Role.ADMINISTRATOR)
EXAMPLE = (
    ("Estates manager, 2 days a week", "09/2027", "", "", 8),
    ("Estates manager, 2 days a week", "10/2027", "", "", 9),
    ("Payroll for two more schools", "", "1/9/2027", "31/12/2027", 2),
)
PLACE = "place-"


@pages.get("/new")
@roles(*SELLS)
def choose() -> ResponseReturnValue:
    """Which file, and for which listing?"""
    return _ask(Form(UploadFile(), request.args.copy()))


@pages.post("/new")
@roles(*SELLS)
def take() -> ResponseReturnValue:
    """Keep the rows of the file; ask about its columns, or show what its rows say."""
    form, given = Form.posted(UploadFile()), request.files.get("file")
    command = form.read()
    if command is None:
        return _ask(form), 422
    try:
        if given is None or not given.filename:
            raise Refused("Choose a file", field="file")
        session, actor, listing_id = current_session(), current_actor(), command["listing_id"]
        kept = uploading.upload(session, actor, given.filename, given.read(), listing_id)
    except Refused as error:
        form.refuse(error)
        return _ask(form), error.status
    return redirect(_next(kept))


@pages.get("/example.csv")
@roles(*SELLS)
def example() -> ResponseReturnValue:
    """A file with the right headings and three rows."""
    check_may_sell(current_actor())
    return _csv(csv_file(tuple(columns.HEADINGS.values()), EXAMPLE), "example")


@pages.get("/<uuid:file_id>/columns")
@roles(*SELLS)
def ask_columns(file_id: uuid.UUID) -> ResponseReturnValue:
    """Which column of the file holds what?"""
    kept = uploading.own_upload(current_session(), current_actor(), file_id)
    return _show_columns(kept, Form(MatchColumns()))


@pages.post("/<uuid:file_id>/columns")
@roles(*SELLS)
def match(file_id: uuid.UUID) -> ResponseReturnValue:
    """Read the rows by what was said of the columns."""
    form = Form(MatchColumns())
    given = request.form.items()
    places = {int(key.removeprefix(PLACE)): column for key, column in given if _is_place(key)}
    try:
        kept = uploading.match(current_session(), current_actor(), file_id, places)
    except Refused as error:
        form.refuse(error)
        kept = uploading.own_upload(current_session(), current_actor(), file_id)
        return _show_columns(kept, form, places), error.status
    return redirect(url_for("capacity_uploads.look", file_id=kept.id))


@pages.get("/<uuid:file_id>")
@roles(*SELLS)
def look(file_id: uuid.UUID) -> ResponseReturnValue:
    """What the rows say, and those to correct."""
    try:
        return _show(uploading.check(current_session(), current_actor(), file_id))
    except Conflict:
        return redirect(url_for("capacity_uploads.ask_columns", file_id=file_id))


@pages.post("/<uuid:file_id>")
@roles(*SELLS)
def correct(file_id: uuid.UUID) -> ResponseReturnValue:
    """Keep what was typed, right or wrong, and look again."""
    corrections = read_corrections(request.form.items(), columns.HEADINGS)
    checked = uploading.correct(current_session(), current_actor(), file_id, corrections)
    if not checked.wrong:
        flash("Every row can be stored now.")
    return redirect(url_for("capacity_uploads.look", file_id=file_id))


@pages.get("/<uuid:file_id>/faults.csv")
@roles(*SELLS)
def faults(file_id: uuid.UUID) -> ResponseReturnValue:
    """Every fault by row and column, with what stands there."""
    checked = uploading.check(current_session(), current_actor(), file_id)
    return _csv(faults_file(checked.wrong, columns.HEADINGS), "faults")


@pages.post("/<uuid:file_id>/store")
@roles(*SELLS)
def store(file_id: uuid.UUID) -> ResponseReturnValue:
    """Offer the units of every row, or of none."""
    changed = uploading.store(current_session(), current_actor(), file_id)
    if len(changed) == 1:
        flash("The capacity is saved.")
        return redirect(url_for("scheduling.capacity", listing_id=changed[0]))
    flash(f"The capacity of {len(changed):,} listings is saved.")
    return redirect(url_for("catalogue.own"))


@pages.post("/<uuid:file_id>/forget")
@roles(*SELLS)
def forget(file_id: uuid.UUID) -> ResponseReturnValue:
    """Throw the upload away."""
    uploading.forget(current_session(), current_actor(), file_id)
    flash("Upload thrown away. The capacity is as it was.")
    return redirect(url_for("catalogue.own"))


def _next(kept: CapacityUpload) -> str:
    endpoint = "look" if "rows" in kept.content else "ask_columns"
    return url_for(f"capacity_uploads.{endpoint}", file_id=kept.id)


def _is_place(key: str) -> bool:
    number = key.removeprefix(PLACE)
    return key.startswith(PLACE) and number.isascii() and number.isdigit() and len(number) <= 3  # noqa: PLR2004


def _ask(form: Form) -> str:
    check_may_sell(current_actor())
    own = queries.own_listings(current_session(), current_actor())
    form.options = {"listing_id": [(str(row.id), row.title) for row in own]}
    examples = dict(zip(columns.HEADINGS.values(), EXAMPLE[2], strict=True))
    return render_template(
        "scheduling/upload.html", form=form, example={key: text for key, text in examples.items() if text}
    )


def _show_columns(kept: CapacityUpload, form: Form, chosen: dict[int, str] | None = None) -> str:
    return render_template(
        "scheduling/columns.html",
        upload=kept,
        form=form,
        headings=uploading.headings_of(kept),
        chosen=chosen or {},
        columns=columns.HEADINGS,
        names_listing=kept.listing_id is None,
    )


def _show(checked: uploading.Checked) -> str:
    return render_template(
        "scheduling/check_upload.html",
        checked=checked,
        wrong=checked.wrong[:MOST_SHOWN],
        headings=columns.HEADINGS,
        hours=HOURS,
        unit_words=kinds.UNIT_WORDS,
    )


def _csv(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename=capacity-{name}.csv"}
    return Response(content, mimetype="text/csv", headers=headers)
