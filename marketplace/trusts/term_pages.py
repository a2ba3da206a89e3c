"""A trust's own term dates, for what it charges each term."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.decisions import signed_in
from marketplace.kernel.errors import NotFound, Refused
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.trusts import describing, queries, terms
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role
from marketplace.trusts.schemas import KeepTerms
from marketplace.trusts.terms import Term, TermName

pages = Blueprint("terms", __name__, url_prefix="/trust/terms")


@pages.get("")
@signed_in
def all_years() -> ResponseReturnValue:
    """The terms of this school year and the next ones, and whose they are."""
    own = queries.own_terms(current_session(), current_actor().organisation_id)
    given = {terms.school_year(term.starts_on) for term in own}
    years = [(year, year in given, terms.calendar(own, year, year)) for year in describing.years_ahead()]
    return render_template("trusts/terms.html", years=years, **_words())


@pages.get("/<int:year>")
@roles(Role.ADMINISTRATOR)
def one_year(year: int) -> ResponseReturnValue:
    """The form of one school year, filled with the dates that hold now."""
    _check(year)
    own = queries.own_terms(current_session(), current_actor().organisation_id)
    dates = {key: day for term in terms.calendar(own, year, year) for key, day in _days(term).items()}
    return _show(year, Form.of(KeepTerms(), dates))


@pages.post("/<int:year>")
@roles(Role.ADMINISTRATOR)
def keep(year: int) -> ResponseReturnValue:
    """Keep them; what was ordered before keeps its own."""
    _check(year)
    form = Form.posted(KeepTerms())
    command = form.read()
    if command is None:
        return _show(year, form), 422
    try:
        describing.keep_terms(current_session(), current_actor(), year, dates_of(command))
    except Refused as error:
        form.refuse(error)
        return _show(year, form), error.status
    flash(f"The terms of {terms.year_words(year)} are saved.")
    return redirect(url_for("terms.all_years"))


@pages.post("/<int:year>/national")
@roles(Role.ADMINISTRATOR)
def go_national(year: int) -> ResponseReturnValue:
    """Take one's own dates of a school year away again."""
    describing.forget_terms(current_session(), current_actor(), year)
    flash(f"The national terms hold in {terms.year_words(year)}.")
    return redirect(url_for("terms.all_years"))


def dates_of(command: dict[str, date]) -> dict[TermName, tuple[date, date]]:
    """What was typed, by term."""
    return {name: (command[f"{name.value}_starts_on"], command[f"{name.value}_ends_on"]) for name in TermName}


def _days(term: Term) -> dict[str, date]:
    return {f"{term.name.value}_starts_on": term.starts_on, f"{term.name.value}_ends_on": term.ends_on}


def _check(year: int) -> None:
    if year not in describing.years_ahead():
        raise NotFound


def _words() -> dict[str, Any]:
    return {"term_words": terms.TERM_WORDS, "year_words": terms.year_words, "names": list(TermName)}


def _show(year: int, form: Form) -> str:
    return render_template("trusts/term_form.html", year=year, form=form, **_words())
