"""Uploading a register of interests: choose a file, correct its rows, store them."""

from __future__ import annotations

import uuid

import marshmallow as ma
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.interests import columns, uploading
from marketplace.interests.kinds import INTEREST_NAMES, INTEREST_WORDS, POST_WORDS
from marketplace.interests.services import KEEPERS
from marketplace.kernel.corrections import HOURS, MOST_SHOWN, faults_file, read_corrections
from marketplace.kernel.errors import Refused
from marketplace.kernel.fields import Command, named
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.kernel.spreadsheets import csv_file
from marketplace.trusts.guard import current_actor, roles

pages = Blueprint("interest_uploads", __name__, url_prefix="/interests/uploads")
EXAMPLE = (
    (
        "Jane Smith",
        "",
        "Trustee",
        "1/9/2023",
        "",
        "05/1970",
        "Directorship",
        "Quay Books Ltd",
        "01234567",
        "Chair",
        "1/4/2020",
        "",
        "1/9/2023",
    ),
)


OTHER_WORDS = "Headteacher, Chair of trustees, Parent governor or Chief executive"


class UploadFile(Command):
    """The file itself is no field of the form; its faults are shown here."""

    file = ma.fields.Raw(**named("CSV file or spreadsheet"))


@pages.get("/new")
@roles(*KEEPERS)
def choose() -> ResponseReturnValue:
    """Which file?"""
    return _ask(Form(UploadFile()))


@pages.post("/new")
@roles(*KEEPERS)
def take() -> ResponseReturnValue:
    """Keep the rows of the file and show what they say."""
    form, given = Form(UploadFile()), request.files.get("file")
    try:
        if given is None or not given.filename:
            raise Refused("Choose a file", field="file")
        kept = uploading.upload(current_session(), current_actor(), given.filename, given.read())
    except Refused as error:
        form.refuse(error)
        return _ask(form), error.status
    return redirect(url_for("interest_uploads.look", upload_id=kept.id))


@pages.get("/example.csv")
@roles(*KEEPERS)
def example() -> ResponseReturnValue:
    """A file with the right headings and one row."""
    return _csv(csv_file(tuple(columns.HEADINGS.values()), EXAMPLE), "example")


@pages.get("/<uuid:upload_id>")
@roles(*KEEPERS)
def look(upload_id: uuid.UUID) -> ResponseReturnValue:
    """What the rows say, and those to correct."""
    return _show(uploading.check(current_session(), current_actor(), upload_id))


@pages.post("/<uuid:upload_id>")
@roles(*KEEPERS)
def correct(upload_id: uuid.UUID) -> ResponseReturnValue:
    """Keep what was typed, right or wrong, and look again."""
    corrections = read_corrections(request.form.items(), columns.HEADINGS)
    checked = uploading.correct(current_session(), current_actor(), upload_id, corrections)
    if not checked.wrong:
        flash("Every row can be stored now.")
    return redirect(url_for("interest_uploads.look", upload_id=upload_id))


@pages.get("/<uuid:upload_id>/faults.csv")
@roles(*KEEPERS)
def faults(upload_id: uuid.UUID) -> ResponseReturnValue:
    """Every fault by row and column, with what stands there."""
    checked = uploading.check(current_session(), current_actor(), upload_id)
    return _csv(faults_file(checked.wrong, columns.HEADINGS), "faults")


@pages.post("/<uuid:upload_id>/store")
@roles(*KEEPERS)
def store(upload_id: uuid.UUID) -> ResponseReturnValue:
    """Put every row into the register."""
    stored = uploading.store(current_session(), current_actor(), upload_id)
    flash(
        f"Stored: {stored.people:,} new people, {stored.interests:,} new interests, {stored.ended:,} ended, "
        f"{stored.known:,} known before."
    )
    return redirect(url_for("interests.register"))


@pages.post("/<uuid:upload_id>/forget")
@roles(*KEEPERS)
def forget(upload_id: uuid.UUID) -> ResponseReturnValue:
    """Throw the upload away."""
    uploading.forget(current_session(), current_actor(), upload_id)
    flash("Upload thrown away. The register is as it was.")
    return redirect(url_for("interests.register"))


def _ask(form: Form) -> str:
    shown = dict(zip(columns.HEADINGS.values(), EXAMPLE[0], strict=True))
    return render_template(
        "interests/upload.html",
        form=form,
        headings=columns.HEADINGS,
        required=columns.REQUIRED,
        example={heading: cell for heading, cell in shown.items() if cell},
        posts=list(POST_WORDS.values()),
        kinds=list(INTEREST_WORDS.values()),
        other_words=OTHER_WORDS,
    )


def _show(checked: uploading.Checked) -> str:
    return render_template(
        "interests/check_upload.html",
        checked=checked,
        wrong=checked.wrong[:MOST_SHOWN],
        headings=columns.HEADINGS,
        posts=POST_WORDS,
        kinds=INTEREST_NAMES,
        hours=HOURS,
    )


def _csv(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename=interests-{name}.csv"}
    return Response(content, mimetype="text/csv", headers=headers)
