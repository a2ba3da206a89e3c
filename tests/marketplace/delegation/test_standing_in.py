"""Naming who approves while somebody is away."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.delegation import queries, standing_in
from marketplace.delegation.rules import Row, Scheme
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound, NotPermitted, Refused
from marketplace.kernel.outbox import OutboxJob
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.delegation import the_scheme
from tests.factories.trusts import an_actor

WEEK = timedelta(days=7)


def two(session: Session, *roles: Role) -> tuple[Actor, Actor]:
    """Somebody who approves, and a colleague."""
    actor = an_actor(session)
    return actor, an_actor(session, session.get_one(Organisation, actor.organisation_id), *roles)


def test_whoever_is_named_is_told(session: Session) -> None:
    cfo, clerk = two(session, Role.BUYER)
    standing_in.name_stand_in(session, cfo, clerk.person_id, clock.today(), clock.today() + WEEK)
    row = queries.stand_ins(session, clerk)[0]
    assert (row.absent, row.stand_in) == (cfo.name, clerk.name)
    mail = session.scalars(sa.select(OutboxJob)).one().payload
    assert mail["to"] == clerk.email
    assert mail["subject"].startswith(f"Stand in for {cfo.name} from ")


def test_only_whoever_may_approve_names_a_stand_in(session: Session) -> None:
    cfo, clerk = two(session, Role.BUYER)
    with pytest.raises(NotPermitted):
        standing_in.name_stand_in(session, clerk, cfo.person_id, clock.today(), clock.today())


def test_a_stand_in_hands_nothing_on(session: Session) -> None:
    cfo, clerk = two(session, Role.BUYER)
    the_scheme(session, cfo.organisation_id, Scheme((Row(0), Row(None, person_id=cfo.person_id))))
    standing_in.name_stand_in(session, cfo, clerk.person_id, clock.today(), clock.today())
    with pytest.raises(NotPermitted):
        standing_in.name_stand_in(session, clerk, cfo.person_id, clock.today(), clock.today())


def test_a_stand_in_is_somebody_else_of_the_same_organisation(session: Session) -> None:
    cfo, _ = two(session)
    for wrong in (cfo.person_id, an_actor(session).person_id):
        with pytest.raises(Refused) as refused:
            standing_in.name_stand_in(session, cfo, wrong, clock.today(), clock.today())
        assert refused.value.field == "stand_in_id"


@pytest.mark.parametrize(("first", "last", "field"), [(0, -1, "ends_on"), (-2, -1, "ends_on")])
def test_days_that_do_not_fit_are_refused(session: Session, first: int, last: int, field: str) -> None:
    cfo, clerk = two(session)
    days = [clock.today() + timedelta(days=count) for count in (first, last)]
    with pytest.raises(Refused) as refused:
        standing_in.name_stand_in(session, cfo, clerk.person_id, days[0], days[1])
    assert refused.value.field == field


def test_one_person_stands_in_at_a_time(session: Session) -> None:
    cfo, clerk = two(session)
    today = clock.today()
    known = standing_in.name_stand_in(session, cfo, clerk.person_id, today, today + WEEK)
    with pytest.raises(Refused, match="already"):
        standing_in.name_stand_in(session, cfo, clerk.person_id, today + WEEK, today + 2 * WEEK)
    standing_in.end_stand_in(session, cfo, known.id)
    standing_in.name_stand_in(session, cfo, clerk.person_id, today + WEEK, today + 2 * WEEK)
    assert queries.absences(session, cfo.organisation_id) == []


def test_who_is_away_or_an_administrator_ends_it(session: Session) -> None:
    cfo, clerk = two(session, Role.BUYER)
    administrator = an_actor(session, session.get_one(Organisation, cfo.organisation_id), Role.ADMINISTRATOR)
    known = standing_in.name_stand_in(session, cfo, clerk.person_id, clock.today(), clock.today())
    with pytest.raises(NotPermitted):
        standing_in.end_stand_in(session, clerk, known.id)
    with pytest.raises(NotFound):
        standing_in.end_stand_in(session, an_actor(session), known.id)
    standing_in.end_stand_in(session, administrator, known.id)
    assert queries.absences(session, cfo.organisation_id) == []
