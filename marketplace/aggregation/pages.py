"""Rounds: find one, see where it stands, commit, approve, and what it saved."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.aggregation import chart, committing, queries, round_view, wording
from marketplace.aggregation.committing import Figures, Promise
from marketplace.aggregation.round_view import RoundView
from marketplace.aggregation.schemas import ApproveCommitment, Commit
from marketplace.aggregation.services import BUYING
from marketplace.aggregation.states import COMMITMENT_WORDS, REQUEST_WORDS, ROUND_WORDS, CommitmentState
from marketplace.catalogue.kinds import CATEGORY_WORDS, VAT_WORDS
from marketplace.delegation.queries import choices
from marketplace.delegation.schemas import SPOKEN, Approving
from marketplace.delegation.undertaking import Said
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.errors import Conflict, DomainError, NotFound, Refused
from marketplace.kernel.fields import Command
from marketplace.kernel.forms import Form
from marketplace.kernel.http import after
from marketplace.kernel.session import current_session
from marketplace.kernel.spreadsheets import csv_file, in_pounds
from marketplace.trusts.access import Actor
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import BUYERS, Role

pages = Blueprint("aggregation", __name__)
LISTS = {"open": queries.open_rounds, "own": queries.own_rounds, "past": queries.past_rounds}


def words() -> dict[str, Any]:
    """The words of states, categories and VAT, for the templates of this floor."""
    return {
        "units": wording.units,
        "headline": wording.headline,
        "left": wording.left,
        "round_words": ROUND_WORDS,
        "commitment_words": COMMITMENT_WORDS,
        "request_words": REQUEST_WORDS,
        "category_words": CATEGORY_WORDS,
        "vat_words": VAT_WORDS,
    }


pages.context_processor(words)


@pages.get("/rounds")
@signed_in
def rounds() -> ResponseReturnValue:
    """Rounds to join, your own, and those that are over: the beginning of each list."""
    return _show_rounds(LISTS, None)


@pages.get("/rounds/<any(open, own, past):which>")
@signed_in
def more_rounds(which: str) -> ResponseReturnValue:
    """One of these lists, page by page."""
    return _show_rounds([which], after())


@pages.get("/rounds/<uuid:round_id>")
@signed_in
def round_page(round_id: uuid.UUID) -> ResponseReturnValue:
    """Where a round stands, and what your trust can do next; while it is awarded it looks again by itself."""
    view = _view(round_id)
    drawn = chart.draw([row.tier for row in view.tiers], view.standing.volume)
    again = view.run.look_again_seconds if view.run and "still" not in request.args else None
    page = render_template(
        "aggregation/round_page.html", view=view, chart=drawn, form=Form(Command()), looks_again=again
    )
    return page, 200, {"Refresh": str(again)} if again else {}


@pages.get("/rounds/<uuid:round_id>/award.csv")
@signed_in
def award_csv(round_id: uuid.UUID) -> ResponseReturnValue:
    """Who was served how much at which price, for a spreadsheet; no ceiling is in it."""
    view = _view(round_id)
    price = view.round.award_price_pence
    if price is None:
        raise NotFound
    rows = (
        (view.round.reference, one.name, one.quantity, in_pounds(price), in_pounds(price * one.quantity))
        for one in view.members
    )
    headers = {"Content-Disposition": f'attachment; filename="{view.round.reference}-award.csv"'}
    return Response(csv_file(wording.AWARD_COLUMNS, rows), mimetype="text/csv", headers=headers)


@pages.get("/rounds/<uuid:round_id>/commit")
@roles(*BUYING)
def commit(round_id: uuid.UUID) -> ResponseReturnValue:
    """Commit or change: filled with what is committed, or with one of your purchase requests."""
    view = _view(round_id)
    known = view.own if view.own and view.deeds.change else None
    chosen = queries.own_open_requests(current_session(), current_actor(), view.round.unit_plural)
    asked = next((one for one in chosen if str(one.id) == request.args.get("request")), None)
    values = {**vars(asked), "purchase_request_id": asked.id} if asked else vars(known) if known else {}
    return _show_form(view, Form.of(Commit(), values), offer=asked is None)


@pages.post("/rounds/<uuid:round_id>/commit/change")
@roles(*BUYING)
def change_answers(round_id: uuid.UUID) -> ResponseReturnValue:
    """Back from the check page, with what was typed."""
    return _show_form(_view(round_id), Form.posted(Commit()))


@pages.post("/rounds/<uuid:round_id>/commit/check")
@roles(*BUYING)
def check(round_id: uuid.UUID) -> ResponseReturnValue:
    """What the commitment would bind your trust to, before it is made; nothing is stored."""
    form, view = Form.posted(Commit()), _view(round_id)
    command = form.read()
    if command is None:
        return _show_form(view, form), 422
    try:
        binding = committing.weigh(current_session(), current_actor(), round_id, Promise(**command))
    except DomainError as error:
        form.refuse(error)
        return _show_form(view, form), error.status
    return render_template("aggregation/check.html", view=view, form=form, binding=binding, promise=command)


@pages.post("/rounds/<uuid:round_id>/commit")
@roles(*BUYING)
def do_commit(round_id: uuid.UUID) -> ResponseReturnValue:
    """Commit, or change what was committed."""
    form = Form.posted(Commit())
    command = form.read()
    if command is None:
        return _show_form(_view(round_id), form), 422
    try:
        made = committing.put(current_session(), current_actor(), round_id, Promise(**command))
    except DomainError as error:
        form.refuse(error)
        return _show_form(_view(round_id), form), error.status
    flash(_said(made.state))
    return redirect(url_for("aggregation.round_page", round_id=round_id))


@pages.get("/rounds/<uuid:round_id>/withdraw")
@roles(*BUYING, Role.APPROVER)
def withdraw(round_id: uuid.UUID) -> ResponseReturnValue:
    """Ask before a commitment is taken back."""
    view = _view(round_id)
    if not view.deeds.withdraw:
        raise NotFound
    return render_template("aggregation/withdraw.html", view=view)


@pages.post("/rounds/<uuid:round_id>/withdraw")
@roles(*BUYING, Role.APPROVER)
def do_withdraw(round_id: uuid.UUID) -> ResponseReturnValue:
    """Take your trust's commitment back."""
    committing.withdraw(current_session(), current_actor(), round_id)
    flash("Your trust's commitment was withdrawn. It owes nothing.")
    return redirect(url_for("aggregation.round_page", round_id=round_id))


