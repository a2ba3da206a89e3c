"""The capacity of one's listings: a calendar, set by hand or by a rule."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.catalogue import availability, kinds, offering, pricing
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.availability import Period
from marketplace.catalogue.queries import Offer
from marketplace.catalogue.schemas import SetCapacity
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.scheduling import queries, ruling, timetable
from marketplace.scheduling.models import CapacityRule
from marketplace.scheduling.schemas import SetRule, rule_from
from marketplace.scheduling.timetable import SchoolYear
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import BUYERS, Role

pages = Blueprint("scheduling", __name__)

SELLS = (Role.SELLER, Role.ADMINISTRATOR)
MONTHS = ("first_month", "last_month")


@pages.context_processor
def words() -> dict[str, Any]:
    """The words of capacity, for templates."""
    return {"unit_words": kinds.UNIT_WORDS, "counted": kinds.counted}


@pages.app_context_processor
def for_listings() -> dict[str, Any]:
    """What the page of a listing, which is of a lower floor, shows of its capacity."""
    return {"timetable_of": _timetable_of, "goes_on_until": _goes_on_until, "may_wait": _may_wait}


@pages.get("/listings/<uuid:listing_id>/capacity")
@roles(*SELLS)
def capacity(listing_id: uuid.UUID) -> ResponseReturnValue:
    """The calendar, and a form that sets months; ?month= fills it with one."""
    offer = _own(listing_id)
    chosen = [period for period in offer.capacity if f"{period.starts_on:%Y-%m}" == request.args.get("month")]
    raw = {"units": str(chosen[0].units)} if chosen else {}
    months = {key: f"{period.starts_on:%Y-%m}" for key in MONTHS for period in chosen[:1]}
    return _show(offer, Form(SetCapacity(), MultiDict(raw | months), options=_month_options()))


@pages.post("/listings/<uuid:listing_id>/capacity")
@roles(*SELLS)
def do_capacity(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Set the units of the months, never below what is taken."""
    offer, form = _own(listing_id), Form.posted(SetCapacity(), options=_month_options())
    command = form.read()
    if command is None:
        return _show(offer, form), 422
    try:
        offering.set_capacity(current_session(), current_actor(), listing_id, **command)
    except DomainError as error:
        form.refuse(error)
        return _show(offer, form), error.status
    flash("The capacity is saved.")
    return redirect(url_for("scheduling.capacity", listing_id=listing_id))


@pages.get("/listings/<uuid:listing_id>/capacity/rule")
@roles(*SELLS)
def rule(listing_id: uuid.UUID) -> ResponseReturnValue:
    """By what rule? ?again= fills the form with one that was used before, other names with what they say."""
    offer = _own(listing_id)
    form = Form(SetRule(), _asked(), options=_month_options())
    return _show_rule(offer, form)


@pages.post("/listings/<uuid:listing_id>/capacity/rule")
@roles(*SELLS)
def preview(listing_id: uuid.UUID) -> ResponseReturnValue:
    """What the rule would make of every month."""
    offer, form = _own(listing_id), Form.posted(SetRule(), options=_month_options())
    command = form.read()
    if command is None:
        return _show_rule(offer, form), 422
    try:
        found = ruling.preview(current_session(), current_actor(), listing_id, rule_from(command))
    except DomainError as error:
        form.refuse(error)
        return _show_rule(offer, form), error.status
    return _show_preview(offer, form, command, found)


@pages.post("/listings/<uuid:listing_id>/capacity/rule/apply")
@roles(*SELLS)
def apply(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Set every month as the rule says, or none."""
    offer, form = _own(listing_id), Form.posted(SetRule(), options=_month_options())
    command = form.read()
    if command is None:
        return _show_rule(offer, form), 422
    session, actor, wanted = current_session(), current_actor(), rule_from(command)
    try:
        number = ruling.apply_rule(session, actor, listing_id, wanted, command["left_out"])
    except DomainError as error:
        form.refuse(error)
        return _show_rule(offer, form), error.status
    flash(f"The capacity of {number:,} {'month' if number == 1 else 'months'} is saved.")
    return redirect(url_for("scheduling.capacity", listing_id=listing_id))


def _own(listing_id: uuid.UUID) -> Offer:
    return catalogue.own_listing(current_session(), current_actor().organisation_id, listing_id)


def _month_options() -> dict[str, list[tuple[str, str]]]:
    """This month and those for which capacity may be offered."""
    today = clock.today()
    spans = availability.months(today, pricing.add_months(today, offering.MONTHS_AHEAD - 1))
    options = [(f"{first:%Y-%m}", availability.month_words(first)) for first, _ in spans]
    return dict.fromkeys(MONTHS, options)


def _asked() -> MultiDict[str, str]:
    """What the address fills the form of a rule with."""
    again = request.args.get("again")
    if again is None:
        return MultiDict([(key, text) for key, text in request.args.items(multi=True)])
    try:
        kept = ruling.own_rule(current_session(), current_actor(), uuid.UUID(again))
    except (ValueError, DomainError):
        return MultiDict()
    return Form.of(SetRule(), _typed(kept)).raw


def _typed(kept: CapacityRule) -> dict[str, Any]:
    """A kept rule as its form has it."""
    names = set(SetRule().fields)
    found = {name: getattr(kept, name) for name in names}
    return found | {"weekdays": map(str, kept.weekdays), "except_months": map(str, kept.except_months)}


def _show(offer: Offer, form: Form) -> str:
    session, actor = current_session(), current_actor()
    years = timetable.by_school_year(queries.calendar(session, offer, actor))
    kept = ruling.rules_of(session, actor, offer.id)
    units = kinds.UNIT_WORDS[offer.unit]
    return render_template(
        "scheduling/capacity.html",
        offer=offer,
        form=form,
        years=years,
        rules=[(one, ruling.words_of(ruling.rule_of(one), units)) for one in kept],
    )


def _show_rule(offer: Offer, form: Form) -> str:
    return render_template("scheduling/rule.html", offer=offer, form=form)


def _show_preview(
    offer: Offer, form: Form, command: dict[str, Any], found: ruling.Preview
) -> ResponseReturnValue:
    raw = [(key, text) for key, text in form.raw.items(multi=True) if key in form.schema.fields and text]
    shown = render_template(
        "scheduling/preview.html",
        offer=offer,
        raw=raw,
        again=url_for("scheduling.rule", listing_id=offer.id) + "?" + urlencode(raw),
        found=found,
        sentence=ruling.words_of(rule_from(command), kinds.UNIT_WORDS[offer.unit]),
        holidays=[availability.period_words(*span) for span in found.holidays],
    )
    return shown, 409 if found.faults else 200


def _timetable_of(periods: Sequence[Period]) -> list[SchoolYear]:
    """What is offered from this month on, in school years; empty when nothing is."""
    today = clock.today()
    if not any(period.ends_on >= today and period.units > 0 for period in periods):
        return []
    return timetable.by_school_year(timetable.rows(periods, timetable.shown(periods, today)))


def _goes_on_until(periods: Sequence[Period]) -> date | None:
    return timetable.goes_on_until(periods, clock.today())


def _may_wait(offer: Offer) -> bool:
    """Whether whoever looks could wait for a listing."""
    actor = g.get("actor")
    if actor is None or actor.organisation_id == offer.seller_id or actor.kind not in BUYERS:
        return False
    return bool(actor.has(*queries.BUYERS))
