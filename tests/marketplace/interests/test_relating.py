"""Paths between organisations, out of the registers of all of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace.interests.kinds import InterestKind, Post
from marketplace.interests.models import InterestRegister
from marketplace.interests.relating import related
from marketplace.kernel import database
from marketplace.trusts.kinds import LinkKind, OrganisationKind
from marketplace.trusts.models import Organisation, OrganisationLink
from tests.factories.interests import a_declared_person, an_interest
from tests.factories.trusts import an_organisation

ON = date(2026, 11, 21)


@pytest.fixture
def buyer(session: Session) -> Organisation:
    return an_organisation(session, "Ash Trust")


@pytest.fixture
def seller(session: Session) -> Organisation:
    return an_organisation(session, "Cedar Trust")


def told(session: Session, buyer: Organisation, seller: Organisation, on: date = ON) -> list[str]:
    return [path.sentence for path in related(session, buyer.id, seller.id, on)]


def test_a_trustee_of_the_buyer_who_directs_the_seller_relates_them(
    session: Session, buyer: Organisation, seller: Organisation
) -> None:
    an_interest(session, a_declared_person(session, buyer), seller, starts_on=date(2024, 9, 1))
    expected = ["Jane Smith is trustee of Ash Trust and is director of Cedar Trust (since 1 Sep 2024)."]
    assert told(session, buyer, seller) == expected
    assert told(session, buyer, seller, date(2024, 8, 31)) == []


def test_the_seller_alone_may_have_declared_it(
    session: Session, buyer: Organisation, seller: Organisation
) -> None:
    an_interest(session, a_declared_person(session, seller), buyer)
    assert told(session, buyer, seller) == [
        "Jane Smith is director of Ash Trust and is trustee of Cedar Trust."
    ]


def test_a_firm_joins_them_by_its_number(session: Session, buyer: Organisation, seller: Organisation) -> None:
    one = a_declared_person(session, buyer, "Jane Smith")
    other = a_declared_person(session, seller, "Tom Hall", post=Post.GOVERNOR)
    an_interest(session, one, "B Ltd", company_number="01234567")
    an_interest(session, other, "Bee Limited", company_number="01234567")
    assert told(session, buyer, seller) == [
        (
            "Jane Smith is trustee of Ash Trust and is director of B Ltd, "
            "whose director Tom Hall is a governor at Cedar Trust."
        )
    ]


def test_three_people_and_a_trust_in_between_are_found(
    session: Session, buyer: Organisation, seller: Organisation
) -> None:
    between = an_organisation(session, "Birch Trust")
    an_interest(session, a_declared_person(session, buyer, "Jane Smith"), "B Ltd", company_number="01234567")
    middle = a_declared_person(session, between, "Mary Bell")
    an_interest(session, middle, "B Ltd", company_number="01234567")
    an_interest(session, a_declared_person(session, seller, "Tom Hall"), between, InterestKind.GOVERNORSHIP)
    assert told(session, buyer, seller) == [
        (
            "Jane Smith is trustee of Ash Trust and is director of B Ltd, whose director Mary Bell is "
            "trustee of Birch Trust, whose governor Tom Hall is trustee of Cedar Trust."
        )
    ]
    assert told(session, seller, buyer) != []


def test_a_person_in_the_middle_may_stand_in_two_other_registers(
    session: Session, buyer: Organisation, seller: Organisation
) -> None:
    one, other = an_organisation(session, "Birch Trust"), an_organisation(session, "Elm Trust")
    an_interest(session, a_declared_person(session, buyer, "Jane Smith"), one, InterestKind.TRUSTEESHIP)
    a_declared_person(session, one, "Mary Bell", birth_year=1970, birth_month=5)
    a_declared_person(session, other, "Mary Bell", birth_year=1970, birth_month=5)
    an_interest(session, a_declared_person(session, seller, "Tom Hall"), other, InterestKind.TRUSTEESHIP)
    found = told(session, buyer, seller)
    assert len(found) == 1
    assert "whose trustee Mary Bell is trustee of Elm Trust" in found[0]
    assert "check" not in found[0]


def test_an_interest_in_a_school_is_one_in_its_trust(
    session: Session, buyer: Organisation, seller: Organisation
) -> None:
    school = an_organisation(session, "Quay Primary", kind=OrganisationKind.SCHOOL)
    session.add(OrganisationLink(school_id=school.id, group_id=seller.id, kind=LinkKind.MEMBER))
    an_interest(session, a_declared_person(session, buyer), school, InterestKind.GOVERNORSHIP)
    assert told(session, buyer, seller) == [
        "Jane Smith is trustee of Ash Trust and is a governor at Quay Primary."
    ]


def test_what_another_trust_need_not_publish_names_nobody(
    session: Session, buyer: Organisation, seller: Organisation
) -> None:
    an_interest(session, a_declared_person(session, seller, post=Post.SENIOR_STAFF), buyer)
    an_interest(session, a_declared_person(session, seller, "Tom Hall"), buyer, InterestKind.FAMILY)
    found = told(session, buyer, seller)
    assert len(found) == 2
    assert not any("Smith" in sentence for sentence in found)
    own = told(session, seller, buyer)
    assert any("Jane Smith" in sentence for sentence in own)
    assert any("Tom Hall" in sentence for sentence in own)


UNCONFIRMED: dict[str, Any] = {"confirmed_at": None, "confirmed_by_id": None}


def test_an_accounting_officer_is_named_once_the_register_is_published(
    session: Session, buyer: Organisation, seller: Organisation
) -> None:
    an_interest(session, a_declared_person(session, seller, post=Post.ACCOUNTING_OFFICER), buyer)
    assert told(session, buyer, seller) == [
        "Somebody at Cedar Trust is director of Ash Trust and is accounting officer of Cedar Trust."
    ]
    session.add(InterestRegister(organisation_id=seller.id, is_published=True))
    session.flush()
    assert told(session, buyer, seller) == [
        "Jane Smith is director of Ash Trust and is accounting officer of Cedar Trust."
    ]


def test_ones_own_trustee_is_not_named_by_what_another_register_keeps_to_itself(
    session: Session, buyer: Organisation, seller: Organisation
) -> None:
    a_declared_person(session, buyer)
    a_declared_person(session, seller, post=Post.SENIOR_STAFF)
    assert told(session, buyer, seller) == [
        (
            "Somebody at Cedar Trust is trustee of Ash Trust and is senior staff at Cedar Trust. Two "
            "registers have one name for somebody at Cedar Trust: check that it is one person."
        )
    ]


def test_what_another_trust_has_not_confirmed_relates_nobody_there_and_counts_at_home(
    session: Session, buyer: Organisation, seller: Organisation
) -> None:
    an_interest(session, a_declared_person(session, seller), buyer, **UNCONFIRMED)
    assert told(session, buyer, seller) == []
    assert told(session, seller, buyer) == [
        "Jane Smith is trustee of Cedar Trust and is director of Ash Trust."
    ]


def test_nothing_that_nobody_declared_relates_them(
    session: Session, buyer: Organisation, seller: Organisation
) -> None:
    a_declared_person(session, buyer, "Jane Smith")
    a_declared_person(session, seller, "Tom Hall")
    assert told(session, buyer, seller) == []


def test_the_registers_of_others_are_read_although_only_one_organisation_acts(
    session: Session, buyer: Organisation, seller: Organisation
) -> None:
    an_interest(session, a_declared_person(session, seller), buyer)
    session.flush()
    database.act_for(session, buyer.id)
    assert len(told(session, buyer, seller)) == 1
    alone = session.scalar(sa.text("SELECT count(*) FROM interests"))
    assert alone == (0 if session.get_bind().dialect.name == "postgresql" else 1)
    database.act_for(session, seller.id)
    assert session.scalar(sa.text("SELECT count(*) FROM interests")) == 1


def test_as_many_statements_are_asked_however_many_registers_there_are(
    session: Session, buyer: Organisation, seller: Organisation
) -> None:
    asked: list[str] = []

    def count(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    an_interest(session, a_declared_person(session, buyer), "B Ltd")
    an_interest(session, a_declared_person(session, seller, "Tom Hall"), "C Ltd")
    event.listen(session.get_bind(), "before_cursor_execute", count)
    told(session, buyer, seller)
    few = len(asked)
    for number in range(20):
        other = a_declared_person(session, an_organisation(session), f"Other {number}")
        an_interest(session, other, "B Ltd")
    asked.clear()
    told(session, buyer, seller)
    event.remove(session.get_bind(), "before_cursor_execute", count)
    assert len([one for one in asked if one.startswith("SELECT")]) <= few
