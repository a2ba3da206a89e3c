"""What contracts do each day."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from marketplace.contracts.states import ContractState
from marketplace.contracts.subscribers import complete_contracts
from marketplace.kernel.outbox import Work
from tests.factories.ordering import a_contract, a_market


def test_a_contract_is_complete_the_day_after_its_last(session: Session) -> None:
    contract = a_contract(session, a_market(session))
    states = []
    for on in (contract.ends_on, contract.ends_on + timedelta(days=1)):
        complete_contracts(session, Work("key", {"on": on.isoformat()}))
        states.append(contract.state)
    assert states == [ContractState.ACTIVE, ContractState.COMPLETE]
