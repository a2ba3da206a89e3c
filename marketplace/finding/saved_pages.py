"""The searches that a person keeps: saving, changing, and ending the mails about them."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.finding import question, saving, schemas, showing
from marketplace.finding.kinds import FREQUENCY_WORDS, Frequency
from marketplace.finding.models import SavedSearch
from marketplace.finding.pages import read_question
from marketplace.finding.question import Question
from marketplace.finding.schemas import SaveSearch
from marketplace.kernel.decisions import public, signed_in
from marketplace.kernel.errors import DomainError
from marketplace.kernel.fields import Command
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor

pages = Blueprint("searches", __name__)


@pages.context_processor
def words() -> dict[str, Any]:
    """The words of rhythms and of what is asked, for templates."""
    return {"frequency_words": FREQUENCY_WORDS, "saved_words": showing.saved_words}


@pages.get("/listings/searches")
@signed_in
def own() -> ResponseReturnValue:
    """Your saved searches."""
    saved = saving.own_searches(current_session(), current_actor())
    over = {one.id for one in saved if schemas.read_address(one.asked) is None}
    return render_template("finding/searches.html", saved=saved, over=over)


@pages.get("/listings/searches/new")
@signed_in
def new() -> ResponseReturnValue:
    """Name the search of this address."""
    _, asked = read_question()
    if asked is None:
        return redirect(f"{url_for('finding.find')}?{urlencode(list(request.args.items(multi=True)))}")
    values = {"name": asked.words[:100], "frequency": Frequency.DAILY}
    return _show(Form.of(SaveSearch(), values), asked)


@pages.post("/listings/searches/new")
@signed_in
def save() -> ResponseReturnValue:
    """Keep it."""
    _, asked = read_question()
    form = Form.posted(SaveSearch())
    command = form.read()
    if asked is None:
        return redirect(f"{url_for('finding.find')}?{urlencode(list(request.args.items(multi=True)))}")
    if command is None:
        return _show(form, asked), 422
    try:
        saving.save_search(current_session(), current_actor(), urlencode(asked.address()), **command)
    except DomainError as error:
        form.refuse(error)
        return _show(form, asked), error.status
    flash(f"The search {command['name']} is saved.")
    return redirect(url_for("searches.own"))


@pages.get("/listings/searches/<uuid:search_id>")
@signed_in
def change(search_id: uuid.UUID) -> ResponseReturnValue:
    """Change the name or the rhythm of a search, or remove it."""
    saved = saving.own_search(current_session(), current_actor(), search_id)
    return _show_change(Form.of(SaveSearch(), saved), saved)


@pages.post("/listings/searches/<uuid:search_id>")
@signed_in
def do_change(search_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the change."""
    session, actor = current_session(), current_actor()
    saved, form = saving.own_search(session, actor, search_id), Form.posted(SaveSearch())
    command = form.read()
    if command is None:
        return _show_change(form, saved), 422
    try:
        saving.change_search(session, actor, search_id, **command)
    except DomainError as error:
        form.refuse(error)
        return _show_change(form, saved), error.status
    flash(f"The search {saved.name} is changed.")
    return redirect(url_for("searches.own"))


@pages.post("/listings/searches/<uuid:search_id>/remove")
@signed_in
def remove(search_id: uuid.UUID) -> ResponseReturnValue:
    """Forget a search."""
    saved = saving.remove_search(current_session(), current_actor(), search_id)
    flash(f"The search {saved.name} is removed.")
    return redirect(url_for("searches.own"))


@pages.get("/listings/searches/stop/<secret>")
@public
def stop(secret: str) -> ResponseReturnValue:
    """The link of an e-mail; its button ends the mails, since programs follow links too."""
    saved = saving.with_secret(current_session(), secret)
    return render_template("finding/stop.html", saved=saved, form=Form(Command()), is_done=False)


@pages.post("/listings/searches/stop/<secret>")
@public
def do_stop(secret: str) -> ResponseReturnValue:
    """Send no more mails about a search."""
    form = Form.posted(Command())
    if form.read() is None:
        saved = saving.with_secret(current_session(), secret)
        return render_template("finding/stop.html", saved=saved, form=form, is_done=False), 422
    saved = saving.stop_mails(current_session(), secret)
    return render_template("finding/stop.html", saved=saved, form=form, is_done=True)


def _show(form: Form, asked: Question) -> str:
    words = question.in_words(asked)
    return render_template("finding/save.html", form=form, address=asked.address(), words=words)


def _show_change(form: Form, saved: SavedSearch) -> str:
    return render_template("finding/change.html", form=form, saved=saved)
