"""People and interests of registers, for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from marketplace.interests.kinds import InterestKind, Post, body_key, person_key
from marketplace.interests.models import DeclaredPerson, Interest
from marketplace.kernel import clock
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Organisation
from tests.factories.trusts import a_person


def a_declared_person(
    session: Session, organisation: Organisation, name: str = "Jane Smith", **more: Any
) -> DeclaredPerson:
    """A trustee in the register of an organisation, unless another post is asked for."""
    columns: dict[str, Any] = {"post": Post.TRUSTEE, "name_key": person_key(name)}
    declared = DeclaredPerson(organisation_id=organisation.id, name=name, **(columns | more))
    session.add(declared)
    session.flush()
    return declared


def an_interest(
    session: Session,
    declared: DeclaredPerson,
    body: Organisation | str,
    kind: InterestKind = InterestKind.DIRECTORSHIP,
    **more: Any,
) -> Interest:
    """A directorship of an organisation of the register or of a firm by name, confirmed in 2026."""
    name = body if isinstance(body, str) else body.name
    columns: dict[str, Any] = {
        "kind": kind,
        "body_id": None if isinstance(body, str) else body.id,
        "body_name": name,
        "body_key": body_key(name),
        "declared_on": date(2026, 9, 1),
    }
    if "declared_by_id" not in more:
        organisation = session.get_one(Organisation, declared.organisation_id)
        by = a_person(session, organisation).id
        columns |= {"declared_by_id": by, "confirmed_by_id": by, "confirmed_at": clock.now()}
    interest = Interest(
        organisation_id=declared.organisation_id, declared_person_id=declared.id, **(columns | more)
    )
    session.add(interest)
    session.flush()
    return interest


def declares(session: Session, actor: Actor, body: Organisation | str, **more: Any) -> Interest:
    """The actor, with their account, in the register of their own organisation, with an interest."""
    organisation = session.get_one(Organisation, actor.organisation_id)
    declared = a_declared_person(session, organisation, actor.name, person_id=actor.person_id)
    return an_interest(session, declared, body, **more)
