"""VAT registrations have dates, and no date contradicts an invoice that was issued."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.documents.getting_paid import save_getting_paid
from billing.documents.models import Invoice, VatRegistration
from marketplace.kernel import clock
from marketplace.kernel.errors import Refused
from tests.factories.billing import (
    VAT_NUMBER,
    a_contract,
    a_seller,
    an_invoice,
    paid_details,
    without_vat,
)
from tests.factories.trusts import an_actor

OTHER_NUMBER = "GB434031494"
SINCE = date(2020, 4, 1)
ONE_DAY = timedelta(days=1)


def kept(session: Session) -> list[tuple[str, date, date | None]]:
    columns = (VatRegistration.number, VatRegistration.starts_on, VatRegistration.ends_on)
    return [
        (number, starts_on, ends_on)
        for number, starts_on, ends_on in session.execute(sa.select(*columns).order_by(columns[1]))
    ]


def test_a_number_taken_away_holds_for_the_rest_of_the_day_and_not_tomorrow(session: Session) -> None:
    owed = an_invoice(session)
    save_getting_paid(session, owed.seller, without_vat())
    assert kept(session) == [(VAT_NUMBER, SINCE, clock.today())]
    a_contract(session, owed.seller, owed.buyer, periods=1)
    with clock.standing_at(clock.now() + ONE_DAY):
        a_contract(session, owed.seller, owed.buyer, periods=1)
    charged = session.scalars(sa.select(Invoice.vat_pence).order_by(Invoice.number)).all()
    assert list(charged) == [5_000, 5_000, 0]


def test_a_number_taken_away_by_a_slip_is_put_back(session: Session) -> None:
    owed = an_invoice(session)
    save_getting_paid(session, owed.seller, without_vat())
    save_getting_paid(session, owed.seller, without_vat())
    save_getting_paid(session, owed.seller, paid_details())
    assert kept(session) == [(VAT_NUMBER, SINCE, None)]


def test_a_number_of_a_day_to_come_that_is_taken_away_never_held(session: Session) -> None:
    seller = a_seller(session, paid_details(vat_registered_on=clock.today() + ONE_DAY))
    save_getting_paid(session, seller, without_vat())
    assert kept(session) == []


def test_taking_away_ends_the_old_number_and_the_next(session: Session) -> None:
    seller = a_seller(session)
    later = paid_details(vat_number=OTHER_NUMBER, vat_registered_on=clock.today() + 30 * ONE_DAY)
    save_getting_paid(session, seller, later)
    save_getting_paid(session, seller, without_vat())
    assert kept(session) == [(VAT_NUMBER, SINCE, clock.today())]


def test_the_date_of_a_number_may_be_corrected_while_no_invoice_stands_on_it(session: Session) -> None:
    seller = a_seller(session)
    save_getting_paid(session, seller, paid_details(vat_registered_on=date(2021, 5, 1)))
    assert kept(session) == [(VAT_NUMBER, date(2021, 5, 1), None)]


def test_the_date_of_a_number_cannot_pass_an_invoice_that_has_it(session: Session) -> None:
    owed = an_invoice(session)
    today = clock.today()
    save_getting_paid(session, owed.seller, paid_details(vat_registered_on=today))
    later = paid_details(vat_registered_on=today + ONE_DAY)
    with pytest.raises(Refused, match=f"has the VAT registration number {VAT_NUMBER} on it") as refused:
        save_getting_paid(session, owed.seller, later)
    assert refused.value.field == "vat_registered_on"


@pytest.mark.parametrize("days", [0, 5])
def test_a_registration_does_not_reach_back_to_an_invoice_without_vat(session: Session, days: int) -> None:
    seller = a_seller(session, without_vat())
    a_contract(session, seller, an_actor(session))
    with pytest.raises(Refused, match="has no VAT registration number on it"):
        save_getting_paid(
            session, seller, paid_details(vat_registered_on=clock.today() - timedelta(days=days))
        )


def test_a_registration_may_begin_the_day_after_an_invoice_without_vat(session: Session) -> None:
    seller = a_seller(session, without_vat())
    a_contract(session, seller, an_actor(session))
    save_getting_paid(session, seller, paid_details(vat_registered_on=clock.today() + ONE_DAY))
    assert kept(session) == [(VAT_NUMBER, clock.today() + ONE_DAY, None)]


def test_another_number_does_not_reach_back_to_an_invoice_of_the_old_one(session: Session) -> None:
    owed = an_invoice(session)
    newer = paid_details(vat_number=OTHER_NUMBER, vat_registered_on=clock.today())
    with pytest.raises(Refused, match=VAT_NUMBER):
        save_getting_paid(session, owed.seller, newer)


def test_the_invoices_of_another_seller_do_not_matter(session: Session) -> None:
    an_invoice(session)
    seller = a_seller(session, without_vat())
    a_contract(session, seller, an_actor(session))
    save_getting_paid(session, seller, without_vat())
    assert session.scalar(sa.select(sa.func.count(Invoice.id))) == 2
