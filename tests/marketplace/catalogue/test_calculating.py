"""What an order would cost, before anybody orders."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.catalogue import queries
from marketplace.catalogue.calculating import calculate
from marketplace.catalogue.kinds import Basis, Cadence, CapacityUnit, VatTreatment
from marketplace.catalogue.models import Listing
from marketplace.catalogue.pricing import add_months
from marketplace.kernel.errors import Refused
from marketplace.trusts.kinds import LinkKind, OrganisationKind
from marketplace.trusts.models import Organisation, OrganisationLink, TermDates
from marketplace.trusts.terms import TermName
from tests.factories.catalogue import a_listing, a_plan, some_capacity
from tests.factories.trusts import an_actor, an_organisation, signed_in


@pytest.fixture(autouse=True)
def _in_november() -> Any:
    with freeze_time("2026-11-21T12:00:00Z"):
        yield


def a_trust_with_schools(session: Session, *pupils: int | None) -> Organisation:
    trust = an_organisation(session)
    for number, count in enumerate(pupils):
        school = an_organisation(session, f"Quay School {number}", OrganisationKind.SCHOOL)
        school.phase, school.pupils = "Primary", count
        session.add(OrganisationLink(school_id=school.id, group_id=trust.id, kind=LinkKind.MEMBER))
    session.flush()
    return trust


def an_offer_of(session: Session, **plan: Any) -> queries.Offer:
    listing = a_listing(session, unit=CapacityUnit.SCHOOL)
    made = a_plan(session, listing, plan.pop("cadence", Cadence.ANNUAL), 410)
    for name, value in plan.items():
        setattr(made, name, value)
    session.flush()
    return queries.offer(session, listing.seller_id, listing.id)


def test_a_price_of_each_pupil_counts_the_buyers_own_schools(session: Session) -> None:
    offer = an_offer_of(session, basis=Basis.PUPIL, phase_prices={"primary": 400}, fixed_pence=1_000)
    buyer = a_trust_with_schools(session, 210, 90)
    found = calculate(session, offer, buyer.id, {})
    assert (found.quantity, len(found.schools)) == (300, 2)
    assert (found.net_pence, found.vat_pence, found.gross_pence) == (121_000, 24_200, 145_200)


def test_schools_whose_pupils_nobody_knows_are_left_out_and_named(app: Flask, session: Session) -> None:
    offer = an_offer_of(session, basis=Basis.PUPIL)
    buyer = a_trust_with_schools(session, 210, None)
    browser = signed_in(app, session, an_actor(session, buyer))
    page = " ".join(browser.get(f"/listings/{offer.id}").text.split())
    assert "for your 1 school:" in page
    assert "Nobody knows how many pupils Quay School 1 has, so it is not counted here." in page
    nobody = a_trust_with_schools(session, None, 0)
    found = calculate(session, offer, nobody.id, {})
    assert (found.quantity, found.net_pence, len(found.uncounted)) == (1, 410, 2)


def test_a_number_that_is_asked_counts_instead_of_ones_own_schools(session: Session) -> None:
    offer = an_offer_of(session, basis=Basis.PUPIL)
    buyer = a_trust_with_schools(session, 210)
    assert calculate(session, offer, buyer.id, {"quantity": 1_000}).net_pence == 410_000


def test_without_being_told_it_is_a_year_from_the_next_month(session: Session) -> None:
    found = calculate(session, an_offer_of(session, cadence=Cadence.MONTHLY), None, {})
    assert (found.starts_on, found.ends_on) == (date(2026, 12, 1), date(2027, 11, 30))


def test_terms_are_those_of_the_seller(session: Session) -> None:
    offer = an_offer_of(session, cadence=Cadence.TERMLY)
    days = {
        TermName.AUTUMN: (date(2026, 9, 3), date(2026, 12, 18)),
        TermName.SPRING: (date(2027, 1, 5), date(2027, 3, 25)),
    }
    session.add_all(
        TermDates(organisation_id=offer.seller_id, year=2026, name=name, starts_on=first, ends_on=last)
        for name, (first, last) in days.items()
    )
    session.flush()
    found = calculate(session, offer, None, {"periods": 1})
    assert (found.starts_on, found.ends_on) == (date(2027, 1, 5), date(2027, 8, 31))


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"periods": 6}, "periods"), ({"periods": 1}, "periods"), ({"quantity": 10**13}, "quantity")],
)
def test_what_no_order_could_be_is_refused_at_its_field(
    session: Session, asked: dict[str, Any], field: str
) -> None:
    offer = an_offer_of(session, minimum_periods=2)
    with pytest.raises(Refused) as refused:
        calculate(session, offer, None, {"periods": 2} | asked)
    assert refused.value.field == field


def test_the_page_shows_what_it_comes_to_and_the_address_carries_what_was_asked(
    app: Flask, session: Session
) -> None:
    offer = an_offer_of(session, cadence=Cadence.MONTHLY)
    browser = app.test_client()
    page = browser.get(f"/listings/{offer.id}").text
    assert "£49.20" in page
    assert "£59.04" in page
    asked = (
        f"/listings/{offer.id}?quantity=10&periods=2&starts_on-day=1&starts_on-month=3&starts_on-year=2027"
    )
    page = browser.get(asked).text
    assert "£82.00" in page
    assert "30 April 2027" in page


def test_only_who_has_schools_is_told_that_they_are_counted(app: Flask, session: Session) -> None:
    offer, hint = an_offer_of(session, basis=Basis.PUPIL), "Leave this empty to count your own schools"
    has = signed_in(app, session, an_actor(session, a_trust_with_schools(session, 210)))
    has_none = signed_in(app, session, an_actor(session))
    for asked in ("", "?quantity=50"):
        assert hint in has.get(f"/listings/{offer.id}{asked}").text
        assert hint not in has_none.get(f"/listings/{offer.id}{asked}").text
        assert hint not in app.test_client().get(f"/listings/{offer.id}{asked}").text


def test_a_listing_says_the_vat_of_each_of_its_prices_where_they_differ(app: Flask, session: Session) -> None:
    offer = an_offer_of(session, vat_treatment=VatTreatment.EXEMPT)

    def vat() -> str:
        page = app.test_client().get(f"/listings/{offer.id}").text
        found = re.search(r">\s*VAT\s*</dt>\s*<dd[^>]*>(.*?)</dd>", page, re.DOTALL)
        assert found
        return found[1].strip()

    assert vat() == "Exempt"
    a_plan(session, session.get_one(Listing, offer.id), unit_price_pence=500)
    assert vat() == (
        "Exempt: £4.10 a school, charged each year<br>Standard rate, 20%: £5.00 a school, charged each month"
    )


def test_a_number_told_for_one_price_is_not_taken_for_another_that_counts_something_else(
    app: Flask, session: Session
) -> None:
    offer = an_offer_of(session, cadence=Cadence.MONTHLY)
    first = offer.plans[0].plan_id
    bundle = a_plan(session, session.get_one(Listing, offer.id), Cadence.TERMLY)
    bundle.basis, bundle.bundle_units = Basis.BUNDLE, 8
    session.flush()
    asked = {"told_for": first, "plan_id": bundle.id, "quantity": 10, "periods": 12}
    page = app.test_client().get(f"/listings/{offer.id}", query_string=asked).text
    assert "1 bundle" in page
    assert "for 3 terms" in page
    asked["told_for"] = bundle.id
    page = app.test_client().get(f"/listings/{offer.id}", query_string=asked).text
    assert "10 bundles" in page
    assert "for 12 terms" in page


def test_a_first_day_that_nobody_asked_for_is_looked_for_again(app: Flask, session: Session) -> None:
    offer = an_offer_of(session, cadence=Cadence.MONTHLY)
    page = app.test_client().get(f"/listings/{offer.id}?quantity=2").text
    day = re.search(r'<input[^>]*name="starts_on-day"[^>]*>', page)
    assert day
    assert 'value=""' in day[0]


@pytest.mark.parametrize(("months", "length", "is_free"), [(8, 1, True), (12, 12, True), (0, 12, False)])
def test_what_is_offered_for_less_than_a_year_begins_with_what_can_be_ordered(
    app: Flask, session: Session, months: int, length: int, is_free: bool
) -> None:
    listing = a_listing(session)
    a_plan(session, listing, Cadence.MONTHLY, 9_000)
    if months:
        some_capacity(session, listing, date(2026, 12, 1), add_months(date(2026, 12, 1), months - 1), 3)
    session.commit()
    page = " ".join(app.test_client().get(f"/listings/{listing.id}").text.split())
    assert f"1 day for {length} month{'s' if length > 1 else ''} from " in page
    assert ("Free then" in page, "Not free then" in page) == (is_free, not is_free)


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("quantity=lots", "#quantity"),
        ("periods=99", "#periods"),
        ("starts_on-day=31&starts_on-month=2&starts_on-year=2027", "#starts_on-day"),
        ("plan_id=nonsense", "#plan_id"),
        ("plan_id=00000000-0000-7000-8000-000000000000", "#plan_id"),
    ],
)
def test_a_wrong_address_is_said_at_its_field_and_kept(
    app: Flask, session: Session, query: str, fault: str
) -> None:
    offer = an_offer_of(session)
    answer = app.test_client().get(f"/listings/{offer.id}?{query}")
    assert (answer.status_code, f'href="{fault}"' in answer.text) == (422, True)


def test_a_buyer_sees_the_cost_of_its_own_schools(app: Flask, session: Session) -> None:
    offer = an_offer_of(session, basis=Basis.PUPIL)
    buyer = a_trust_with_schools(session, 210, 90)
    page = signed_in(app, session, an_actor(session, buyer)).get(f"/listings/{offer.id}").text
    assert "for your 2 schools" in page
    assert "£1,230.00" in page
