"""Ask the English rules about a purchase or a standstill; every question and its answer have an address."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.kernel.decisions import any_person
from marketplace.kernel.errors import Refused
from marketplace.kernel.fields import Command
from marketplace.kernel.forms import PARTS, Form
from marketplace.regulations import findings, procurement, standstill, titles
from marketplace.regulations.rules import RULES
from marketplace.regulations.schemas import AskDeal, AskStandstill

pages = Blueprint("regulations", __name__)


@pages.context_processor
def words() -> dict[str, Any]:
    """The words of the findings, for templates."""
    return {
        "figure_words": findings.figure_words,
        "not_advice": findings.NOT_ADVICE,
        "route_words": procurement.ROUTE_WORDS,
        "rule_title": titles.title,
        "sure_tags": findings.SURE_TAGS,
        "sure_words": findings.SURE_WORDS,
    }


@pages.get("/rules")
@any_person
def rules() -> ResponseReturnValue:
    """The two questions, and every figure with its dates and source."""
    return render_template(
        "regulations/rules.html",
        subjects=titles.by_subject(RULES),
        deal_form=Form(AskDeal()),
        standstill_form=Form(AskStandstill()),
    )


@pages.get("/rules/deal")
@any_person
def deal() -> ResponseReturnValue:
    """What the rules say about a purchase."""
    form, found = _asked(AskDeal()), None
    command = form.read() if form.raw else None
    try:
        found = procurement.deal(**command) if command else None
    except Refused as error:
        form.refuse(error)
    return render_template("regulations/deal.html", form=form, deal=found), 422 if form.errors else 200


@pages.get("/rules/standstill")
@any_person
def standstill_() -> ResponseReturnValue:
    """How long nobody may sign after an award notice."""
    form, found = _asked(AskStandstill()), None
    command = form.read() if form.raw else None
    try:
        found = standstill.standstill(**command) if command else None
    except Refused as error:
        form.refuse(error)
    return render_template("regulations/standstill.html", form=form, standstill=found), (
        422 if form.errors else 200
    )


def _asked(schema: Command) -> Form:
    """The question in the address; what no field asks for is left out."""
    keys = set(schema.fields) | {f"{name}-{part}" for name in schema.fields for part in PARTS}
    return Form(schema, MultiDict([(key, value) for key, value in request.args.items() if key in keys]))
