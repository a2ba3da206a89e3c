"""Signing a contract, and its PO number."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Cadence, VatTreatment
from marketplace.contracts import services
from marketplace.contracts.events import ContractSigned, PoNumberGiven
from marketplace.contracts.models import Contract
from marketplace.contracts.services import Terms
from marketplace.contracts.states import ContractSource, ContractState
from marketplace.contracts.wording import length_words
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.database import new_id
from marketplace.kernel.errors import NotPermitted
from tests.factories.ordering import Market, a_contract, a_market, next_month


def some_terms(market: Market) -> Terms:
    """A flat price for two units over twelve months."""
    return Terms(
        buyer_id=market.buyer.organisation_id,
        supplier_id=market.seller.organisation_id,
        source=ContractSource.AWARD,
        source_id=new_id(),
        title="Maths licence",
        unit="licence",
        quantity=2,
        unit_price_pence=12_345,
        cadence=Cadence.ONCE,
        periods=12,
        vat_treatment=VatTreatment.ZERO,
        starts_on=next_month(),
        po_number=None,
    )


def test_a_signed_contract_is_active_and_whole(session: Session) -> None:
    market = a_market(session)
    contract = services.sign_contract(session, market.seller, some_terms(market))
    assert (contract.state, contract.net_pence) == (ContractState.ACTIVE, 24_690)
    assert contract.reference.startswith("CON-")
    assert contract.ends_on.month == contract.starts_on.month - 1 or contract.starts_on.month == 1


def test_one_source_signs_one_contract(session: Session) -> None:
    market = a_market(session)
    terms = some_terms(market)
    services.sign_contract(session, market.seller, terms)
    with pytest.raises(sa.exc.IntegrityError):
        services.sign_contract(session, market.seller, terms)


def test_signing_and_giving_a_number_are_announced(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(services, "announce", lambda session, event: told.append(event))
    market = a_market(session)
    contract = services.sign_contract(session, market.seller, some_terms(market))
    services.give_po_number(session, market.buyer, contract.id, "PO-1")
    assert told == [ContractSigned(contract.id), PoNumberGiven(contract.id)]


def test_an_approver_gives_no_number(session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    with pytest.raises(NotPermitted):
        services.give_po_number(session, market.approver, contract.id, "PO-1")


def test_nobody_contracts_with_themselves(session: Session) -> None:
    market = a_market(session)
    contract = a_contract(session, market)
    with pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.update(Contract).values(supplier_id=contract.buyer_id))


@pytest.mark.parametrize(
    ("periods", "cadence", "words"),
    [(1, Cadence.TERMLY, "1 term"), (12, Cadence.MONTHLY, "12 months"), (3, Cadence.ONCE, "3 months")],
)
def test_lengths_are_said_in_words(periods: int, cadence: Cadence, words: str) -> None:
    assert length_words(periods, cadence) == words


def test_every_party_finds_each_act_on_its_contract_in_its_own_record(session: Session) -> None:
    market = a_market(session)
    lead, terms = market.stranger, some_terms(market)  # who leads a round signs for its members
    contract = services.sign_contract(session, lead, terms)
    services.give_po_number(session, market.buyer, contract.id, "PO-1")
    services.complete_contracts(session, contract.ends_on + timedelta(days=1))
    session.commit()
    acts = [("sign", lead.person_id), ("give-po-number", market.buyer.person_id), ("complete", None)]
    assert record_of(session, contract) == {
        terms.buyer_id: acts,
        terms.supplier_id: acts,
        lead.organisation_id: acts[:1],
    }


def record_of(session: Session, contract: Contract) -> dict[uuid.UUID, list[tuple[str, uuid.UUID | None]]]:
    """What was done with a contract and by whom, in each organisation's record."""
    statement = sa.select(AuditEntry).where(AuditEntry.subject_id == contract.id)
    found: dict[uuid.UUID, list[tuple[str, uuid.UUID | None]]] = {}
    for entry in session.scalars(statement.order_by(AuditEntry.number)):
        found.setdefault(entry.organisation_id, []).append((entry.action, entry.person_id))
    return found
