"""Which organisations a number or a name means."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.membership.identifying import identify
from marketplace.trusts.kinds import LinkKind, OrganisationKind, OrganisationState
from marketplace.trusts.models import OrganisationLink, Succession
from tests.factories.trusts import an_organisation

SCHOOL = OrganisationKind.SCHOOL


@pytest.mark.parametrize(
    "given", ["10058308", "2044", "TR00261", "tr 00261", "07318714", "7318714", " 1005 8308 "]
)
def test_a_trust_is_found_by_each_of_its_numbers(session: Session, given: str) -> None:
    trust = an_organisation(session, "Quay Trust", ukprn="10058308", group_uid="2044", group_id="TR00261")
    trust.company_number = "07318714"
    session.flush()
    an_organisation(session, "Hill Trust", ukprn="10058309")
    assert identify(session, given) == [trust]


def test_an_academys_number_means_the_trust_that_runs_it(session: Session) -> None:
    trust, school = an_organisation(session), an_organisation(session, kind=SCHOOL, urn="123456")
    session.add(
        OrganisationLink(school_id=school.id, group_id=trust.id, kind=LinkKind.MEMBER, joined_on=None)
    )
    session.flush()
    assert identify(session, "123456") == [trust]


def test_a_maintained_school_in_a_federation_acts_for_itself(session: Session) -> None:
    federation = an_organisation(session, kind=OrganisationKind.FEDERATION)
    school = an_organisation(session, kind=SCHOOL, urn="123456")
    link = OrganisationLink(school_id=school.id, group_id=federation.id, kind=LinkKind.MEMBER, joined_on=None)
    session.add(link)
    session.flush()
    assert identify(session, "123456") == [school]


def test_a_converted_schools_old_number_means_its_newest_successor(session: Session) -> None:
    old, middle = (
        an_organisation(session, kind=SCHOOL, urn=urn, state=OrganisationState.CLOSED)
        for urn in ("100001", "100002")
    )
    new = an_organisation(session, kind=SCHOOL, urn="100003")
    session.add_all(
        [
            Succession(predecessor_id=old.id, successor_id=middle.id),
            Succession(predecessor_id=middle.id, successor_id=new.id),
        ]
    )
    session.flush()
    assert identify(session, "100001") == [new]


def test_successions_in_a_circle_come_to_an_end(session: Session) -> None:
    one, two = (an_organisation(session, kind=SCHOOL, urn=urn) for urn in ("100001", "100002"))
    session.add_all(
        [
            Succession(predecessor_id=one.id, successor_id=two.id),
            Succession(predecessor_id=two.id, successor_id=one.id),
        ]
    )
    session.flush()
    assert len(identify(session, "100001")) == 1


def test_what_nobody_can_act_for_is_not_found(session: Session) -> None:
    an_organisation(session, kind=OrganisationKind.SPONSOR, group_uid="2044")
    an_organisation(session, "Gone Trust", group_uid="2045", state=OrganisationState.CLOSED)
    assert identify(session, "2044") == identify(session, "2045") == identify(session, "9999") == []


def test_words_of_a_name_find_ten_at_most(session: Session) -> None:
    for number in range(12):
        an_organisation(session, f"Quay Trust {'abcdefghijkl'[number]}")
    assert len(identify(session, "trust quay")) == 10
    assert identify(session, "qu") == []
