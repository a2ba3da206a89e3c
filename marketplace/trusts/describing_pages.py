"""What an organisation says about itself: pupils of its schools, its year's end, its authority."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.session import current_session
from marketplace.trusts import describing, queries
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import OrganisationKind, Role
from marketplace.trusts.schemas import CountPupils, Describe
from marketplace.trusts.years import CHOOSERS, MONTHS

pages = Blueprint("describing", __name__)


@pages.get("/trust/schools/<uuid:school_id>/pupils")
@roles(Role.ADMINISTRATOR)
def pupils(school_id: uuid.UUID) -> ResponseReturnValue:
    """Correct how many pupils a school has."""
    return _show_pupils(school_id, Form.of(CountPupils(), {"counted_on": clock.today()}))


@pages.post("/trust/schools/<uuid:school_id>/pupils")
@roles(Role.ADMINISTRATOR)
def count_pupils(school_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the figure, its day and its reason."""
    form = Form.posted(CountPupils())
    command = form.read()
    if command is None:
        return _show_pupils(school_id, form), 422
    try:
        describing.count_pupils(current_session(), current_actor(), school_id, **command)
    except NotFound:
        raise
    except DomainError as error:
        form.refuse(error)
        return _show_pupils(school_id, form), error.status
    flash("Number of pupils saved")
    return redirect(url_for("trusts.own"))


@pages.get("/trust/details")
@roles(Role.ADMINISTRATOR)
def details() -> ResponseReturnValue:
    """When the financial year ends, and which authority set the trust up."""
    organisation = queries.organisation(current_session(), current_actor().organisation_id)
    if organisation.kind not in CHOOSERS:
        raise NotFound
    now = queries.financial_year(organisation, clock.today())
    authority = next(
        (one.id for one in queries.authorities(current_session()) if one.name == organisation.authority_name),
        None,
    )
    return _show_details({"year_ends_in": now.ends_on.month, "authority_id": authority})


@pages.post("/trust/details")
@roles(Role.ADMINISTRATOR)
def describe() -> ResponseReturnValue:
    """Keep both."""
    form = Form.posted(Describe())
    command = form.read()
    if command is None:
        return _show_details(form), 422
    try:
        describing.describe(current_session(), current_actor(), **command)
    except NotFound:
        raise
    except DomainError as error:
        form.refuse(error)
        return _show_details(form), error.status
    flash("Saved")
    return redirect(url_for("trusts.own"))


def _show_pupils(school_id: uuid.UUID, form: Form) -> str:
    session = current_session()
    school = describing.own_school(session, current_actor(), school_id)
    counted = queries.counted_pupils(session, [school.id]).get(school.id)
    return render_template("trusts/pupils.html", form=form, school=school, counted=counted)


def _show_details(given: object) -> str:
    session = current_session()
    form = given if isinstance(given, Form) else Form.of(Describe(), given)
    form.options = {
        "year_ends_in": [(str(number), name) for number, name in MONTHS.items()],
        "authority_id": [(str(one.id), one.name) for one in queries.authorities(session)],
    }
    actor = current_actor()
    return render_template(
        "trusts/details.html",
        form=form,
        has_authority=actor.kind is OrganisationKind.AUTHORITY_TRUST,
    )
