"""What budgets hold, what is owed from them and what was invoiced, with the rows behind each figure."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.delegation.deciding import year_of
from marketplace.delegation.kinds import HELD
from marketplace.delegation.models import Budget, CostCentre, Undertaking, UndertakingYear
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Organisation


@dataclass(frozen=True)
class Figures:
    """One cost centre (None: what has none) in one financial year, net pence; no budget was set when None."""

    cost_centre_id: uuid.UUID | None
    code: str
    name: str
    is_closed: bool
    budget_pence: int | None
    committed_pence: int
    invoiced_pence: int

    @property
    def left_pence(self) -> int | None:
        """What may still be spent; below zero when too much was."""
        if self.budget_pence is None:
            return None
        return self.budget_pence - self.committed_pence - self.invoiced_pence


@dataclass(frozen=True)
class BudgetYear:
    """Every cost centre in one financial year."""

    starts_on: date
    ends_on: date
    rows: Sequence[Figures]

    @property
    def committed_pence(self) -> int:
        """Of all together."""
        return sum(row.committed_pence for row in self.rows)

    @property
    def invoiced_pence(self) -> int:
        """Of all together."""
        return sum(row.invoiced_pence for row in self.rows)

    @property
    def budget_pence(self) -> int:
        """Of all that have one together."""
        return sum(row.budget_pence or 0 for row in self.rows)

    @property
    def left_pence(self) -> int | None:
        """Of all together; None while one of them has no budget."""
        left = [row.left_pence for row in self.rows]
        known = [pence for pence in left if pence is not None]
        return sum(known) if len(known) == len(left) else None


def budget_year(session: Session, actor: Actor, on: date | None = None) -> BudgetYear:
    """The budgets of the actor's organisation in the financial year in which a day lies (today's)."""
    starts_on, ends_on = year_of(session, actor.organisation_id)(on or clock.today())
    budgets = sa.select(Budget.cost_centre_id, Budget.net_pence).where(
        Budget.organisation_id == actor.organisation_id, Budget.year_starts_on == starts_on
    )
    set_ = {row.cost_centre_id: row.net_pence for row in session.execute(budgets)}
    spent = _spent(session, actor, starts_on)
    centres = session.scalars(
        sa.select(CostCentre)
        .where(CostCentre.organisation_id == actor.organisation_id)
        .order_by(CostCentre.code, CostCentre.id)
    )
    rows = [
        Figures(one.id, one.code, one.name, one.is_closed, set_.get(one.id), *spent.get(one.id, (0, 0)))
        for one in centres
    ]
    if None in spent:
        rows.append(Figures(None, "", "No cost centre", False, None, *spent[None]))
    return BudgetYear(starts_on, ends_on, rows)


def behind(
    session: Session, actor: Actor, cost_centre_id: uuid.UUID, on: date | None = None
) -> tuple[Figures, BudgetYear, Sequence[sa.Row[Any]]]:
    """A cost centre's figures in a year and the undertakings behind them; NotFound for another's."""
    year = budget_year(session, actor, on)
    figures = next((row for row in year.rows if row.cost_centre_id == cost_centre_id), None)
    if figures is None:
        raise NotFound
    statement = _years(actor, year.starts_on).where(Undertaking.cost_centre_id == cost_centre_id)
    rows = session.execute(statement.order_by(Undertaking.asked_on, Undertaking.id)).all()
    return figures, year, rows


def years(session: Session, actor: Actor) -> list[date]:
    """The first days of the financial years with something to show, and of this one and the next."""
    of = year_of(session, actor.organisation_id)
    _, ends_on = of(clock.today())
    following = of(date.fromordinal(ends_on.toordinal() + 1))[0]
    undertaken = (
        sa.select(UndertakingYear.year_starts_on)
        .join(Undertaking, Undertaking.id == UndertakingYear.undertaking_id)
        .where(Undertaking.organisation_id == actor.organisation_id)
    )
    budgeted = sa.select(Budget.year_starts_on).where(Budget.organisation_id == actor.organisation_id)
    found = {*session.scalars(undertaken.distinct()), *session.scalars(budgeted.distinct())}
    return sorted(found | {of(clock.today())[0], following})


def _committed() -> sa.ColumnElement[int]:
    """What binds and no invoice has come for."""
    owed = UndertakingYear.net_pence - UndertakingYear.invoiced_pence
    return sa.case((sa.and_(Undertaking.state.in_(HELD), owed > 0), owed), else_=0)


def _years(actor: Actor, starts_on: date) -> sa.Select[Any]:
    """The undertakings of a financial year with their figures in it."""
    columns: tuple[Any, ...] = (
        Undertaking.id,
        Undertaking.title,
        Undertaking.path,
        Undertaking.state,
        Undertaking.asked_on,
        Organisation.name.label("supplier_name"),
        UndertakingYear.net_pence,
        _committed().label("committed_pence"),
        UndertakingYear.invoiced_pence,
    )
    return (
        sa.select(*columns)
        .select_from(UndertakingYear)
        .join(Undertaking, Undertaking.id == UndertakingYear.undertaking_id)
        .join(Organisation, Organisation.id == Undertaking.supplier_id)
        .where(
            Undertaking.organisation_id == actor.organisation_id,
            UndertakingYear.year_starts_on == starts_on,
        )
    )


def _spent(session: Session, actor: Actor, starts_on: date) -> dict[uuid.UUID | None, tuple[int, int]]:
    """Committed and invoiced by cost centre."""
    statement = (
        sa.select(
            Undertaking.cost_centre_id,
            sa.func.sum(_committed()).label("committed"),
            sa.func.sum(UndertakingYear.invoiced_pence).label("invoiced"),
        )
        .join(Undertaking, Undertaking.id == UndertakingYear.undertaking_id)
        .where(
            Undertaking.organisation_id == actor.organisation_id,
            UndertakingYear.year_starts_on == starts_on,
        )
        .group_by(Undertaking.cost_centre_id)
    )
    found = session.execute(statement)
    return {row.cost_centre_id: (int(row.committed), int(row.invoiced)) for row in found}
