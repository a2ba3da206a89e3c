"""The price calculator of a listing's page: a form in the address, and what it comes to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import g, request
from werkzeug.datastructures import MultiDict

from marketplace.catalogue import calculating
from marketplace.catalogue.calculating import Calculated
from marketplace.catalogue.charging import OF_SCHOOLS
from marketplace.catalogue.plan_schemas import Calculate
from marketplace.catalogue.queries import Offer
from marketplace.kernel.errors import NotFound, Refused
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.trusts import queries as trusts
from marketplace.trusts.access import Actor

FIELDS = ("plan_id", "quantity", "starts_on-day", "starts_on-month", "starts_on-year", "periods")


@dataclass(frozen=True)
class Calculator:
    """The form as it was filled in, and the cost; None while something is wrong or nothing is priced."""

    form: Form
    found: Calculated | None
    was_asked: bool
    has_schools: bool
    """Whether an empty number counts schools of whoever looks."""

    @property
    def status(self) -> int:
        """What the page answers with."""
        return 422 if self.form.errors else 200

    @property
    def ordered(self) -> dict[str, str]:
        """What an order form is opened with, when somebody worked out the cost of what they want."""
        if not self.was_asked or self.found is None:
            return {}
        found, day = self.found, self.found.starts_on
        told = {
            "plan": str(found.plan.plan_id),
            "periods": str(found.periods),
            **{f"starts_on-{part}": str(getattr(day, part)) for part in ("day", "month", "year")},
        }
        return told if found.schools else told | {"quantity": str(found.quantity)}


def calculator(offer: Offer) -> Calculator:
    """For whoever looks: what the address asks, else a usual year of the first price, or less."""
    told = _told_of_this_price(offer)
    asked = MultiDict([(key, value) for key, value in told.items() if key in FIELDS])
    form = Form(
        Calculate(), asked, options={"plan_id": [(str(one.plan_id), one.words) for one in offer.plans]}
    )
    command, was_asked = form.read(), bool(asked)
    found = None
    if command is not None and offer.plans:
        found = _calculated(offer, form, command)
    if found is not None:
        found = found if was_asked else _or_the_shortest(offer, form, found)
        form.raw.setdefault("plan_id", str(found.plan.plan_id))
        if not found.schools:
            form.raw.setdefault("quantity", str(found.quantity))
        form.raw.setdefault("periods", str(found.periods))
    return Calculator(form, found, was_asked, _has_schools(offer))


def _told_of_this_price(offer: Offer) -> dict[str, str]:
    """What the address says, without the numbers that were told for a price which counts something else."""
    said, plans = request.args.to_dict(), {str(one.plan_id): one for one in offer.plans}
    before, now = plans.get(said.get("told_for", "")), plans.get(said.get("plan_id", ""))
    if before is None or now is None:
        return said
    if (before.basis, before.bundle_units) != (now.basis, now.bundle_units):
        said.pop("quantity", None)
    if before.cadence is not now.cadence:
        said.pop("periods", None)
    return said


def _calculated(offer: Offer, form: Form, command: dict[str, object]) -> Calculated | None:
    try:
        return calculating.calculate(current_session(), offer, _buyer_id(offer), command)
    except NotFound:  # the plan of an old address is offered no more
        form.errors = {"plan_id": ["Select one of the prices"]}
    except Refused as error:
        form.refuse(error)
    return None


def _or_the_shortest(offer: Offer, form: Form, usual: Calculated) -> Calculated:
    """What nobody asked for otherwise: where a usual year is nowhere free, the shortest order that is.

    Of what is offered in term time alone, every page would begin with “Not free”.
    """
    if _is_free(usual):
        return usual
    shortest = _calculated(offer, form, {"periods": usual.plan.minimum_periods})
    return shortest if shortest is not None and _is_free(shortest) else usual


def _is_free(found: Calculated) -> bool:
    return found.availability is None or found.availability.is_free


def _buyer_id(offer: Offer) -> uuid.UUID | None:
    actor: Actor | None = g.get("actor")
    return actor.organisation_id if actor is not None and actor.organisation_id != offer.seller_id else None


def _has_schools(offer: Offer) -> bool:
    buyer_id = _buyer_id(offer)
    if buyer_id is None or not any(plan.basis in OF_SCHOOLS for plan in offer.plans):
        return False
    return bool(trusts.own_schools(current_session(), buyer_id))
