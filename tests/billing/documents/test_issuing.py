"""Invoices are raised once, numbered without a gap, and never changed."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from billing.documents import due, queries
from billing.documents.content import digest
from billing.documents.getting_paid import save_getting_paid
from billing.documents.issuing import Raised, raise_due_invoices, raise_own_invoices
from billing.documents.kinds import DocumentKind, HeldFor, Side, VatCode
from billing.documents.models import Invoice, InvoiceLine, NumberSeries
from billing.documents.numbering import take_number
from billing.ledger.queries import trial_balance
from marketplace.catalogue.kinds import Cadence, VatTreatment
from marketplace.contracts.services import give_po_number
from marketplace.kernel import clock
from marketplace.kernel.errors import NotPermitted
from marketplace.kernel.outbox import OutboxJob
from marketplace.kernel.session import Database, database_of
from marketplace.trusts.kinds import Role
from tests.factories.billing import a_contract, a_seller, an_invoice, numbers_of, paid_details, without_vat
from tests.factories.delegation import a_policy
from tests.factories.trusts import an_actor, an_organisation

LATER = timedelta(days=400)


def test_a_contract_that_begins_today_is_invoiced_at_once(session: Session) -> None:
    owed = an_invoice(session)
    invoice = owed.invoice
    assert (invoice.number, invoice.net_pence, invoice.vat_pence, invoice.gross_pence) == (
        "INV-00001",
        25_000,
        5_000,
        30_000,
    )
    assert (invoice.issued_on, invoice.due_on - invoice.issued_on) == (clock.today(), timedelta(days=30))
    assert invoice.po_number == "PO-77"


def test_a_contract_that_begins_tomorrow_is_not_invoiced_yet(session: Session) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    seller = a_seller(session)
    a_contract(session, seller, an_actor(session), starts_on=tomorrow)
    assert numbers_of(session, seller.organisation_id) == []
    with clock.standing_at(clock.now() + timedelta(days=1)):
        assert raise_due_invoices(session) == Raised(issued=1)


def test_a_run_raises_each_period_once(session: Session) -> None:
    owed = an_invoice(session)
    with clock.standing_at(clock.now() + LATER):
        assert raise_due_invoices(session) == Raised(issued=2)
        assert raise_due_invoices(session) == Raised()
    assert numbers_of(session, owed.seller.organisation_id) == ["INV-00001", "INV-00002", "INV-00003"]
    total = session.scalar(sa.select(sa.func.sum(Invoice.net_pence)))
    assert total == owed.contract.net_pence


def test_no_invoice_is_dated_before_the_last_one(session: Session) -> None:
    """A machine whose clock was ahead has issued: the next number waits on that date for the others."""
    seller, buyer = a_seller(session), an_actor(session)
    with clock.standing_at(clock.now() + timedelta(days=2)):
        a_contract(session, seller, buyer, periods=1)
    a_contract(session, seller, buyer, periods=1)
    dates = session.scalars(sa.select(Invoice.issued_on).order_by(Invoice.number)).all()
    assert list(dates) == [clock.today() + timedelta(days=2)] * 2


def test_each_seller_has_numbers_of_its_own(session: Session) -> None:
    first, second = an_invoice(session), an_invoice(session)
    assert first.invoice.number == second.invoice.number == "INV-00001"


def test_an_invoice_waits_for_the_po_number_that_the_buyer_asks_for(session: Session) -> None:
    seller, buyer = a_seller(session), an_actor(session)
    contract = a_contract(session, seller, buyer, po_number=None)
    assert numbers_of(session, seller.organisation_id) == []
    assert [each.held_for for each in due.held(session, buyer, Side.RECEIVED)] == [HeldFor.PO_NUMBER]
    give_po_number(session, buyer, contract.id, "PO-9")
    invoice = session.scalars(sa.select(Invoice).where(Invoice.contract_id == contract.id)).one()
    assert invoice.po_number == "PO-9"


def test_the_buyer_is_told_once_that_a_po_number_is_wanted(session: Session) -> None:
    seller, buyer = a_seller(session), an_actor(session)
    contract = a_contract(session, seller, buyer, po_number=None)
    raise_due_invoices(session)
    told = sa.select(OutboxJob.payload).where(OutboxJob.key.contains(f"po-number:{contract.id}"))
    assert [job["to"] for job in session.scalars(told)] == [buyer.email]


def test_a_buyer_that_asks_for_no_po_number_is_invoiced_without(session: Session) -> None:
    seller, buyer = a_seller(session), an_actor(session)
    a_policy(session, buyer.organisation_id, requires_po_number=False)
    a_contract(session, seller, buyer, po_number=None)
    assert len(numbers_of(session, seller.organisation_id)) == 1


def test_a_seller_that_has_not_said_how_it_is_paid_is_not_invoiced_for(session: Session) -> None:
    seller, buyer = an_actor(session), an_actor(session)
    a_contract(session, seller, buyer)
    assert raise_own_invoices(session, seller) == Raised(held=1)
    assert [each.held_for for each in due.held(session, seller, Side.ISSUED)] == [HeldFor.SELLER_DETAILS]


def test_a_seller_not_registered_for_vat_charges_none(session: Session) -> None:
    seller, buyer = a_seller(session, without_vat()), an_actor(session)
    contract = a_contract(session, seller, buyer)
    invoice = session.scalars(sa.select(Invoice).where(Invoice.contract_id == contract.id)).one()
    content = queries.content_of(session, invoice)
    assert (invoice.vat_pence, content.title, content.seller.vat_number) == (0, "Invoice", None)
    assert content.lines[0].vat_code is VatCode.NOT_REGISTERED


def test_an_exempt_supply_has_no_vat_and_says_so(session: Session) -> None:
    owed = an_invoice(session, vat_treatment=VatTreatment.EXEMPT)
    assert owed.invoice.vat_pence == 0
    assert queries.content_of(session, owed.invoice).vat[0].words == "Exempt from VAT"


def test_a_term_begun_late_says_that_it_is_charged_by_its_days(session: Session) -> None:
    owed = an_invoice(session, cadence=Cadence.TERMLY, starts_on=date(2026, 10, 15))
    assert "charged by its days" in queries.content_of(session, owed.invoice).lines[0].description


def test_a_charge_of_nothing_makes_no_invoice(session: Session) -> None:
    seller = a_seller(session)
    a_contract(session, seller, an_actor(session), unit_price_pence=0)
    assert numbers_of(session, seller.organisation_id) == []


def test_the_stored_content_gives_the_digest_again(session: Session) -> None:
    owed = an_invoice(session)
    session.expire_all()
    assert digest(queries.content_of(session, owed.invoice)) == owed.invoice.sha256


def test_the_invoice_keeps_the_parties_as_they_were(session: Session) -> None:
    owed = an_invoice(session)
    session.execute(sa.text("UPDATE billing_details SET legal_name = 'Other'"))
    session.execute(sa.text("UPDATE organisations SET name = 'Other'"))
    content = queries.content_of(session, owed.invoice)
    assert (content.seller.name, content.buyer.name) == ("Ash Trust", owed.buyer.organisation_name)


@pytest.mark.parametrize("table", ["invoices", "invoice_lines", "invoice_vat"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET created_at = created_at"])
def test_an_issued_invoice_is_never_changed(session: Session, table: str, verb: str) -> None:
    an_invoice(session)
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        session.execute(sa.text(verb.format(table)))


def test_the_database_refuses_a_period_invoiced_twice(session: Session) -> None:
    owed = an_invoice(session)
    line = session.scalars(sa.select(InvoiceLine)).one()
    copy = {column.name: getattr(line, column.name) for column in InvoiceLine.__table__.columns}
    with pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.insert(InvoiceLine).values(copy | {"id": owed.invoice.id, "no": 2}))


def test_the_buyers_finance_is_told_of_the_invoice(session: Session) -> None:
    owed = an_invoice(session)
    told = sa.select(OutboxJob.payload).where(OutboxJob.key.contains(f"invoice-issued:{owed.invoice.id}"))
    message = session.scalars(told).one()
    assert (message["to"], message["path"]) == (owed.buyer.email, f"/invoices/{owed.invoice.id}")
    assert owed.invoice.payment_reference in message["text"]


def test_the_ledger_has_the_invoice(session: Session) -> None:
    owed = an_invoice(session)
    balance = trial_balance(session, owed.seller.organisation_id)
    assert [row.amount_pence for row in balance.rows] == [30_000, -25_000, -5_000]


def test_only_finance_may_raise_invoices_by_hand(session: Session) -> None:
    with pytest.raises(NotPermitted):
        raise_own_invoices(session, an_actor(session, an_organisation(session), Role.BUYER))


def _take(database: Database, seller_id: uuid.UUID, undo: bool) -> list[str]:
    with database.writing() as session:
        number = take_number(session, seller_id)
        if undo:
            session.rollback()
            return []
        session.commit()
        return [number]


def in_threads(count: int, work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_eight_writers_with_rollbacks_leave_no_gap_and_no_double(own_app: Flask) -> None:
    database = database_of(own_app)
    with database.writing() as session, session.begin():
        seller_id = an_organisation(session).id
        session.add(NumberSeries(seller_id=seller_id, kind=DocumentKind.INVOICE, prefix="INV-"))
    kept: list[str] = []

    def work(thread: int) -> None:
        for number in range(50):
            kept.extend(_take(database, seller_id, undo=(thread + number) % 10 == 0))

    in_threads(8, work)
    assert sorted(kept) == [f"INV-{number:05d}" for number in range(1, len(kept) + 1)]
    assert len(kept) == 360


def test_four_runs_at_once_raise_each_invoice_once(own_app: Flask) -> None:
    database = database_of(own_app)
    with database.writing() as session, session.begin():
        seller, buyer = an_actor(session), an_actor(session)
        for _ in range(10):
            a_contract(session, seller, buyer, periods=1)
        save_getting_paid(session, seller, paid_details())
    done: list[Raised] = []

    def work(thread: int) -> None:
        done.append(database.run(raise_due_invoices))

    in_threads(4, work)
    assert sum(run.issued for run in done) == 10
    with database.reading() as session:
        assert numbers_of(session, seller.organisation_id) == [f"INV-{no:05d}" for no in range(1, 11)]
        assert session.scalar(sa.select(sa.func.count(InvoiceLine.id))) == 10


def test_the_command_raises_what_is_due(own_app: Flask) -> None:
    with database_of(own_app).writing() as session, session.begin():
        seller = an_actor(session)
        a_contract(session, seller, an_actor(session), periods=1)
    runner = own_app.test_cli_runner()
    assert runner.invoke(args=["billing", "run"]).output == "0 invoices issued, 1 charges wait\n"
    with database_of(own_app).writing() as session, session.begin():
        save_getting_paid(session, seller, paid_details())
    assert runner.invoke(args=["billing", "run"]).output == "1 invoices issued, 0 charges wait\n"
    assert runner.invoke(args=["billing", "run"]).output == "0 invoices issued, 0 charges wait\n"
