"""What an organisation decides about itself: its people, its suppliers, and which limits of spending hold."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import audit
from marketplace.kernel.errors import NotFound, Refused
from marketplace.kernel.events import announce
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from marketplace.trusts.events import OrganisationChanged
from marketplace.trusts.kinds import OrganisationKind, Role, Standing
from marketplace.trusts.models import Membership, Organisation

LONGEST_NAME = 200
BY_OPERATOR = {"by": "operator"}
"""In the audit: whoever runs this Sharewell did it, by a command."""


def check_membership(session: Session, actor: Actor, organisation_id: uuid.UUID) -> uuid.UUID:
    """The organisation, when the actor has a role there; else NotFound."""
    statement = (
        sa.select(Membership.organisation_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == actor.person_id, Membership.organisation_id == organisation_id)
        .where(Organisation.standing.not_in((Standing.SUSPENDED, Standing.LEFT)))
    )
    found = session.scalars(statement.limit(1)).one_or_none()
    if found is None:
        raise NotFound
    return found


def find_organisation(session: Session, identifier: str) -> Organisation:
    """The one organisation with this URN, UID, group ID, UKPRN, company number or exact name.

    NotFound when there is none, Refused when several answer to it.
    """
    plain = " ".join(identifier.split())
    compact = plain.replace(" ", "").upper()
    columns = (Organisation.urn, Organisation.group_uid, Organisation.group_id, Organisation.ukprn)
    is_it = sa.or_(
        *(column == compact for column in columns),
        Organisation.company_number == compact.zfill(8),
        sa.func.lower(Organisation.name) == plain.lower(),
    )
    found = session.scalars(sa.select(Organisation).where(is_it).limit(2)).all()
    if not found:
        raise NotFound(f"No organisation has the identifier or name {identifier}. Import the register first.")
    if len(found) > 1:
        raise Refused(f"Several organisations answer to {identifier}. Give the URN, UID or UKPRN of one.")
    return found[0]


def add_member(session: Session, email: str, organisation: Organisation, role: Role) -> Membership:
    """Give a person a role; the operator's act, which verifies the organisation too.

    NotFound when nobody has the address, Refused when the organisation cannot act or they have the role.
    """
    person = _find_person(session, email)
    if not organisation.is_claimable:
        raise Refused(f"Nobody can act for {organisation.name}: it is closed, suspended, or only linked to.")
    if _membership(session, person, organisation, role) is not None:
        raise Refused(f"{email} already has the role {role.value} at {organisation.name}.")
    member = Membership(person_id=person.id, organisation_id=organisation.id, role=role)
    if organisation.standing is Standing.UNVERIFIED:
        _verify(session, organisation)
    session.add(member)
    session.flush()
    _record_member(session, "add-member", member, person.name)
    return member


def _verify(session: Session, organisation: Organisation) -> None:
    organisation.standing = Standing.VERIFIED
    session.flush()
    announce(session, OrganisationChanged(organisation.id))
    table = Organisation.__tablename__
    act = audit.Act(organisation.id, None, "verify-organisation", table, organisation.id, after=BY_OPERATOR)
    audit.record(session, act)


def remove_member(session: Session, email: str, organisation: Organisation, role: Role) -> None:
    """Take a role from a person; the operator's act, and it holds from their next page on.

    NotFound when nobody has the address, Refused when they do not have the role there.
    """
    person = _find_person(session, email)
    member = _membership(session, person, organisation, role)
    if member is None:
        raise Refused(f"{email} does not have the role {role.value} at {organisation.name}.")
    _record_member(session, "remove-member", member, person.name)
    session.delete(member)
    session.flush()


def end_memberships(session: Session, person_id: uuid.UUID) -> None:
    """Take every role from somebody who was erased; their name is recorded nowhere."""
    for member in session.scalars(sa.select(Membership).where(Membership.person_id == person_id)).all():
        _record_member(session, "remove-member", member, None)
        session.delete(member)
    session.flush()


def _find_person(session: Session, email: str) -> Person:
    found = session.scalars(sa.select(Person).where(Person.email == email.strip().lower())).one_or_none()
    if found is None:
        raise NotFound(f"Nobody has an account with the email address {email}. Add them with: people add")
    return found


def _membership(
    session: Session, person: Person, organisation: Organisation, role: Role
) -> Membership | None:
    wanted = (Membership.person_id == person.id, Membership.organisation_id == organisation.id)
    return session.scalars(sa.select(Membership).where(*wanted, Membership.role == role)).one_or_none()


def add_supplier(
    session: Session, name: str, company_number: str | None = None, by: uuid.UUID | None = None
) -> Organisation:
    """A firm that sells; the operator's act (`by` a person, or at the command line).

    Refused when the name is empty, too long or taken by another supplier.
    """
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise Refused(f"Give the supplier a name of 1 to {LONGEST_NAME} printable characters.")
    same = sa.select(Organisation.id).where(
        Organisation.kind == OrganisationKind.SUPPLIER, sa.func.lower(Organisation.name) == plain.lower()
    )
    if session.scalar(same.limit(1)) is not None:
        raise Refused(f"There is already a supplier named {plain}.")
    supplier = Organisation(
        kind=OrganisationKind.SUPPLIER,
        name=plain,
        company_number=company_number,
        standing=Standing.VERIFIED,
    )
    session.add(supplier)
    session.flush()
    act = audit.Act(supplier.id, by, "add-supplier", "organisations", supplier.id, after=BY_OPERATOR)
    audit.record(session, act)
    return supplier


def _record_member(session: Session, action: str, member: Membership, name: str | None) -> None:
    """What the operator did at the command line stands in the organisation's own chain."""
    act = audit.Act(
        organisation_id=member.organisation_id,
        person_id=None,
        action=action,
        subject_kind=Membership.__tablename__,
        subject_id=member.id,
        after={"role": member.role.value, **BY_OPERATOR},
        personal={"name": name} if name else {},
        about_id=member.person_id,
    )
    audit.record(session, act)
