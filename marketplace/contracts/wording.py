"""How terms are said. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from marketplace.catalogue.kinds import PERIOD_WORDS, Cadence, CapacityUnit, counted
from marketplace.contracts.states import STATE_WORDS, ContractState
from marketplace.kernel.money import pounds


def length_words(periods: int, cadence: Cadence) -> str:
    """12 months, 1 term: for how long something is agreed."""
    one, several = PERIOD_WORDS[cadence]
    return f"{periods:,} {one if periods == 1 else several}"


def quantity_words(quantity: int, unit: str) -> str:
    """3 schools; a supplier's own unit has no plural that we know: 3 x box of 5 reams."""
    known = {kind.value: kind for kind in CapacityUnit}
    return counted(quantity, known[unit]) if unit in known else f"{quantity:,} x {unit}"


def made_of(price_lines: Iterable[Mapping[str, Any]]) -> str:
    """: pupils 640 at £4.10, fixed fee 1 at £300.00; nothing where a price is one line."""
    said = [
        f"{line['words'].lower()} {line['quantity']:,} at {pounds(line['unit_price_pence'])}"
        for line in price_lines
    ]
    return f": {', '.join(said)}" if said else ""


def status_words(state: ContractState, starts_on: date, today: date) -> str:
    """Where a contract stands: it binds from its signing on, and runs from its first day."""
    if state is ContractState.ACTIVE and today < starts_on:
        return "Not started"
    return STATE_WORDS[state]