@pages.get("/rounds/<uuid:round_id>/approval")
@signed_in
def approval(round_id: uuid.UUID) -> ResponseReturnValue:
    """What waits for your approval, what it costs at the most, and the rule that asks for it."""
    return _show_approval(round_id)


@pages.post("/rounds/<uuid:round_id>/approval/<uuid:commitment_id>")
@signed_in
def approve(round_id: uuid.UUID, commitment_id: uuid.UUID) -> ResponseReturnValue:
    """Make the commitment firm as it was shown; when it has changed, show what it is now."""
    form = Form.posted(ApproveCommitment())
    command = form.read()
    session, actor = current_session(), current_actor()
    committing.check_decider(session, actor, commitment_id)
    try:
        if command is None:
            raise Conflict("Look at the commitment before you approve it.")
        said = Said(**{name: command[name] for name in SPOKEN})
        seen = Figures(**{name: command[name] for name in Figures.__dataclass_fields__})
        made = committing.approve(session, actor, round_id, commitment_id, seen, said)
    except (Conflict, Refused) as error:
        return _show_approval(round_id, error, form), error.status
    flash(_approved(made.state))
    return redirect(url_for("aggregation.round_page", round_id=round_id))


def _approved(state: CommitmentState) -> str:
    if state is CommitmentState.FIRM:
        return "Approved. Your trust’s commitment counts in the round."
    return "Approved. A second, different person must approve it too, and has been told."


def _show_approval(round_id: uuid.UUID, error: DomainError | None = None, typed: Form | None = None) -> str:
    session, actor, view = current_session(), current_actor(), _view(round_id)
    if view.own is None:
        raise NotFound
    if view.own.state is not CommitmentState.AWAITING_APPROVAL or not view.is_open:
        raise error or NotFound()
    binding = committing.cost_of(session, actor, view.round, view.own.most_net_pence)
    form = Form.of(ApproveCommitment(), view.own)
    if typed is not None:
        form.raw.update({name: typed.raw[name] for name in Approving().fields if name in typed.raw})
        form.errors = typed.errors
    if error is not None and not form.errors:
        form.refuse(error)
    decision = committing.decision_of(session, actor, view.own.id)
    return render_template(
        "aggregation/approval.html", view=view, binding=binding, form=form, decision=decision
    )


@pages.get("/savings")
@signed_in
def savings() -> ResponseReturnValue:
    """What each contract of an award saves your trust."""
    return render_template(
        "aggregation/savings.html", report=queries.savings(current_session(), current_actor())
    )


def _show_rounds(names: Iterable[str], begin: uuid.UUID | None) -> str:
    session, actor = current_session(), current_actor()
    return render_template(
        "aggregation/rounds.html",
        found={name: LISTS[name](session, actor, begin) for name in names},
        may_start=may_start(actor),
        may_save=actor.kind in BUYERS,
    )


def may_start(actor: Actor) -> bool:
    """Whether the actor buys for a trust or school, and so may lead a round."""
    return actor.has(*BUYING) and actor.kind in BUYERS


def _view(round_id: uuid.UUID) -> RoundView:
    return round_view.round_view(current_session(), current_actor(), round_id)


def _show_form(view: RoundView, form: Form, *, offer: bool = False) -> str:
    """The form; with `offer` it can be filled in from the trust's open purchase requests."""
    requests = queries.own_open_requests(current_session(), current_actor(), view.round.unit_plural)
    form.options = {
        "purchase_request_id": [(str(one.id), one.title) for one in requests],
        "cost_centre_id": choices(current_session(), current_actor().organisation_id),
    }
    offered = requests if offer else []
    return render_template(
        "aggregation/commit.html", view=view, form=form, requests=requests, offered=offered
    )


def _said(state: CommitmentState) -> str:
    if state is CommitmentState.FIRM:
        return "Your trust has committed. Its quantity counts in the round."
    return "Sent for approval. It counts in the round once a second person at your trust approves it."
