"""Find a service: the shop window."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from marketplace.catalogue import availability
from marketplace.catalogue.arriving import came_from
from marketplace.catalogue.kinds import CATEGORY_WORDS
from marketplace.catalogue.pricing import add_months
from marketplace.finding import asking, example, months, queries, sheets, showing, widening
from marketplace.finding.places import UnknownPlace
from marketplace.finding.queries import Found
from marketplace.finding.question import LABELS, Question
from marketplace.finding.schemas import CompareListings, FindListings
from marketplace.kernel import clock
from marketplace.kernel.decisions import public
from marketplace.kernel.forms import Form, first_message
from marketplace.kernel.session import current_session
from marketplace.kernel.spreadsheets import csv_file, xlsx_file
from marketplace.trusts.access import Actor

pages = Blueprint("finding", __name__)
QUESTION = FindListings()
"""Made once: a schema copies all its fields whenever it is made."""
MOST_TICKED = 100
PLAIN_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/listings")
@public
def find() -> ResponseReturnValue:
    """What fits, with everything that was asked in the address."""
    form, asked = read_question()
    if asked is None:
        return _show(form, None), 422
    try:
        found = _found(asked)
    except UnknownPlace as error:
        form.refuse(error)
        return _show(form, None, asked, showing.instead(asked, error.meant)), error.status
    return _show(form, found, asked)


@pages.get("/listings.csv")
@public
def find_csv() -> ResponseReturnValue:
    """Everything that fits, in the order of the page, as a CSV file."""
    return _file(csv_file(sheets.COLUMNS, _every_row()), "text/csv", "csv")


@pages.get("/listings.xlsx")
@public
def find_xlsx() -> ResponseReturnValue:
    """Everything that fits, in the order of the page, as an Excel file."""
    return _file(xlsx_file("Services", sheets.COLUMNS, _every_row()), EXCEL, "xlsx")


@pages.get("/listings/compare")
@public
def compare() -> ResponseReturnValue:
    """Up to four services side by side; one that is gone is said to be."""
    form = Form(CompareListings(), MultiDict(("with", one) for one in request.args.getlist("with")))
    command = form.read()
    if command is None:
        form.options = {"with": _ticked(form.raw.getlist("with"))}
        return render_template("finding/compare.html", form=form, rows=[], gone=0, came_from=came_from()), 422
    wanted = list(dict.fromkeys(command["listings"]))
    rows = queries.listed(current_session(), g.get("actor"), wanted)
    examples = [example.of_a_year(row) for row in rows]
    return render_template(
        "finding/compare.html",
        form=form,
        rows=rows,
        cards=[showing.card(row) for row in rows],
        examples=examples,
        showing=showing,
        gone=len(wanted) - len(rows),
        came_from=came_from(),
        category_words={category.value: text for category, text in CATEGORY_WORDS.items()},
    )


def _ticked(named: Sequence[str]) -> list[tuple[str, str]]:
    """The services that were ticked, as boxes that are ticked still; as many as a page has."""
    wanted = [uuid.UUID(one) for one in named if PLAIN_IDENTIFIER.fullmatch(one)][:MOST_TICKED]
    rows = queries.listed(current_session(), g.get("actor"), wanted)
    return [(str(row["id"]), f"{row['title']}, {row['seller_name']}") for row in rows]


def read_question() -> tuple[Form, Question | None]:
    """What the address asks; keys that other sites add to addresses are passed over."""
    known = [(key, value) for key, value in request.args.items(multi=True) if key in QUESTION.fields]
    form = Form(QUESTION, MultiDict(known), options=_options())
    command = form.read()
    if command is None:
        return form, None
    g.after = command.pop("after")
    return form, Question(**command)


def _found(asked: Question) -> Found:
    session, actor = current_session(), g.get("actor")
    return queries.find(session, asking.ask(session, actor, asked), g.after)


def _every_row() -> Any:
    form, asked = read_question()
    if asked is None:
        raise sheets.NotAQuestion(next(iter(form.summary()))["text"])
    session, actor = current_session(), g.get("actor")
    return sheets.rows(session, asking.ask(session, actor, asked))


def _file(content: bytes, kind: str, ending: str) -> Response:
    name = f'attachment; filename="services.{ending}"'
    return Response(content, mimetype=kind, headers={"Content-Disposition": name})


def _options() -> dict[str, list[tuple[str, str]]]:
    """The months that can be asked for."""
    some = _months_from(clock.today().replace(day=1))
    return {"first_month": some, "last_month": some}


@lru_cache(maxsize=4)
def _months_from(today: date) -> list[tuple[str, str]]:
    spans = availability.months(today, add_months(today, months.AHEAD - 1))
    return [(f"{first:%Y-%m}", availability.month_words(first)) for first, _ in spans]


OPTION_LISTS = {
    key: [(member.value, words) for member, words in labels.items()] for key, labels in LABELS.items()
}


@lru_cache(maxsize=500)
def options_of(options: tuple[tuple[str, str], ...], chosen: str) -> Markup:
    """The options of a select, one of them chosen: the same few are shown again and again."""
    shown = Markup('<option value="{}"{}>{}</option>')
    selected = Markup(" selected")
    return Markup("").join(
        shown.format(value, selected if value == chosen else "", words) for value, words in options
    )


CHECKED = Markup(" checked")


@lru_cache(maxsize=500)
def radio_of(key: str, value: str, words: str, is_chosen: bool) -> Markup:
    """A radio and its label, which the template ends: the same few are shown again and again."""
    return Markup(
        '<input class="govuk-radios__input" id="{0}" name="{1}" type="radio" value="{2}"{3}>'
        '<label class="govuk-label govuk-radios__label" for="{0}">{4}'
    ).format(f"{key}-{value}" if value else key, key, value, CHECKED if is_chosen else "", words)


def _options_shown(options: Sequence[tuple[str, str]], chosen: str) -> Markup:
    """What somebody typed into the address is no reason to keep another list."""
    known = any(value == chosen for value, _ in options)
    return options_of(tuple(options), chosen if known else "")


def _show(
    form: Form, found: Found | None, asked: Question | None = None, meant: Sequence[showing.Chosen] = ()
) -> str:
    actor: Actor | None = g.get("actor")
    question = asked or Question()
    address: dict[str, Any] = question.address()
    place = found.asked.place if found else None
    goes_on = found is not None and found.next_after is not None
    return render_template(
        "finding/find.html",
        form=form,
        first_message=first_message,
        found=found,
        wider=_wider(found),
        meant=meant,
        asked=question,
        option_lists=OPTION_LISTS,
        options_shown=_options_shown,
        radio_shown=radio_of,
        cards=showing.cards(found) if found else [],
        chosen=showing.chosen(question, place.label if place else None),
        showing=showing,
        address=address,
        exactly={**address, "exactly": "true"},
        need_address=_need_address(question),
        own_id=str(actor.organisation_id) if actor else None,
        reads_on=url_for("finding.find", **address, after=found.next_after) if found and goes_on else None,
    )


def _wider(found: Found | None) -> widening.Wider:
    """What a page without results offers; one with results is asked no more."""
    if found is None or found.total:
        return widening.Wider()
    return widening.wider(current_session(), found.asked)


def _need_address(question: Question) -> str:
    """The form for a purchase request, filled in; it stands on a higher floor, so its path is written out."""
    filled = {"title": question.words[:120], "category": question.category and question.category.value}
    return f"/purchase-requests/new?{urlencode({key: value for key, value in filled.items() if value})}"
