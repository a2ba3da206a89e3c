"""What an organisation says about itself beside the register: its pupils, its year's end, its authority."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import NotFound, Refused
from marketplace.kernel.events import announce
from marketplace.trusts import access, terms
from marketplace.trusts.access import Actor
from marketplace.trusts.events import TermsChanged
from marketplace.trusts.kinds import LinkKind, OrganisationKind, Role
from marketplace.trusts.models import Organisation, OrganisationLink, PupilCount, TermDates
from marketplace.trusts.terms import Term, TermName
from marketplace.trusts.years import CHOOSERS

YEARS_AHEAD = 3
"""So many school years after this one a trust may give its terms."""


def count_pupils(
    session: Session, actor: Actor, school_id: uuid.UUID, pupils: int, counted_on: date, reason: str
) -> PupilCount:
    """Say how many pupils a school of the actor's has; the register's figure stays beside it.

    NotFound for another trust's school, Refused for a day to come.
    """
    access.require(actor, Role.ADMINISTRATOR)
    school = own_school(session, actor, school_id)
    if counted_on > clock.today():
        raise Refused("Enter the day on which they were counted, today at the latest.", field="counted_on")
    counted = PupilCount(
        organisation_id=actor.organisation_id,
        school_id=school.id,
        pupils=pupils,
        counted_on=counted_on,
        reason=reason,
        person_id=actor.person_id,
    )
    session.add(counted)
    session.flush()
    after = {"pupils": pupils, "counted_on": counted_on}
    access.record(session, actor, "count-pupils", school, {"pupils": school.pupils}, after)
    return counted


def keep_terms(session: Session, actor: Actor, year: int, dates: Mapping[TermName, Sequence[date]]) -> None:
    """Set the first and the last day of each term of a school year; Refused at the term at fault.

    What was ordered before keeps the terms that it was ordered by.
    """
    _lock_terms(session, actor, year)
    given = [Term(name, *dates[name]) for name in TermName]
    for name, sentence in terms.faults(given, year).items():
        raise Refused(sentence, field=f"{name.value}_starts_on")
    mine = sa.and_(TermDates.organisation_id == actor.organisation_id, TermDates.year == year)
    session.execute(sa.delete(TermDates).where(mine))
    session.add_all(
        TermDates(organisation_id=actor.organisation_id, year=year, **vars(term)) for term in given
    )
    _record_terms(session, actor, year, {term.name.value: term.starts_on for term in given})


def forget_terms(session: Session, actor: Actor, year: int) -> None:
    """Go back to the national terms in a school year."""
    _lock_terms(session, actor, year)
    mine = sa.and_(TermDates.organisation_id == actor.organisation_id, TermDates.year == year)
    session.execute(sa.delete(TermDates).where(mine))
    _record_terms(session, actor, year, {})


def hold_terms(session: Session, organisation_id: uuid.UUID) -> None:
    """Let an organisation's terms not change before this unit of work ends; several may hold them at once.

    Whoever changes them locks the row without its key, so that rows which point at it wait for nobody.
    """
    theirs = sa.select(Organisation.id).where(Organisation.id == organisation_id)
    with on_behalf_of_all(session, "no seller changes its terms while a buyer orders by them"):
        session.execute(theirs.with_for_update(read=True))


def years_ahead() -> range:
    """The school years whose terms a trust may give: this one and the next ones."""
    first = terms.school_year(clock.today())
    return range(first, first + YEARS_AHEAD + 1)


def _lock_terms(session: Session, actor: Actor, year: int) -> None:
    """Of two people at once the second replaces what the first wrote."""
    access.require(actor, Role.ADMINISTRATOR)
    if year not in years_ahead():
        raise NotFound
    session.get_one(Organisation, actor.organisation_id, with_for_update={"key_share": True})


def _record_terms(session: Session, actor: Actor, year: int, starts: Mapping[str, date]) -> None:
    session.flush()
    organisation = session.get_one(Organisation, actor.organisation_id)
    access.record(session, actor, "keep-terms", organisation, after={"year": year, **starts})
    announce(session, TermsChanged(actor.organisation_id))


def own_school(session: Session, actor: Actor, school_id: uuid.UUID) -> Organisation:
    """The actor's own organisation, or a school that is a member of it; else NotFound."""
    school = session.get(Organisation, school_id)
    member = sa.select(OrganisationLink.id).where(
        OrganisationLink.school_id == school_id,
        OrganisationLink.group_id == actor.organisation_id,
        OrganisationLink.kind == LinkKind.MEMBER,
    )
    if school is None or school.kind is not OrganisationKind.SCHOOL:
        raise NotFound
    if school_id != actor.organisation_id and session.scalar(member) is None:
        raise NotFound
    return school


def describe(session: Session, actor: Actor, year_ends_in: int, authority_id: uuid.UUID | None) -> None:
    """Choose with which month the financial year ends and, for a trust that one set up, its authority.

    NotFound for a kind whose year is fixed; Refused for an authority that is none.
    """
    access.require(actor, Role.ADMINISTRATOR)
    organisation = session.get_one(Organisation, actor.organisation_id, with_for_update=True)
    if organisation.kind not in CHOOSERS:
        raise NotFound
    before = _described(organisation)
    organisation.year_ends_in = year_ends_in
    if organisation.kind is OrganisationKind.AUTHORITY_TRUST:
        _set_authority(session, organisation, authority_id)
    session.flush()
    access.record(session, actor, "describe", organisation, before, _described(organisation))


def _set_authority(session: Session, organisation: Organisation, authority_id: uuid.UUID | None) -> None:
    authority = session.get(Organisation, authority_id) if authority_id else None
    if authority is None or authority.kind is not OrganisationKind.LOCAL_AUTHORITY:
        raise Refused("Select the local authority that set up your trust.", field="authority_id")
    organisation.authority_code, organisation.authority_name = authority.authority_code, authority.name


def _described(organisation: Organisation) -> dict[str, int | str | None]:
    return {"year_ends_in": organisation.year_ends_in, "authority_code": organisation.authority_code}
