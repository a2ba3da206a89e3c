"""In whose chains an act stands."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel.audit import SYSTEM, AuditEntry
from marketplace.kernel.audit_checks import faults
from marketplace.trusts import access
from tests.factories.trusts import an_actor, an_organisation


def chains_of(session: Session, action: str) -> dict[uuid.UUID, uuid.UUID | None]:
    """Each chain in which the action stands, and who did it there."""
    session.commit()
    assert list(faults(session)) == []
    columns = sa.select(AuditEntry.organisation_id, AuditEntry.person_id).where(AuditEntry.action == action)
    rows = session.execute(columns).all()
    found = {row.organisation_id: row.person_id for row in rows}
    assert len(found) == len(rows)  # in no chain twice
    return found


def test_an_act_stands_in_the_chain_of_who_did_it(session: Session) -> None:
    actor = an_actor(session)
    access.record(session, actor, "describe", an_organisation(session))
    assert chains_of(session, "describe") == {actor.organisation_id: actor.person_id}


def test_an_act_that_binds_others_stands_in_their_chains_too(session: Session) -> None:
    actor, other = an_actor(session), an_organisation(session)
    access.record(session, actor, "sign", other, parties=(actor.organisation_id, other.id))
    assert chains_of(session, "sign") == {
        actor.organisation_id: actor.person_id,
        other.id: actor.person_id,
    }


@pytest.mark.parametrize("bound", [True, False])
def test_what_a_day_brought_stands_with_the_parties_or_the_system(session: Session, bound: bool) -> None:
    one, other = an_organisation(session), an_organisation(session)
    access.record(session, None, "lapse", one, parties=(one.id, other.id) if bound else ())
    assert chains_of(session, "lapse") == ({one.id: None, other.id: None} if bound else {SYSTEM: None})
