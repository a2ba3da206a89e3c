"""Purchase requests: what trusts need, before anybody has started a round for it."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.aggregation import queries, services
from marketplace.aggregation.pages import may_start, words
from marketplace.aggregation.schemas import PostRequest
from marketplace.aggregation.services import BUYING, Need
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.http import after
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles

pages = Blueprint("requesting", __name__)
pages.context_processor(words)


@pages.get("/purchase-requests")
@signed_in
def requests() -> ResponseReturnValue:
    """Your trust's needs, and the open ones of others."""
    session, actor = current_session(), current_actor()
    return render_template(
        "aggregation/requests.html",
        own=queries.own_requests(session, actor),
        found=queries.open_requests(session, after()),
        may_post=may_start(actor),
    )


@pages.get("/purchase-requests/own")
@signed_in
def own_requests() -> ResponseReturnValue:
    """Your trust's needs alone, page by page."""
    own = queries.own_requests(current_session(), current_actor(), after())
    may_post = may_start(current_actor())
    return render_template("aggregation/requests.html", own=own, found=None, may_post=may_post)


@pages.get("/purchase-requests/new")
@roles(*BUYING)
def post_request() -> ResponseReturnValue:
    """Describe a need; a search that found nothing fills its words and category in."""
    known = {key: request.args[key] for key in ("title", "category") if key in request.args}
    return _show(Form(PostRequest(), MultiDict(known)))


@pages.post("/purchase-requests/new")
@roles(*BUYING)
def do_post_request() -> ResponseReturnValue:
    """Post it."""
    form = Form.posted(PostRequest())
    command = form.read()
    if command is None:
        return _show(form), 422
    try:
        services.post_request(current_session(), current_actor(), Need(**command))
    except DomainError as error:
        form.refuse(error)
        return _show(form), error.status
    flash("Your request is posted. Other trusts see what you need and how much, never your prices.")
    return redirect(url_for("requesting.requests"))


@pages.post("/purchase-requests/<uuid:request_id>/withdraw")
@roles(*BUYING)
def withdraw(request_id: uuid.UUID) -> ResponseReturnValue:
    """Close it."""
    services.withdraw_request(current_session(), current_actor(), request_id)
    flash("Your request is closed.")
    return redirect(url_for("requesting.requests"))


def _show(form: Form) -> str:
    return render_template("aggregation/post_request.html", form=form)
