"""Whoever erases their account leaves the register of their trust as it is."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.interests.models import DeclaredPerson
from marketplace.people import operating
from marketplace.trusts.models import Organisation
from tests.factories.interests import a_declared_person
from tests.factories.trusts import an_actor


def test_the_entry_stays_and_forgets_whose_account_it_was(session: Session) -> None:
    actor, other = an_actor(session), an_actor(session)
    entries = []
    for one in (actor, other):
        organisation = session.get_one(Organisation, one.organisation_id)
        entries.append(a_declared_person(session, organisation, one.name, person_id=one.person_id))
    operating.erase_person(session, actor.email)
    session.expire_all()
    stored = [session.get_one(DeclaredPerson, entry.id) for entry in entries]
    assert [entry.person_id for entry in stored] == [None, other.person_id]
    assert stored[0].name == actor.name
