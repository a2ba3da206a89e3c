"""Who has an interest in a local authority decides about nothing that it supplies."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.interests.barring import barred, bars, check_not_barred
from marketplace.interests.kinds import INTEREST_NAMES, InterestKind
from marketplace.kernel import clock
from marketplace.kernel.errors import NotPermitted
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import LinkKind, OrganisationKind
from marketplace.trusts.models import Organisation, OrganisationLink
from tests.factories.interests import a_declared_person, an_interest, declares
from tests.factories.trusts import an_actor, an_organisation

ON = date(2026, 11, 21)


@pytest.fixture
def authority(session: Session) -> Organisation:
    kind = OrganisationKind.LOCAL_AUTHORITY
    return an_organisation(session, "Kent County Council", kind=kind, authority_code="886")


@pytest.fixture
def actor(session: Session) -> Actor:
    return an_actor(session)


def councillor(session: Session, actor: Actor, authority: Organisation | str, **more: Any) -> None:
    declares(session, actor, authority, kind=InterestKind.AUTHORITY, **more)


def test_a_councillor_cannot_decide_about_their_council(
    session: Session, actor: Actor, authority: Organisation
) -> None:
    assert bars(session, actor, authority.id, ON) is None
    councillor(session, actor, authority)
    assert bars(session, actor, authority.id, ON) == (
        f"The register of interests says that {actor.name} has an interest in Kent County Council "
        "(local authority), so another person must decide about what Kent County Council supplies."
    )


def test_nor_about_a_trust_that_the_council_set_up(
    session: Session, actor: Actor, authority: Organisation
) -> None:
    trust = an_organisation(
        session, "Kent Trust", kind=OrganisationKind.AUTHORITY_TRUST, authority_code="886"
    )
    other = an_organisation(
        session, "Essex Trust", kind=OrganisationKind.AUTHORITY_TRUST, authority_code="881"
    )
    councillor(session, actor, authority)
    assert "Kent Trust, which it set up, supplies" in (bars(session, actor, trust.id, ON) or "")
    assert bars(session, actor, other.id, ON) is None


def test_any_kind_of_interest_in_it_bars_and_so_does_its_name_alone(
    session: Session, actor: Actor, authority: Organisation
) -> None:
    declares(session, actor, "KENT COUNTY COUNCIL", kind=InterestKind.EMPLOYMENT)
    assert bars(session, actor, authority.id, ON) is not None


@pytest.mark.parametrize(
    ("dates", "is_barred"),
    [
        ({"starts_on": ON}, True),
        ({"starts_on": ON + timedelta(1)}, False),
        ({"ends_on": ON}, True),
        ({"ends_on": ON - timedelta(1)}, False),
    ],
)
def test_only_a_current_interest_bars(
    session: Session, actor: Actor, authority: Organisation, dates: dict[str, date], is_barred: bool
) -> None:
    councillor(session, actor, authority, **dates)
    assert (bars(session, actor, authority.id, ON) is not None) is is_barred


def test_what_was_declared_at_another_of_their_trusts_bars_too(
    session: Session, actor: Actor, authority: Organisation
) -> None:
    elsewhere = a_declared_person(session, an_organisation(session), actor.name, person_id=actor.person_id)
    an_interest(session, elsewhere, authority, InterestKind.AUTHORITY)
    assert bars(session, actor, authority.id, ON) is not None


def test_a_name_in_the_own_register_bars_until_it_has_an_account(
    session: Session, actor: Actor, authority: Organisation
) -> None:
    own = session.get_one(Organisation, actor.organisation_id)
    declared = a_declared_person(session, own, f"Cllr {actor.name}")
    an_interest(session, declared, authority, InterestKind.AUTHORITY)
    assert bars(session, actor, authority.id, ON) is not None
    declared.person_id = an_actor(session, own).person_id
    session.flush()
    assert bars(session, actor, authority.id, ON) is None


def test_a_namesake_at_another_trust_bars_nobody(
    session: Session, actor: Actor, authority: Organisation
) -> None:
    namesake = a_declared_person(session, an_organisation(session), actor.name)
    an_interest(session, namesake, authority, InterestKind.AUTHORITY)
    assert bars(session, actor, authority.id, ON) is None


def test_nobody_of_a_trust_that_an_authority_set_up_decides_about_it(
    session: Session, authority: Organisation
) -> None:
    kind = OrganisationKind.AUTHORITY_TRUST
    actor = an_actor(session, an_organisation(session, "Kent Trust", kind=kind, authority_code="886"))
    assert "Kent Trust was set up by Kent County Council" in (bars(session, actor, authority.id, ON) or "")
    sister = an_organisation(session, "Medway Trust", kind=kind, authority_code="886")
    assert bars(session, actor, sister.id, ON) is None


def test_a_firm_that_only_has_the_name_of_an_authority_bars_nobody(
    session: Session, actor: Actor, authority: Organisation
) -> None:
    councillor(session, actor, authority)
    firm = an_organisation(session, "Kent County Council", kind=OrganisationKind.SUPPLIER)
    assert bars(session, actor, firm.id, ON) is None
    check_not_barred(session, actor, firm.id)


def test_whoever_is_barred_today_is_refused(session: Session, actor: Actor, authority: Organisation) -> None:
    councillor(session, actor, authority, ends_on=clock.today())
    with pytest.raises(NotPermitted, match="another person must decide"):
        check_not_barred(session, actor, authority.id)


@pytest.mark.parametrize("kind", [kind for kind in InterestKind if kind is not InterestKind.AUTHORITY])
def test_every_kind_of_interest_in_a_firm_bars_and_is_named(
    session: Session, actor: Actor, kind: InterestKind
) -> None:
    firm = an_organisation(session, "Quay Street Books Ltd", kind=OrganisationKind.SUPPLIER)
    declares(session, actor, firm, kind=kind)
    words = f"in Quay Street Books Ltd ({INTEREST_NAMES[kind].lower()}), so another person must decide"
    assert words in (bars(session, actor, firm.id, ON) or "")


@pytest.mark.parametrize(
    ("body", "number", "is_barred"),
    [
        ("Something else", "01234567", True),
        ("Quay Street Books Limited", None, True),
        ("Quay Street Books Ltd", "07654321", False),
    ],
)
def test_a_company_number_counts_before_a_name(
    session: Session, actor: Actor, body: str, number: str | None, is_barred: bool
) -> None:
    kind = OrganisationKind.SUPPLIER
    firm = an_organisation(session, "Quay Street Books Ltd", kind=kind, company_number="01234567")
    declares(session, actor, body, company_number=number)
    assert (bars(session, actor, firm.id, ON) is not None) is is_barred


def test_a_post_in_the_register_of_the_supplier_bars_and_one_in_the_own_does_not(
    session: Session, actor: Actor
) -> None:
    seller = an_organisation(session, "Harbour Light Trust")
    a_declared_person(session, seller, actor.name, person_id=actor.person_id)
    assert "an interest in Harbour Light Trust (trustee)" in (bars(session, actor, seller.id, ON) or "")
    own = session.get_one(Organisation, actor.organisation_id)
    a_declared_person(session, own, actor.name, person_id=actor.person_id)
    assert bars(session, actor, an_organisation(session).id, ON) is None


def test_an_interest_in_a_school_is_one_in_its_trust(session: Session, actor: Actor) -> None:
    trust = an_organisation(session, "Harbour Light Trust")
    school = an_organisation(session, "Wembury Village School", kind=OrganisationKind.SCHOOL)
    session.add(OrganisationLink(group_id=trust.id, school_id=school.id, kind=LinkKind.MEMBER))
    session.flush()
    declares(session, actor, school, kind=InterestKind.GOVERNORSHIP)
    assert "about what Harbour Light Trust supplies" in (bars(session, actor, trust.id, ON) or "")


def test_others_are_told_that_there_is_an_interest_and_not_which(session: Session, actor: Actor) -> None:
    firm = an_organisation(session, kind=OrganisationKind.SUPPLIER)
    declares(session, actor, firm)
    found = barred(session, actor.organisation_id, {actor.person_id: actor.name}, {firm.id}, ON)
    said = found[firm.id][actor.person_id].to_others
    assert said == f"{actor.name} has declared an interest, so another person must decide."
