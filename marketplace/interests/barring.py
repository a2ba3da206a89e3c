"""Who may not evaluate, approve or hold keys, because a local authority in which they have a say supplies."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.interests.kinds import body_key, person_key
from marketplace.interests.models import DeclaredPerson, Interest
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import NotPermitted
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import OrganisationKind
from marketplace.trusts.models import Organisation


def check_not_barred(session: Session, actor: Actor, supplier_id: uuid.UUID) -> None:
    """NotPermitted, saying why, when the actor may not decide today about what this supplier offers."""
    barred = bars(session, actor, supplier_id, clock.today())
    if barred is not None:
        raise NotPermitted(barred)


def bars(session: Session, actor: Actor, supplier_id: uuid.UUID, on: date) -> str | None:
    """Why the actor may not decide about this supplier on a day, in a sentence; None when they may.

    Whoever has a current interest in a local authority decides neither about the authority nor about a
    trust that it set up; nobody of a trust that an authority set up decides about that authority.
    """
    supplier = session.get(Organisation, supplier_id)
    if supplier is None or supplier.kind not in {
        OrganisationKind.LOCAL_AUTHORITY,
        OrganisationKind.AUTHORITY_TRUST,
    }:
        return None
    authorities = _authorities(session, supplier)
    if supplier.kind is OrganisationKind.LOCAL_AUTHORITY and _is_set_up_by(session, actor, authorities):
        return (
            f"{actor.organisation_name} was set up by {supplier.name}, so nobody there can decide about "
            "what the authority supplies."
        )
    held = _interest_of(session, actor, authorities, on)
    if held is None:
        return None
    what = supplier.name if supplier.id in authorities else f"{supplier.name}, which it set up,"
    return (
        f"The register of interests says that {held.name} has an interest in {held.body_name}, so another "
        f"person must decide about what {what} supplies."
    )


def _authorities(session: Session, supplier: Organisation) -> dict[uuid.UUID, str]:
    """The authority that supplies or that set the supplier up, by identifier with its name to compare."""
    if supplier.kind is OrganisationKind.LOCAL_AUTHORITY:
        return {supplier.id: body_key(supplier.name)}
    same = sa.select(Organisation.id, Organisation.name).where(
        Organisation.kind == OrganisationKind.LOCAL_AUTHORITY,
        Organisation.authority_code == supplier.authority_code,
    )
    return {row.id: body_key(row.name) for row in session.execute(same)}


def _is_set_up_by(session: Session, actor: Actor, authorities: dict[uuid.UUID, str]) -> bool:
    if actor.kind is not OrganisationKind.AUTHORITY_TRUST:
        return False
    own = session.get_one(Organisation, actor.organisation_id)
    return not _authorities(session, own).keys().isdisjoint(authorities)


def _interest_of(
    session: Session, actor: Actor, authorities: dict[uuid.UUID, str], on: date
) -> sa.Row[Any] | None:
    """The actor's own interest in one of these on a day: by account in any register, by name in their own."""
    by_name = sa.and_(
        DeclaredPerson.organisation_id == actor.organisation_id,
        DeclaredPerson.person_id.is_(None),
        DeclaredPerson.name_key == person_key(actor.name),
    )
    columns: tuple[Any, ...] = (DeclaredPerson.name, Interest.body_name)
    statement = (
        sa.select(*columns)
        .join(Interest, Interest.declared_person_id == DeclaredPerson.id)
        .where(
            sa.or_(DeclaredPerson.person_id == actor.person_id, by_name),
            sa.or_(Interest.body_id.in_(authorities), Interest.body_key.in_(authorities.values())),
            sa.or_(Interest.starts_on.is_(None), Interest.starts_on <= on),
            sa.or_(Interest.ends_on.is_(None), Interest.ends_on >= on),
        )
        .order_by(Interest.id)
        .limit(1)
    )
    with on_behalf_of_all(session, "what a person declared at another of their trusts bars them here too"):
        return session.execute(statement).one_or_none()
