"""A seller says how a listing is charged."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.catalogue import plans, queries
from marketplace.catalogue.kinds import Basis, Cadence, CapacityUnit, VatTreatment
from marketplace.catalogue.models import Listing
from marketplace.catalogue.plans import Price
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import Conflict, NotFound, Refused
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.catalogue import a_listing
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in

BUNDLE: dict[str, Any] = {"basis": Basis.BUNDLE, "bundle_units": 20, "carried_over": 5}
FORM = {"basis": "unit", "unit_price_pence": "265.00", "cadence": "monthly", "vat_treatment": "standard"}


def a_price(**more: Any) -> Price:
    columns: dict[str, Any] = {
        "cadence": Cadence.MONTHLY,
        "unit_price_pence": 26_500,
        "vat_treatment": VatTreatment.STANDARD,
    }
    return Price(**(columns | more))


def a_seller(session: Session, **more: Any) -> tuple[Actor, Listing]:
    trust = an_organisation(session)
    return an_actor(session, trust, Role.SELLER), a_listing(session, trust, **more)


def words(session: Session, listing: Listing) -> list[str]:
    return [plan.words for plan in queries.own_listing(session, listing.seller_id, listing.id).plans]


def test_a_listing_has_several_prices_each_of_its_kind(session: Session) -> None:
    actor, listing = a_seller(session)
    plans.add_plan(session, actor, listing.id, a_price())
    plans.add_plan(session, actor, listing.id, a_price(cadence=Cadence.ANNUAL))
    plans.add_plan(session, actor, listing.id, a_price(cadence=Cadence.TERMLY, **BUNDLE))
    assert words(session, listing) == [
        "£265.00 a day, charged each month",
        "£265.00 a day, charged each year",
        "£265.00 for 20 days, charged each term",
    ]
    with pytest.raises(Conflict):
        plans.add_plan(session, actor, listing.id, a_price(unit_price_pence=1))


def test_a_removed_price_can_be_offered_again_with_other_terms(session: Session) -> None:
    actor, listing = a_seller(session)
    first = plans.add_plan(session, actor, listing.id, a_price())
    plans.add_plan(session, actor, listing.id, a_price(cadence=Cadence.ANNUAL))
    plans.remove_plan(session, actor, listing.id, first.id)
    assert words(session, listing) == ["£265.00 a day, charged each year"]
    with pytest.raises(NotFound):
        plans.change_plan(session, actor, listing.id, first.id, a_price())
    again = plans.add_plan(session, actor, listing.id, a_price(unit_price_pence=100))
    assert (again.id, again.unit_price_pence, again.is_offered) == (first.id, 100, True)


def recorded(session: Session, action: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the newest entry of an act says that was, and became."""
    session.commit()
    statement = sa.select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.number.desc())
    entry = session.scalars(statement.limit(1)).one()
    return entry.before, entry.after


def test_the_record_keeps_everything_that_a_price_said_and_says(app: Flask, session: Session) -> None:
    actor, listing = a_seller(session)
    by_school = {"basis": Basis.SCHOOL, "phase_prices": {"primary": 400, "secondary": 900}}
    plan = plans.add_plan(session, actor, listing.id, a_price(**by_school))
    before, after = recorded(session, "price")
    assert before == {}
    assert set(vars(a_price())) - {"phase_prices"} <= after.keys()
    assert (after["primary_price_pence"], after["nursery_price_pence"], after["vat_treatment"]) == (
        400,
        None,
        "standard",
    )
    now = by_school | {"phase_prices": {"primary": 500}, "notice_days": 30, "fixed_pence": 7, "units_each": 2}
    plans.change_plan(session, actor, listing.id, plan.id, a_price(**now))
    before, after = recorded(session, "price")
    was = {"fixed_pence": 0, "units_each": 1, "notice_days": None}
    assert before == was | {"primary_price_pence": 400, "secondary_price_pence": 900}
    assert after == {
        "version": listing.version,
        "cadence": "monthly",
        "basis": "school",
        "fixed_pence": 7,
        "units_each": 2,
        "notice_days": 30,
        "primary_price_pence": 500,
        "secondary_price_pence": None,
    }
    trust = session.get_one(Organisation, actor.organisation_id)
    administrator = an_actor(session, trust, Role.ADMINISTRATOR)
    page = signed_in(app, session, administrator).get("/trust/audit")
    assert "primary price: £5.00 (was £4.00)" in " ".join(page.text.split())


def test_the_record_says_which_price_was_removed(session: Session) -> None:
    actor, listing = a_seller(session)
    plans.add_plan(session, actor, listing.id, a_price())
    plan = plans.add_plan(session, actor, listing.id, a_price(cadence=Cadence.ANNUAL))
    plans.remove_plan(session, actor, listing.id, plan.id)
    before, after = recorded(session, "remove-price")
    assert (before["is_offered"], after["is_offered"], after["cadence"]) == (True, False, "annual")
    plans.add_plan(session, actor, listing.id, a_price(cadence=Cadence.ANNUAL))
    before, after = recorded(session, "price")
    assert (before, after["unit_price_pence"], after["is_offered"]) == ({}, 26_500, True)


def test_a_published_listing_keeps_its_last_price(session: Session) -> None:
    actor, listing = a_seller(session)
    plan = plans.add_plan(session, actor, listing.id, a_price())
    with pytest.raises(Conflict, match="needs a price"):
        plans.remove_plan(session, actor, listing.id, plan.id)


