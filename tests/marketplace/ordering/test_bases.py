"""Orders of prices by school, pupil, bundle or the whole, down to their contract and invoice."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from billing.documents.getting_paid import save_getting_paid
from billing.documents.models import InvoiceLine
from marketplace.catalogue.kinds import Basis, Cadence, CapacityUnit, Phase
from marketplace.catalogue.models import CapacityPeriod, Listing, Plan
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, Refused
from marketplace.ordering import services
from marketplace.ordering.models import OrderCapacity
from marketplace.trusts.kinds import LinkKind, OrganisationKind, Role
from marketplace.trusts.models import Organisation, OrganisationLink, PupilCount, TermDates
from marketplace.trusts.terms import TermName
from tests.factories.billing import paid_details
from tests.factories.ordering import Market, a_draft, a_market, a_sent_order, next_month
from tests.factories.trusts import an_organisation, bearer, signed_in


def a_priced_market(session: Session, **plan: Any) -> Market:
    market = a_market(session)
    found = session.scalars(sa.select(Plan).where(Plan.listing_id == market.listing_id)).one()
    for name, value in plan.items():
        setattr(found, name, value)
    session.flush()
    return market


def some_schools(session: Session, market: Market, *pupils: int | None) -> list[Organisation]:
    schools = []
    for number, count in enumerate(pupils):
        school = an_organisation(
            session, f"Quay School {number} {uuid.uuid4().hex[:4]}", OrganisationKind.SCHOOL
        )
        school.phase, school.pupils = ("Primary", "Secondary")[number % 2], count
        group = market.buyer.organisation_id
        session.add(OrganisationLink(school_id=school.id, group_id=group, kind=LinkKind.MEMBER))
        schools.append(school)
    session.flush()
    return schools


def taken(session: Session, market: Market) -> list[int]:
    statement = sa.select(CapacityPeriod.taken).where(CapacityPeriod.listing_id == market.listing_id)
    return [units for units in session.scalars(statement.order_by(CapacityPeriod.starts_on)) if units]


def test_pupils_are_charged_as_they_were_counted_and_the_contract_says_how(session: Session) -> None:
    market = a_priced_market(
        session, basis=Basis.PUPIL, unit_price_pence=410, phase_prices={"primary": 400}, fixed_pence=5_000
    )
    first, second = some_schools(session, market, 210, 900)
    session.add(
        PupilCount(
            organisation_id=market.buyer.organisation_id,
            school_id=second.id,
            pupils=950,
            counted_on=date(2026, 10, 1),
            reason="A new class",
            person_id=market.buyer.person_id,
        )
    )
    session.flush()
    order = a_sent_order(session, market, quantity=None, school_ids=[first.id, second.id])
    whole = 210 * 400 + 950 * 410 + 5_000
    assert order.net_pence == whole * 3
    assert [(one["pupils"], one["counted_on"]) for one in order.schools] == [(210, None), (950, "2026-10-01")]
    assert taken(session, market) == [2, 2, 2]
    second.pupils = 5
    contract = services.accept_order(session, market.seller, order.id)
    assert (contract.quantity, contract.unit, contract.unit_price_pence) == (1, "month", whole)
    assert [line["words"] for line in contract.price_lines] == ["Pupils, primary", "Pupils", "Fixed fee"]
    assert contract.net_pence == whole * 3


def test_an_invoice_says_what_its_charge_is_made_of(session: Session) -> None:
    market = a_priced_market(session, basis=Basis.SCHOOL, unit_price_pence=10_000, fixed_pence=500)
    schools = [one.id for one in some_schools(session, market, 1, 1)]
    save_getting_paid(session, replace(market.seller, roles=frozenset({Role.FINANCE})), paid_details())
    order = a_sent_order(session, market, starts_on=clock.today(), school_ids=schools, quantity=None)
    services.accept_order(session, market.seller, order.id)
    (line,) = session.scalars(sa.select(InvoiceLine)).all()
    assert line.description.endswith(": schools 2 at £100.00, fixed fee 1 at £5.00")
    assert (line.quantity * line.unit_price_pence, line.net_pence) == (20_500, 20_500)


def test_an_invoice_never_says_half_a_sum(session: Session) -> None:
    phases = {phase.value: 9_999_999 for phase in Phase}
    market = a_priced_market(
        session, basis=Basis.SCHOOL, phase_prices=phases, fixed_pence=9_999_999, unit_price_pence=1
    )
    session.get_one(Listing, market.listing_id).title = "L" * 120
    schools = some_schools(session, market, 1, 1, 1, 1, 1, 1)
    of_phases = ("Nursery", "Primary", "Secondary", "16 plus", "Not applicable", "Not applicable")
    for school, phase in zip(schools, of_phases, strict=True):
        school.phase = phase
    schools[4].establishment_type = "Community special school"
    save_getting_paid(session, replace(market.seller, roles=frozenset({Role.FINANCE})), paid_details())
    order = a_sent_order(
        session,
        market,
        starts_on=clock.today(),
        school_ids=[one.id for one in schools],
        quantity=None,
        periods=1,
    )
    contract = services.accept_order(session, market.seller, order.id)
    (line,) = session.scalars(sa.select(InvoiceLine)).all()
    assert len(contract.price_lines) == 7
    assert len(line.description) <= 300
    assert line.description.endswith(" 1 at £99,999.99, and the rest as in the contract")


def test_the_whole_service_is_one_whatever_quantity_is_sent(session: Session) -> None:
    market = a_priced_market(session, basis=Basis.FLAT, units_each=4)
    order = a_sent_order(session, market, quantity=9)
    assert (order.quantity, order.net_pence) == (1, 26_500 * 3)
    assert taken(session, market) == [4, 4, 4]


def test_a_bundle_takes_its_hours_over_its_months(session: Session) -> None:
    market = a_priced_market(session, basis=Basis.BUNDLE, bundle_units=9, cadence=Cadence.ANNUAL)
    order = a_sent_order(session, market, quantity=2, periods=1)
    assert order.net_pence == 53_000
    assert taken(session, market) == [2] * 12
    assert {one.units for one in session.scalars(sa.select(OrderCapacity))} == {2}


@pytest.mark.parametrize(
    ("terms", "quantity", "words", "field"),
    [
        (
            {"basis": Basis.BUNDLE, "bundle_units": 3},
            2,
            "takes 6 days in each month. Order less or choose other dates.",
            "quantity",
        ),
        ({"basis": Basis.SCHOOL, "units_each": 2}, 3, "takes 6 days in each month. Order less", "quantity"),
        ({"basis": Basis.FLAT, "units_each": 6}, 1, "takes 6 days in each month. Choose other", "starts_on"),
    ],
)
def test_too_little_is_said_in_what_the_order_takes_where_the_price_counts_something_else(
    session: Session, terms: dict[str, Any], quantity: int, words: str, field: str
) -> None:
    market = a_priced_market(session, **terms)
    session.execute(sa.update(CapacityPeriod).values(units=5))
    with pytest.raises(Conflict) as refused:
        a_draft(session, market, quantity=quantity)
    assert refused.value.sentence.startswith("Only 5 days are left in ")
    assert (words in refused.value.sentence, refused.value.field) == (True, field)


def test_where_nothing_is_left_only_other_dates_help(session: Session) -> None:
    market = a_priced_market(session, basis=Basis.BUNDLE, bundle_units=3)
    session.execute(sa.update(CapacityPeriod).values(units=0))
    with pytest.raises(Conflict, match=r"Nothing is left in \w+ \d{4}\. Choose other dates\.$"):
        a_draft(session, market, quantity=1)


def test_a_buyer_without_schools_in_the_register_says_how_many_there_are(session: Session) -> None:
    market = a_priced_market(session, basis=Basis.PUPIL, unit_price_pence=410)
    with pytest.raises(Refused) as refused:
        a_draft(session, market, quantity=None)
    assert refused.value.field == "quantity"
    assert a_draft(session, market, quantity=300, periods=1).net_pence == 123_000


def test_pupils_that_a_buyer_told_stay_when_something_else_is_changed(app: Flask, session: Session) -> None:
    market = a_priced_market(session, basis=Basis.PUPIL, unit_price_pence=410)
    order = a_draft(session, market, quantity=300, periods=1)
    client, headers = app.test_client(), bearer(session, market.buyer)
    changed = client.patch(f"/api/orders/{order.id}", json={"note": "For our sixth form"}, headers=headers)
    assert changed.get_json()["net_pence"] == 123_000
    page = signed_in(app, session, market.buyer).get(f"/orders/{order.id}/change").text
    assert 'value="300"' in page


@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize("own", [0, 1])
def test_every_school_that_is_named_must_be_the_buyers_own(session: Session, own: int, others: int) -> None:
    market = a_priced_market(session, basis=Basis.SCHOOL)
    named = [one.id for one in some_schools(session, market, 10)][:own] + [uuid.uuid4()] * others
    if (own, others) == (1, 0):
        assert a_draft(session, market, school_ids=named * 2).quantity == 1
        return
    with pytest.raises(Refused) as refused:
        a_draft(session, market, school_ids=named)
    assert refused.value.field == "school_ids"


def test_a_draft_is_not_changed_to_fewer_schools_because_one_left(session: Session) -> None:
    market = a_priced_market(session, basis=Basis.SCHOOL)
    schools = some_schools(session, market, 10, 20)
    order = a_draft(session, market, school_ids=[one.id for one in schools])
    session.execute(sa.delete(OrganisationLink).where(OrganisationLink.school_id == schools[0].id))
    with pytest.raises(Refused, match="not any more") as refused:
        services.change_order(session, market.buyer, order.id, {"note": "Thank you"})
    assert refused.value.field == "school_ids"


@pytest.mark.parametrize("is_registered", [True, False])
def test_schools_whose_pupils_nobody_knows_take_what_the_seller_said(
    session: Session, is_registered: bool
) -> None:
    market = a_priced_market(session, basis=Basis.SCHOOL, units_each=3)
    session.get_one(Listing, market.listing_id).unit = CapacityUnit.PUPIL
    known = [one.id for one in some_schools(session, market, None, 4)] if is_registered else []
    a_sent_order(session, market, quantity=2, school_ids=known, periods=1)
    assert taken(session, market) == [7 if is_registered else 6]


def test_pupils_that_nobody_counted_are_asked_for(session: Session) -> None:
    market = a_priced_market(session, basis=Basis.PUPIL)
    (school,) = some_schools(session, market, None)
    with pytest.raises(Refused, match="Nobody knows how many pupils"):
        a_draft(session, market, school_ids=[school.id])


@pytest.mark.parametrize("cadence", [Cadence.MONTHLY, Cadence.TERMLY])
def test_schools_that_cost_nothing_are_not_ordered_alone(session: Session, cadence: Cadence) -> None:
    phases = {"primary": 0}
    market = a_priced_market(session, basis=Basis.SCHOOL, phase_prices=phases, cadence=cadence)
    primary, secondary = (one.id for one in some_schools(session, market, 10, 20))
    words = "Add a school of another phase, choose another price, or ask the seller"
    with pytest.raises(Refused, match=words) as refused:
        a_draft(session, market, school_ids=[primary], quantity=None, periods=1)
    assert refused.value.field == "school_ids"
    both = a_draft(session, market, school_ids=[primary, secondary], quantity=None, periods=1)
    session.scalars(sa.select(Plan)).one().fixed_pence = 500
    alone = a_draft(session, market, school_ids=[primary], quantity=None, periods=1)
    assert (both.net_pence > 0, alone.net_pence > 0) == (True, True)


def test_less_than_the_shortest_order_is_refused(session: Session) -> None:
    market = a_priced_market(session, minimum_periods=6)
    with pytest.raises(Refused, match="6 months or more"):
        a_draft(session, market, periods=5)


def test_an_order_keeps_the_terms_of_the_seller_and_does_not_bind_once_they_changed(session: Session) -> None:
    market = a_priced_market(session, cadence=Cadence.TERMLY)
    dates = TermDates(
        organisation_id=market.seller.organisation_id,
        year=2026,
        name=TermName.SUMMER,
        starts_on=date(2027, 4, 12),
        ends_on=date(2027, 7, 22),
    )
    session.add(dates)
    session.flush()
    order = a_draft(session, market, starts_on=date(2027, 4, 12), periods=1)
    assert order.term_starts == ["2027-04-12", "2027-09-01"]
    assert (order.ends_on, order.net_pence) == (date(2027, 8, 31), 53_000)
    dates.starts_on = date(2027, 4, 13)
    session.flush()
    with pytest.raises(Conflict, match="the term dates"):
        services.submit_order(session, market.buyer, order.id)


def test_the_form_names_the_schools_with_their_pupils(app: Flask, session: Session) -> None:
    market = a_priced_market(session, basis=Basis.PUPIL, fixed_pence=100)
    (school,) = some_schools(session, market, 210)
    browser = signed_in(app, session, market.buyer)
    page = browser.get(f"/orders/new?listing={market.listing_id}").text
    assert "210 pupils, as the schools register has them" in page
    start = next_month()
    sent = {
        "school_ids": [str(school.id)],
        "periods": "2",
        "starts_on-day": str(start.day),
        "starts_on-month": str(start.month),
        "starts_on-year": str(start.year),
    }
    check = browser.post(f"/orders/new?listing={market.listing_id}", data=sent).location
    page = browser.get(check).text
    assert f"{school.name}, 210 pupils by the schools register" in page
    assert 'class="app-scroll" tabindex="0" role="region" aria-label="What each charge' in page, "on a phone"
    wrong = browser.post(f"/orders/new?listing={market.listing_id}", data=sent | {"school_ids": []})
    assert (wrong.status_code, 'href="#school_ids"' in wrong.text) == (422, True)


def test_a_program_sees_lines_and_schools(app: Flask, session: Session) -> None:
    market = a_priced_market(session, basis=Basis.SCHOOL, fixed_pence=100)
    (school,) = some_schools(session, market, 210)
    body = {
        "listing_id": str(market.listing_id),
        "school_ids": [str(school.id)],
        "starts_on": next_month().isoformat(),
        "periods": 1,
    }
    made = app.test_client().post("/api/orders", json=body, headers=bearer(session, market.buyer)).get_json()
    assert [line["words"] for line in made["lines"]] == ["Schools", "Fixed fee"]
    assert (made["units"], made["schools"][0]["school_id"]) == (1, str(school.id))
    assert session.get_one(Listing, market.listing_id).version == made["listing_version"]
    assert Role.BUYER in market.buyer.roles
