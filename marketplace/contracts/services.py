"""Signing contracts and keeping their PO numbers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import pricing
from marketplace.catalogue.kinds import Cadence, Delivery, ListingKind, VatTreatment
from marketplace.contracts.events import ContractShortened, ContractSigned, PoNumberGiven
from marketplace.contracts.models import Contract
from marketplace.contracts.states import ContractSource, ContractState
from marketplace.kernel.events import announce
from marketplace.kernel.references import new_reference
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role


@dataclass(frozen=True)
class Terms:
    """What both sides agreed; money in pence, net."""

    buyer_id: uuid.UUID
    supplier_id: uuid.UUID
    source: ContractSource
    source_id: uuid.UUID
    title: str
    unit: str
    quantity: int
    unit_price_pence: int
    cadence: Cadence
    periods: int
    vat_treatment: VatTreatment
    starts_on: date
    po_number: str | None
    summary: str | None = None
    description: str | None = None
    delivery: Delivery | None = None
    places_served: str | None = None
    price_lines: Sequence[Mapping[str, Any]] = ()
    """Where a charge is made of several lines: then the unit price is their sum."""
    term_starts: Sequence[str] | None = None
    minimum_periods: int = 1
    notice_days: int | None = None
    is_split_in_april: bool = False
    kind: ListingKind | None = None
    licence: str | None = None
    trial_months: int | None = None
    trial_percent: int = 0
    trial_terms: str | None = None
    buyer_signed_by_id: uuid.UUID | None = None
    buyer_signed_at: datetime | None = None
    supplier_signed_by_id: uuid.UUID | None = None


def sign_contract(session: Session, actor: Actor, terms: Terms) -> Contract:
    """Bind buyer and supplier; one order or award signs one contract (the unique source refuses a second)."""
    charged = pricing.charges_of(terms)
    contract = Contract(
        reference=new_reference("CON"),
        ends_on=charged[-1].ends_on,
        net_pence=pricing.whole_life_pence(charged),
        **(vars(terms) | {"price_lines": list(terms.price_lines)}),
    )
    session.add(contract)
    session.flush()
    access.record(
        session, actor, "sign", contract, after={"net_pence": contract.net_pence}, parties=_parties(contract)
    )
    announce(session, ContractSigned(contract.id))
    return contract


def give_po_number(session: Session, actor: Actor, contract_id: uuid.UUID, po_number: str) -> Contract:
    """Set the buyer's PO number for invoices not issued yet; NotFound unless the actor is the buyer."""
    access.require(actor, Role.BUYER, Role.FINANCE, Role.ADMINISTRATOR)
    contract = access.own(session, Contract, contract_id, Contract.buyer_id, acting=actor, lock=True)
    before, contract.po_number = contract.po_number, po_number
    numbers = {"po_number": before}, {"po_number": contract.po_number}
    access.record(session, actor, "give-po-number", contract, *numbers, parties=_parties(contract))
    announce(session, PoNumberGiven(contract.id))
    return contract


def shorten_contract(session: Session, actor: Actor, contract_id: uuid.UUID, periods: int) -> Contract:
    """Let a contract end with an earlier charge period, by its own terms; NotFound unless the actor buys it.

    What was charged stays; what would have been charged afterwards never will be.
    """
    contract = access.own(session, Contract, contract_id, Contract.buyer_id, acting=actor, lock=True)
    if not contract.minimum_periods <= periods < contract.periods:
        raise ValueError("a contract ends early after its shortest time and before its end")
    before = {"periods": contract.periods, "net_pence": contract.net_pence}
    contract.periods = periods
    charged = pricing.charges_of(contract)
    contract.ends_on, contract.net_pence = charged[-1].ends_on, pricing.whole_life_pence(charged)
    session.flush()
    now = {"periods": periods, "net_pence": contract.net_pence}
    access.record(session, actor, "shorten", contract, before, now, _parties(contract))
    announce(session, ContractShortened(contract.id))
    return contract


def complete_contracts(session: Session, on: date) -> None:
    """Complete the contracts whose last day lies before this London date."""
    over = (
        sa.select(Contract)
        .where(Contract.state == ContractState.ACTIVE, Contract.ends_on < on)
        .order_by(Contract.id)
        .with_for_update()
    )
    for contract in session.scalars(over):
        contract.state = ContractState.COMPLETE
        access.record(session, None, "complete", contract, parties=_parties(contract))


def _parties(contract: Contract) -> tuple[uuid.UUID, uuid.UUID]:
    """In whose records everything about it stands."""
    return contract.buyer_id, contract.supplier_id
