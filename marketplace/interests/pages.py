"""The register of interests, page by page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.interests import queries, services
from marketplace.interests.kinds import INTEREST_NAMES, POST_WORDS
from marketplace.interests.schemas import Declaration, EndInterest, InterestInput, PersonInput, Publish
from marketplace.interests.services import KEEPERS, InterestFacts, PersonFacts
from marketplace.kernel.decisions import public, signed_in
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.kernel.spreadsheets import csv_file, xlsx_file
from marketplace.trusts.guard import current_actor, roles

pages = Blueprint("interests", __name__)
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.context_processor
def words() -> dict[str, Any]:
    """The words of posts and interests for the templates."""
    return {"post_words": POST_WORDS, "interest_names": INTEREST_NAMES}


@pages.get("/interests")
@roles(*queries.READERS)
def register() -> ResponseReturnValue:
    """Everybody of the trust's register with what they declared."""
    session, actor = current_session(), current_actor()
    return render_template(
        "interests/register.html",
        entries=queries.register(session, actor),
        is_keeper=actor.has(*KEEPERS),
        is_published=queries.is_published(session, actor.organisation_id),
    )


@pages.get("/interests.csv")
@roles(*queries.READERS)
def register_csv() -> ResponseReturnValue:
    """The register as the page has it, as a CSV file."""
    rows = queries.cells(queries.register(current_session(), current_actor()))
    return _file(csv_file(queries.COLUMNS, rows), "text/csv", "csv")


@pages.get("/interests.xlsx")
@roles(*queries.READERS)
def register_xlsx() -> ResponseReturnValue:
    """The register as the page has it, as an Excel file."""
    rows = queries.cells(queries.register(current_session(), current_actor()))
    return _file(xlsx_file("Register of interests", queries.COLUMNS, rows), EXCEL, "xlsx")


@pages.get("/interests/published")
@signed_in
def preview() -> ResponseReturnValue:
    """What the trust publishes, or would."""
    session, actor = current_session(), current_actor()
    return render_template(
        "interests/published.html",
        name=actor.organisation_name,
        entries=queries.extract(session, actor.organisation_id),
        is_published=queries.is_published(session, actor.organisation_id),
        is_keeper=actor.has(*KEEPERS),
    )


@pages.post("/interests/published")
@roles(*KEEPERS)
def publish() -> ResponseReturnValue:
    """Publish the register, or take it back."""
    command = Form.posted(Publish()).read()
    if command is None:
        raise NotFound
    services.set_published(current_session(), current_actor(), command["is_published"])
    flash("Everybody can read this page now." if command["is_published"] else "Published no longer.")
    return redirect(url_for("interests.preview"))


@pages.get("/trusts/<uuid:organisation_id>/interests")
@public
def published(organisation_id: uuid.UUID) -> ResponseReturnValue:
    """What a trust publishes: for a link on its website."""
    name, entries = queries.published_register(current_session(), organisation_id)
    return render_template("interests/published.html", name=name, entries=entries, is_public=True)


@pages.get("/interests/people/new")
@roles(*KEEPERS)
def new_person() -> ResponseReturnValue:
    """Who is it, and since when?"""
    return _show_person(Form.of(PersonInput(), {}, options=_accounts()))


@pages.post("/interests/people/new")
@roles(*KEEPERS)
def add_person() -> ResponseReturnValue:
    """Put somebody into the register."""
    form = Form.posted(PersonInput(), options=_accounts())
    return _kept(
        form,
        lambda command: services.add_person(current_session(), current_actor(), PersonFacts(**command)).id,
        _show_person,
    )


