"""What the demonstration town does not have of itself, so that every route has something to be tried on."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.membership.models import OrganisationExport
from marketplace.membership.states import ExportState
from marketplace.people.models import Person
from marketplace.scheduling.uploading import upload
from marketplace.trusts.access import actor_of
from marketplace.trusts.kinds import LinkKind, OrganisationKind, Role
from marketplace.trusts.models import Membership, Organisation, OrganisationLink
from tests.factories.membership import a_claim, an_invitation, somebody
from tests.factories.trusts import an_organisation


def furnish(session: Session) -> None:
    """What a trust that has people may have, from a school to an upload; a claim elsewhere."""
    person, trust = session.execute(
        sa.select(Person, Organisation)
        .join(Membership, Membership.person_id == Person.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.role == Role.ADMINISTRATOR, Organisation.kind != OrganisationKind.SUPPLIER)
        .order_by(Membership.id)
    ).first() or (None, None)
    assert person is not None
    assert trust is not None
    actor = actor_of(session, person)
    assert actor is not None
    school = an_organisation(session, "Furnished School", OrganisationKind.SCHOOL)
    link = OrganisationLink(school_id=school.id, group_id=trust.id, kind=next(iter(LinkKind)))
    session.add(link)
    a_claim(session, somebody(session, "claims@school.example"), trust)
    a_claim(session, somebody(session, "first@school.example"), an_organisation(session, "Unclaimed Trust"))
    an_invitation(session, actor, "invited@school.example", Role.BUYER)
    export = OrganisationExport(organisation_id=trust.id, asked_by_id=person.id, parts=1, done=1)
    export.state, export.content = ExportState.READY, b"PK"
    export.expires_at = clock.now() + timedelta(days=1)
    session.add(export)
    wrong = b"Listing,Month,Units\nNobody's service,13/2027,many\n"
    upload(session, actor, "capacity.csv", wrong, None)
    session.flush()
