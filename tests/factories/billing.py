"""Sellers, contracts and invoices for tests."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.documents.getting_paid import GettingPaid, save_getting_paid
from billing.documents.models import Invoice
from marketplace.catalogue.kinds import Cadence, VatTreatment
from marketplace.contracts.models import Contract
from marketplace.contracts.services import Terms, sign_contract
from marketplace.contracts.states import ContractSource
from marketplace.kernel import clock
from marketplace.trusts.access import Actor
from tests.factories.trusts import an_actor

VAT_NUMBER = "GB123456782"


def paid_details(**more: object) -> GettingPaid:
    """How a seller registered for VAT is paid."""
    given: dict[str, object] = {
        "legal_name": "Ash Trust",
        "address": "1 Ash Lane\nLeeds\nLS1 1AA",
        "payee_name": "Ash Trust",
        "sort_code": "123456",
        "account_number": "12345678",
        "vat_number": VAT_NUMBER,
        "vat_registered_on": date(2020, 4, 1),
    }
    return GettingPaid(**(given | more))  # type: ignore[arg-type]


def without_vat() -> GettingPaid:
    """How a seller that is not registered for VAT is paid."""
    return paid_details(vat_number=None, vat_registered_on=None)


def a_seller(session: Session, details: GettingPaid | None = None) -> Actor:
    """Somebody of a trust that has said how it is paid."""
    seller = an_actor(session)
    save_getting_paid(session, seller, details or paid_details())
    return seller


def a_contract(session: Session, seller: Actor, buyer: Actor, **more: object) -> Contract:
    """A contract signed now: 10 hours at £25.00 for each of 3 months from today, with a PO number."""
    given: dict[str, object] = {
        "buyer_id": buyer.organisation_id,
        "supplier_id": seller.organisation_id,
        "source": ContractSource.ORDER,
        "source_id": uuid.uuid4(),
        "title": "Payroll help",
        "unit": "hour",
        "quantity": 10,
        "unit_price_pence": 2_500,
        "cadence": Cadence.MONTHLY,
        "periods": 3,
        "vat_treatment": VatTreatment.STANDARD,
        "starts_on": clock.today(),
        "po_number": "PO-77",
    }
    return sign_contract(session, seller, Terms(**(given | more)))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Owed:
    """One invoice of £250.00 net and the two sides of it."""

    seller: Actor
    buyer: Actor
    contract: Contract
    invoice: Invoice


def an_invoice(session: Session, **more: object) -> Owed:
    """The first invoice of a contract that begins today."""
    seller, buyer = a_seller(session), an_actor(session)
    contract = a_contract(session, seller, buyer, **more)
    invoice = session.scalars(sa.select(Invoice).where(Invoice.contract_id == contract.id)).one()
    return Owed(seller, buyer, contract, invoice)


def numbers_of(session: Session, seller_id: uuid.UUID) -> list[str]:
    """The numbers of a seller's invoices, in order."""
    statement = sa.select(Invoice.number).where(Invoice.seller_id == seller_id).order_by(Invoice.number)
    return list(session.scalars(statement))
