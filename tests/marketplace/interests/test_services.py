"""Keeping the register: who may, what is refused, what is recorded."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.interests import queries, services
from marketplace.interests.kinds import InterestKind, Post
from marketplace.interests.models import DeclaredPerson, Interest
from marketplace.interests.services import InterestFacts, PersonFacts
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import InvalidState, NotFound, NotPermitted, Refused
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import OrganisationKind, Role
from marketplace.trusts.models import Organisation
from tests.factories.interests import a_declared_person, an_interest
from tests.factories.trusts import an_actor, an_organisation

FIRM = InterestFacts(InterestKind.DIRECTORSHIP, "Quay Books Ltd", "1234567")


@pytest.fixture
def trust(session: Session) -> Organisation:
    return an_organisation(session, "Ash Trust")


@pytest.fixture
def keeper(session: Session, trust: Organisation) -> Actor:
    return an_actor(session, trust, Role.ADMINISTRATOR)


@pytest.fixture
def buyer(session: Session, trust: Organisation) -> Actor:
    return an_actor(session, trust, Role.BUYER)


def test_an_administrator_adds_a_person_and_what_they_declared(session: Session, keeper: Actor) -> None:
    facts = PersonFacts("Dr Jane Smith", Post.TRUSTEE, starts_on=date(2023, 9, 1))
    declared = services.add_person(session, keeper, facts)
    interest = services.add_interest(session, keeper, declared.id, FIRM)
    assert (declared.name_key, declared.organisation_id) == ("jane smith", keeper.organisation_id)
    assert (interest.company_number, interest.body_key, interest.body_id) == (
        "01234567",
        "quay books ltd",
        None,
    )
    assert interest.confirmed_by_id == keeper.person_id
    assert interest.declared_on == clock.today()


def test_the_record_holds_no_name(session: Session, keeper: Actor) -> None:
    declared = services.add_person(
        session, keeper, PersonFacts("Jane Smith", Post.TRUSTEE, birth_year=1970, birth_month=5)
    )
    services.add_interest(session, keeper, declared.id, FIRM)
    session.commit()
    entries = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.organisation_id == keeper.organisation_id)
    ).all()
    assert [entry.action for entry in entries] == ["add-to-register", "add-interest"]
    written = str([(entry.before, entry.after) for entry in entries])
    assert "Jane" not in written
    assert "1970" not in written
    assert "Quay" not in written


@pytest.mark.parametrize("role", [Role.BUYER, Role.APPROVER, Role.FINANCE, Role.SELLER])
def test_nobody_else_keeps_the_register(session: Session, trust: Organisation, role: Role) -> None:
    actor = an_actor(session, trust, role)
    declared = a_declared_person(session, trust)
    interest = an_interest(session, declared, "Quay Books")
    interest_id = interest.id
    with pytest.raises(NotPermitted):
        services.add_person(session, actor, PersonFacts("Tom Hall", Post.MEMBER))
    with pytest.raises(NotPermitted):
        services.change_person(session, actor, declared.id, PersonFacts("Tom Hall", Post.MEMBER))
    with pytest.raises(NotPermitted):
        services.add_interest(session, actor, declared.id, FIRM)
    with pytest.raises(NotPermitted):
        services.end_interest(session, actor, interest_id, clock.today())
    with pytest.raises(NotPermitted):
        services.confirm_interest(session, actor, interest_id)
    with pytest.raises(NotPermitted):
        services.set_published(session, actor, True)


def test_another_trusts_register_is_not_there(session: Session, trust: Organisation) -> None:
    stranger = an_actor(session)
    declared = a_declared_person(session, trust)
    interest = an_interest(session, declared, "Quay Books")
    with pytest.raises(NotFound):
        services.change_person(session, stranger, declared.id, PersonFacts("Tom Hall", Post.MEMBER))
    with pytest.raises(NotFound):
        services.add_interest(session, stranger, declared.id, FIRM)
    with pytest.raises(NotFound):
        services.end_interest(session, stranger, interest.id, clock.today())
    with pytest.raises(NotFound):
        services.confirm_interest(session, stranger, interest.id)
    with pytest.raises(NotFound):
        queries.entry(session, stranger, declared.id)
    with pytest.raises(NotFound):
        queries.one_interest(session, stranger, interest.id)
    assert queries.register(session, stranger) == []


@pytest.mark.parametrize("identifier", ["123456", "10058308", "tr 00261", "7318714"])
def test_a_number_finds_the_organisation_of_the_register(
    session: Session, keeper: Actor, identifier: str
) -> None:
    school = an_organisation(
        session,
        "Quay Primary",
        kind=OrganisationKind.SCHOOL,
        urn="123456",
        ukprn="10058308",
        group_id="TR00261",
        company_number="07318714",
    )
    declared = services.add_person(session, keeper, PersonFacts("Jane Smith", Post.TRUSTEE))
    facts = InterestFacts(InterestKind.GOVERNORSHIP, "Quay", identifier)
    interest = services.add_interest(session, keeper, declared.id, facts)
    assert (interest.body_id, interest.company_number) == (school.id, "07318714")


def test_a_name_finds_it_when_one_organisation_alone_has_it(session: Session, keeper: Actor) -> None:
    declared = services.add_person(session, keeper, PersonFacts("Jane Smith", Post.TRUSTEE))
    council = an_organisation(session, "Kent County Council", kind=OrganisationKind.LOCAL_AUTHORITY)
    for _ in range(2):
        an_organisation(session, "St Mary's School", kind=OrganisationKind.SCHOOL)
    one = services.add_interest(
        session, keeper, declared.id, InterestFacts(InterestKind.AUTHORITY, "KENT county council")
    )
    several = services.add_interest(
        session, keeper, declared.id, InterestFacts(InterestKind.GOVERNORSHIP, "St Mary's School")
    )
    assert (one.body_id, several.body_id) == (council.id, None)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (InterestFacts(InterestKind.DIRECTORSHIP, "Quay", "12-34"), "identifier"),
        (InterestFacts(InterestKind.DIRECTORSHIP, "Ash Trust"), "body_name"),
        (
            InterestFacts(
                InterestKind.DIRECTORSHIP, "Quay", starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 31)
            ),
            "ends_on",
        ),
    ],
)
def test_a_wrong_interest_is_refused_at_its_field(
    session: Session, keeper: Actor, facts: InterestFacts, field: str
) -> None:
    declared = services.add_person(session, keeper, PersonFacts("Jane Smith", Post.TRUSTEE))
    with pytest.raises(Refused) as refused:
        services.add_interest(session, keeper, declared.id, facts)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (PersonFacts("Jane", Post.MEMBER, birth_year=1970), "birth_month"),
        (PersonFacts("Jane", Post.MEMBER, birth_month=5), "birth_year"),
        (PersonFacts("Jane", Post.MEMBER, person_id=uuid.uuid4()), "person_id"),
        (PersonFacts("Jane", Post.MEMBER, starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 1)), "ends_on"),
    ],
)
def test_a_wrong_person_is_refused_at_the_field(
    session: Session, keeper: Actor, facts: PersonFacts, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        services.add_person(session, keeper, facts)
    assert refused.value.field == field


def test_an_account_of_another_trust_cannot_be_linked(session: Session, keeper: Actor) -> None:
    with pytest.raises(Refused, match="your own trust"):
        services.add_person(
            session, keeper, PersonFacts("Jane", Post.MEMBER, person_id=an_actor(session).person_id)
        )


def test_anybody_declares_their_own_and_an_administrator_confirms_it(
    session: Session, keeper: Actor, buyer: Actor
) -> None:
    with pytest.raises(Refused, match="what you are"):
        services.declare_interest(session, buyer, None, FIRM)
    interest = services.declare_interest(session, buyer, Post.SENIOR_STAFF, FIRM)
    second = services.declare_interest(session, buyer, None, FIRM)
    assert interest.declared_person_id == second.declared_person_id
    assert interest.confirmed_at is None
    assert [one.sentence for one in queries.waiting(session, keeper)] == [
        "Confirm 2 interests that people declared"
    ]
    services.confirm_interest(session, keeper, interest.id)
    assert interest.confirmed_by_id == keeper.person_id
    with pytest.raises(InvalidState):
        services.confirm_interest(session, keeper, interest.id)


def test_nobody_confirms_what_they_declared_themselves(session: Session, keeper: Actor) -> None:
    own = services.declare_interest(session, keeper, Post.TRUSTEE, FIRM)
    added = services.add_interest(session, keeper, own.declared_person_id, FIRM)
    assert added.confirmed_at is None
    for interest in (own, added):
        with pytest.raises(NotPermitted, match="another administrator"):
            services.confirm_interest(session, keeper, interest.id)
    assert queries.waiting(session, keeper) == []


def test_an_interest_that_ends_stays(session: Session, keeper: Actor, buyer: Actor) -> None:
    interest = services.declare_interest(session, buyer, Post.SENIOR_STAFF, FIRM)
    services.end_interest(session, buyer, interest.id, date(2026, 11, 1))
    assert session.get_one(Interest, interest.id).ends_on == date(2026, 11, 1)
    assert len(queries.register(session, keeper)[0].interests) == 1


def test_an_end_before_the_start_is_refused(session: Session, keeper: Actor, trust: Organisation) -> None:
    interest = an_interest(session, a_declared_person(session, trust), "Quay", starts_on=date(2026, 5, 1))
    with pytest.raises(Refused, match="not be before"):
        services.end_interest(session, keeper, interest.id, date(2026, 4, 30))


def test_a_person_reads_their_own_entry_and_no_other(
    session: Session, buyer: Actor, trust: Organisation
) -> None:
    interest = services.declare_interest(session, buyer, Post.SENIOR_STAFF, FIRM)
    other = a_declared_person(session, trust)
    assert queries.entry(session, buyer, interest.declared_person_id).person.name == buyer.name
    with pytest.raises(NotFound):
        queries.entry(session, buyer, other.id)
    with pytest.raises(NotPermitted):
        queries.register(session, buyer)


def test_only_what_must_be_is_published(session: Session, keeper: Actor, trust: Organisation) -> None:
    jane = a_declared_person(session, trust, "Jane Smith")
    confirmed: dict[str, Any] = {"confirmed_by_id": keeper.person_id, "confirmed_at": clock.now()}
    an_interest(session, jane, "Shown Ltd", **confirmed)
    an_interest(session, jane, "Unconfirmed Ltd", confirmed_by_id=None, confirmed_at=None)
    an_interest(session, jane, "Family Ltd", InterestKind.FAMILY, **confirmed)
    an_interest(session, jane, "Old Ltd", ends_on=date(2020, 1, 1), **confirmed)
    an_interest(
        session, a_declared_person(session, trust, "Staff", post=Post.SENIOR_STAFF), "Their Ltd", **confirmed
    )
    an_interest(
        session, a_declared_person(session, trust, "Gone", ends_on=date(2020, 1, 1)), "Past Ltd", **confirmed
    )
    shown = queries.extract(session, trust.id)
    assert [(one.person.name, [row.body_name for row in one.interests]) for one in shown] == [
        ("Jane Smith", ["Shown Ltd"])
    ]


def test_nothing_is_published_before_the_trust_says_so(
    session: Session, keeper: Actor, trust: Organisation
) -> None:
    a_declared_person(session, trust)
    with pytest.raises(NotFound):
        queries.published_register(session, trust.id)
    services.set_published(session, keeper, True)
    assert queries.published_register(session, trust.id)[0] == "Ash Trust"
    services.set_published(session, keeper, False)
    with pytest.raises(NotFound):
        queries.published_register(session, trust.id)
    with pytest.raises(NotFound):
        queries.published_register(session, uuid.uuid4())


def test_rows_for_a_spreadsheet_have_whoever_declared_nothing_too(
    session: Session, keeper: Actor, trust: Organisation
) -> None:
    an_interest(session, a_declared_person(session, trust, "Jane Smith"), "Quay")
    a_declared_person(session, trust, "Tom Hall")
    rows = queries.cells(queries.register(session, keeper))
    assert [(row[0], row[5]) for row in rows] == [("Jane Smith", "Quay"), ("Tom Hall", None)]
    assert {len(row) for row in rows} == {len(queries.COLUMNS)}


def test_a_change_keeps_the_key_of_the_name(session: Session, keeper: Actor, trust: Organisation) -> None:
    declared = a_declared_person(session, trust)
    services.change_person(session, keeper, declared.id, PersonFacts("Mrs Jane Hall", Post.MEMBER))
    stored = session.get_one(DeclaredPerson, declared.id)
    assert (stored.name_key, stored.post) == ("jane hall", Post.MEMBER)