def test_a_price_becomes_no_second_of_its_kind(session: Session) -> None:
    actor, listing = a_seller(session)
    plans.add_plan(session, actor, listing.id, a_price())
    other = plans.add_plan(session, actor, listing.id, a_price(cadence=Cadence.ANNUAL))
    with pytest.raises(Conflict):
        plans.change_plan(session, actor, listing.id, other.id, a_price())


@pytest.mark.parametrize(
    ("more", "unit", "field"),
    [
        ({"phase_prices": {"primary": 100}}, CapacityUnit.DAY, "primary_price_pence"),
        (BUNDLE, CapacityUnit.SCHOOL, "basis"),
        ({"basis": Basis.BUNDLE}, CapacityUnit.DAY, "bundle_units"),
        (BUNDLE | {"carried_over": 21}, CapacityUnit.DAY, "carried_over"),
        (BUNDLE | {"cadence": Cadence.ONCE}, CapacityUnit.DAY, "carried_over"),
        ({"bundle_units": 5}, CapacityUnit.DAY, "bundle_units"),
        ({"carried_over": 5}, CapacityUnit.DAY, "carried_over"),
        ({"cadence": Cadence.ANNUAL, "minimum_periods": 6}, CapacityUnit.DAY, "minimum_periods"),
    ],
)
def test_terms_that_do_not_go_together_are_refused_at_their_field(
    session: Session, more: dict[str, Any], unit: CapacityUnit, field: str
) -> None:
    actor, listing = a_seller(session, unit=unit)
    with pytest.raises(Refused) as refused:
        plans.add_plan(session, actor, listing.id, a_price(**more))
    assert refused.value.field == field


def test_another_trusts_prices_are_not_there(session: Session) -> None:
    _, listing = a_seller(session)
    with pytest.raises(NotFound):
        plans.add_plan(session, an_actor(session), listing.id, a_price())


def test_a_price_is_added_changed_and_removed_on_the_pages(app: Flask, session: Session) -> None:
    actor, listing = a_seller(session)
    browser, place = signed_in(app, session, actor), f"/listings/{listing.id}/prices"
    assert "No price yet" in browser.get(place).text
    assert browser.post(f"{place}/new", data=FORM).location == place
    browser.post(f"{place}/new", data=FORM | {"cadence": "annual", "notice_days": "30"})
    first, second = queries.own_listing(session, listing.seller_id, listing.id).plans
    assert (first.notice_days, second.notice_days) == (None, 30)
    filled = browser.get(f"{place}/{second.plan_id}").text
    assert 'value="265.00"' in filled
    changed = FORM | {"cadence": "annual", "unit_price_pence": "200"}
    browser.post(f"{place}/{second.plan_id}", data=changed)
    assert "£200.00 a day, charged each year" in browser.get(place).text
    assert "Nobody can order at it any more" in browser.get(f"{place}/{first.plan_id}/remove").text
    browser.post(f"{place}/{first.plan_id}/remove")
    assert "charged each month" not in browser.get(place).text
    last = browser.post(f"{place}/{second.plan_id}/remove")
    assert (last.status_code, "needs a price" in last.text) == (409, True)


def test_nothing_typed_is_lost_when_a_price_is_refused(app: Flask, session: Session) -> None:
    actor, listing = a_seller(session, unit=CapacityUnit.SCHOOL)
    browser = signed_in(app, session, actor)
    typed = FORM | {"basis": "bundle", "bundle_units": "20", "minimum_periods": "3"}
    place = f"/listings/{listing.id}/prices/new"
    assert 'href="/trust/terms"' in browser.get(place).text, "whose terms they are"
    answer = browser.post(place, data=typed)
    assert (answer.status_code, 'href="#basis"' in answer.text) == (422, True)
    assert 'value="265.00"' in answer.text
    assert 'value="3"' in answer.text


def test_prices_are_kept_and_calculated_by_program(app: Flask, session: Session) -> None:
    actor, listing = a_seller(session)
    client, headers = app.test_client(), bearer(session, actor)
    place = f"/api/listings/{listing.id}/prices"
    sent = {
        "cadence": "annual",
        "basis": "school",
        "unit_price_pence": 10_000,
        "primary_price_pence": 9_000,
        "vat_treatment": "exempt",
    }
    added = client.post(place, json=sent, headers=headers)
    assert added.status_code == 201
    (plan,) = added.get_json()["plans"]
    assert (plan["basis"], plan["phase_prices"]) == ("school", {"primary": 9_000})
    changed = client.put(f"{place}/{plan['plan_id']}", json=sent | {"fixed_pence": 500}, headers=headers)
    assert changed.get_json()["plans"][0]["fixed_pence"] == 500
    asked = f"/api/listings/{listing.id}/cost?quantity=3&periods=2&starts_on=2027-09-01"
    cost = client.get(asked, headers=headers).get_json()
    assert [line["quantity"] for line in cost["lines"]] == [3, 1]
    assert (cost["net_pence"], cost["vat_pence"], len(cost["charges"])) == (61_000, 0, 2)
    gone = client.delete(f"{place}/{uuid.uuid4()}", headers=headers)
    assert gone.status_code == 404
