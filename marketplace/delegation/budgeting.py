"""Cost centres and what each may spend in a financial year."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.delegation import queries, schemes
from marketplace.delegation.deciding import year_of
from marketplace.delegation.kinds import BUDGET_HOLDERS
from marketplace.delegation.models import Budget, CostCentre
from marketplace.kernel import clock
from marketplace.kernel.errors import Refused
from marketplace.kernel.money import pounds
from marketplace.notifications.services import Message, tell_people
from marketplace.trusts import access
from marketplace.trusts.access import Actor

MOST_COST_CENTRES = 200


def open_cost_centre(session: Session, actor: Actor, code: str, name: str) -> CostCentre:
    """Plan the spending of a part of the organisation apart; Refused when its code is taken."""
    access.require(actor, *BUDGET_HOLDERS)
    schemes.lock(session, actor.organisation_id)
    mine = sa.select(CostCentre.code).where(CostCentre.organisation_id == actor.organisation_id)
    codes = session.scalars(mine).all()
    if code in codes:
        raise Refused(f"You have a cost centre {code} already.", field="code")
    if len(codes) >= MOST_COST_CENTRES:
        raise Refused(f"You have {MOST_COST_CENTRES} cost centres, and there can be no more.")
    centre = CostCentre(organisation_id=actor.organisation_id, code=code, name=name)
    session.add(centre)
    session.flush()
    access.record(session, actor, "open-cost-centre", centre, after={"code": code})
    return centre


def set_closed(session: Session, actor: Actor, cost_centre_id: uuid.UUID, is_closed: bool) -> CostCentre:
    """Take no new orders in it, or take them again; what it has undertaken stays."""
    access.require(actor, *BUDGET_HOLDERS)
    centre = _own(session, actor, cost_centre_id)
    before, centre.is_closed = centre.is_closed, is_closed
    access.record(
        session,
        actor,
        "close-cost-centre" if is_closed else "reopen-cost-centre",
        centre,
        {"is_closed": before},
        {"is_closed": is_closed},
    )
    return centre


def set_budget(session: Session, actor: Actor, cost_centre_id: uuid.UUID, on: date, net_pence: int) -> Budget:
    """What a cost centre may spend in the financial year in which a day lies; the last one set counts.

    The others who keep budgets are told of a raised one: nobody lifts it, spends and puts it back unseen.
    """
    access.require(actor, *BUDGET_HOLDERS)
    schemes.lock(session, actor.organisation_id)
    centre = _own(session, actor, cost_centre_id)
    begins, _ = year_of(session, actor.organisation_id)(on)
    known = sa.select(Budget).where(Budget.cost_centre_id == centre.id, Budget.year_starts_on == begins)
    budget = session.scalars(known).one_or_none()
    before = {} if budget is None else {"net_pence": budget.net_pence}
    if budget is None:
        budget = Budget(
            organisation_id=actor.organisation_id,
            cost_centre_id=centre.id,
            year_starts_on=begins,
            net_pence=net_pence,
        )
        session.add(budget)
    budget.net_pence = net_pence
    session.flush()
    now = {"net_pence": net_pence, "year_starts_on": begins}
    access.record(session, actor, "set-budget", budget, before, now)
    if net_pence > before.get("net_pence", net_pence):
        _tell_others(session, actor, centre, budget, before["net_pence"])
    return budget


def _tell_others(
    session: Session, actor: Actor, centre: CostCentre, budget: Budget, before_pence: int
) -> None:
    """E-mail everybody else who keeps budgets: who raised which one, from what, to what."""
    day = f"{budget.year_starts_on:%-d %B %Y}"
    text = (
        f"{actor.name} raised the budget of {centre.code} {centre.name} for the financial year from {day}: "
        f"from {pounds(before_pence)} to {pounds(budget.net_pence)}, excluding VAT. If you did not expect "
        "this, ask them why, and look at what was ordered since."
    )
    key = f"budget-raised:{budget.id}:{clock.now().isoformat()}"
    subject = f"Check a raised budget: {centre.code} {centre.name}"
    path = f"/trust/budgets?on={budget.year_starts_on.isoformat()}"
    colleagues = queries.colleagues(session, actor.organisation_id)
    keepers = [one.person_id for one in colleagues if not one.roles.isdisjoint(BUDGET_HOLDERS)]
    others = [one for one in keepers if one != actor.person_id]
    tell_people(session, actor.organisation_id, others, Message(key, subject, text, path))


def _own(session: Session, actor: Actor, cost_centre_id: uuid.UUID) -> CostCentre:
    return access.own(
        session, CostCentre, cost_centre_id, CostCentre.organisation_id, acting=actor, lock=True
    )