@pages.get("/interests/people/<uuid:declared_id>")
@signed_in
def person(declared_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody of the register, for its readers and for that person."""
    actor = current_actor()
    found = queries.entry(current_session(), actor, declared_id)
    return render_template("interests/person.html", entry=found, is_keeper=actor.has(*KEEPERS))


@pages.get("/interests/people/<uuid:declared_id>/change")
@roles(*KEEPERS)
def change_person(declared_id: uuid.UUID) -> ResponseReturnValue:
    """The entry of somebody, filled."""
    who = queries.entry(current_session(), current_actor(), declared_id).person
    known = dict(who._mapping) | {"starts_on": who.post_starts_on, "ends_on": who.post_ends_on}
    return _show_person(Form.of(PersonInput(), known, options=_accounts()), declared_id)


@pages.post("/interests/people/<uuid:declared_id>/change")
@roles(*KEEPERS)
def save_person(declared_id: uuid.UUID) -> ResponseReturnValue:
    """Keep what was changed."""
    queries.entry(current_session(), current_actor(), declared_id)  # another trust's is not there
    form = Form.posted(PersonInput(), options=_accounts())

    def keep(command: dict[str, Any]) -> uuid.UUID:
        facts = PersonFacts(**command)
        return services.change_person(current_session(), current_actor(), declared_id, facts).id

    return _kept(form, keep, lambda shown: _show_person(shown, declared_id))


@pages.get("/interests/people/<uuid:declared_id>/interests/new")
@roles(*KEEPERS)
def new_interest(declared_id: uuid.UUID) -> ResponseReturnValue:
    """What did this person declare?"""
    return _show_interest(Form.of(InterestInput(), {}), declared_id)


@pages.post("/interests/people/<uuid:declared_id>/interests/new")
@roles(*KEEPERS)
def add_interest(declared_id: uuid.UUID) -> ResponseReturnValue:
    """Add an interest of somebody."""

    def keep(command: dict[str, Any]) -> uuid.UUID:
        facts = InterestFacts(**command)
        return services.add_interest(
            current_session(), current_actor(), declared_id, facts
        ).declared_person_id

    return _kept(Form.posted(InterestInput()), keep, lambda shown: _show_interest(shown, declared_id))


@pages.get("/interests/own")
@signed_in
def own() -> ResponseReturnValue:
    """What the person declared themselves, and a form for more."""
    return _show_own(Form.of(Declaration(), {}))


@pages.post("/interests/own")
@signed_in
def declare() -> ResponseReturnValue:
    """Declare an interest of one's own."""
    form = Form.posted(Declaration())
    command = form.read()
    if command is None:
        return _show_own(form), 422
    try:
        post = command.pop("post")
        services.declare_interest(current_session(), current_actor(), post, InterestFacts(**command))
    except DomainError as error:
        form.refuse(error)
        return _show_own(form), error.status
    flash("Declared. An administrator of your trust confirms it.")
    return redirect(url_for("interests.own"))


@pages.get("/interests/<uuid:interest_id>/end")
@signed_in
def ask_end(interest_id: uuid.UUID) -> ResponseReturnValue:
    """When did it end?"""
    return _show_end(Form.of(EndInterest(), {}), interest_id)


@pages.post("/interests/<uuid:interest_id>/end")
@signed_in
def end(interest_id: uuid.UUID) -> ResponseReturnValue:
    """Say when an interest ended; it stays in the register."""

    def keep(command: dict[str, Any]) -> uuid.UUID:
        return services.end_interest(
            current_session(), current_actor(), interest_id, command["ends_on"]
        ).declared_person_id

    return _kept(Form.posted(EndInterest()), keep, lambda shown: _show_end(shown, interest_id))


@pages.post("/interests/<uuid:interest_id>/confirm")
@roles(*KEEPERS)
def confirm(interest_id: uuid.UUID) -> ResponseReturnValue:
    """Confirm what somebody declared."""
    interest = services.confirm_interest(current_session(), current_actor(), interest_id)
    flash("Interest confirmed.")
    return redirect(url_for("interests.person", declared_id=interest.declared_person_id))


def _kept(
    form: Form, keep: Callable[[dict[str, Any]], uuid.UUID], show: Callable[[Form], str]
) -> ResponseReturnValue:
    """Keep what was typed and show its person, or show what is wrong with it."""
    command = form.read()
    if command is None:
        return show(form), 422
    try:
        declared_id = keep(command)
    except DomainError as error:
        if error.field is None:
            raise
        form.refuse(error)
        return show(form), error.status
    flash("Register saved.")
    return redirect(url_for("interests.person", declared_id=declared_id))


def _accounts() -> dict[str, list[tuple[str, str]]]:
    return {"person_id": queries.accounts(current_session(), current_actor())}


def _show_person(form: Form, declared_id: uuid.UUID | None = None) -> str:
    return render_template("interests/person_form.html", form=form, declared_id=declared_id)


def _show_interest(form: Form, declared_id: uuid.UUID) -> str:
    entry = queries.entry(current_session(), current_actor(), declared_id)
    return render_template("interests/interest_form.html", form=form, entry=entry)


def _show_own(form: Form) -> str:
    entries = queries.own_entries(current_session(), current_actor())
    return render_template("interests/own.html", form=form, entries=entries)


def _show_end(form: Form, interest_id: uuid.UUID) -> str:
    session, actor = current_session(), current_actor()
    row = queries.one_interest(session, actor, services.to_end(session, actor, interest_id).id)
    return render_template("interests/end.html", form=form, row=row)


def _file(content: bytes, mimetype: str, ending: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename=register-of-interests.{ending}"}
    return Response(content, mimetype=mimetype, headers=headers)
