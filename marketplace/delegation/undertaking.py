"""Asking to spend, approving it, and what a budget gives for it until the invoices have come.

Every one of them that decides locks the organisation first, so that of two at once the second counts the
first. What another organisation's act does to a budget (a seller declines, a lead closes a round, an invoice
comes) goes through a door of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.delegation import deciding, queries, schemes, wording
from marketplace.delegation.authority import Authority
from marketplace.delegation.deciding import year_of
from marketplace.delegation.kinds import NAMED_WITHIN, UndertakingSource, UndertakingState
from marketplace.delegation.models import Approval, CostCentre, Undertaking, UndertakingYear
from marketplace.delegation.rules import Ruling
from marketplace.delegation.spreading import Part, by_year
from marketplace.kernel import clock
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import NotPermitted, Refused
from marketplace.trusts import access
from marketplace.trusts.access import Actor

WHY = "what the other side does frees or uses the budget of the buyer"


@dataclass(frozen=True)
class Asked:
    """What somebody wants to bind their organisation to; every sum net, over its whole life."""

    source: UndertakingSource
    source_id: uuid.UUID
    supplier_id: uuid.UUID
    category: str
    title: str
    path: str
    parts: Sequence[Part]
    cost_centre_id: uuid.UUID | None = None

    @property
    def net_pence(self) -> int:
        """All its charges together."""
        return sum(part.net_pence for part in self.parts)


@dataclass(frozen=True)
class Said:
    """What an approver confirms where the ruling demands it, in their own words."""

    quotes_note: str = ""
    over_budget_reason: str = ""


NOTHING_SAID = Said()


@dataclass(frozen=True)
class Given:
    """An approval that was given, and how many are still to come."""

    approval: Approval
    authority: Authority
    missing: int


def weigh(session: Session, organisation_id: uuid.UUID, asked: Asked) -> Ruling:
    """What the scheme says about it now; nothing is stored."""
    _check_cost_centre(session, organisation_id, asked.cost_centre_id)
    return deciding.rule_on(
        session,
        organisation_id,
        deciding.Sum(
            net_pence=asked.net_pence,
            years=by_year(year_of(session, organisation_id), asked.parts),
            supplier_id=asked.supplier_id,
            category=asked.category,
            cost_centre_id=asked.cost_centre_id,
            source_id=asked.source_id,
        ),
    )


def ask(session: Session, actor: Actor, asked: Asked) -> Ruling:
    """Ask to spend; what was approved before counts no more.

    Refused when nobody may approve it, or when the budget does not reach and the scheme stops what it does
    not reach for. It is taken from the budget once it is approved (`approve`) or, needing nobody, by `take`.
    """
    schemes.lock(session, actor.organisation_id)
    ruling = weigh(session, actor.organisation_id, asked)
    _refuse(session, actor, asked, ruling)
    undertaking = _find(session, asked.source, asked.source_id)
    if undertaking is None:
        undertaking = _new(actor, asked)
        session.add(undertaking)
    else:
        undertaking.ask += 1
    undertaking.state = UndertakingState.ASKED
    undertaking.net_pence, undertaking.counted_pence = asked.net_pence, ruling.counted_pence
    undertaking.cost_centre_id, undertaking.title = asked.cost_centre_id, asked.title
    undertaking.asked_on = clock.today()
    session.flush()
    _spread(session, undertaking, asked.parts)
    return ruling


def take(session: Session, source: UndertakingSource, source_id: uuid.UUID) -> None:
    """It binds from now on: the budget has given it."""
    undertaking = _find(session, source, source_id)
    if undertaking is not None:
        undertaking.state = UndertakingState.TAKEN


def approve(
    session: Session,
    actor: Actor,
    source: UndertakingSource,
    source_id: uuid.UUID,
    asked_by: Collection[uuid.UUID],
    said: Said,
) -> Given:
    """Approve what was asked; the last approval takes it from the budget.

    NotPermitted to whoever may not: by the scheme of now, as asker, or twice. Refused where quotes or an
    overspent budget must be spoken to and nothing is said. What somebody approved counts while they could
    still approve it.
    """
    schemes.lock(session, actor.organisation_id)
    undertaking = _find(session, source, source_id)
    found = deciding.decision(session, actor, source, source_id, asked_by)
    if undertaking is None or found is None:
        raise Refused("Send this back, so that it is sent anew under the rules of now.")
    if found.mine is None:
        raise NotPermitted(found.refusal(actor))
    _check_said(found.ruling, said)
    if found.ruling.over and queries.scheme_of(session, actor.organisation_id).stops_over_budget:
        raise Refused("The budget has too little left for this, and your scheme allows no more.")
    approval = Approval(
        undertaking_id=undertaking.id,
        ask=undertaking.ask,
        person_id=actor.person_id,
        absent_id=found.mine.absent_id,
        **vars(said),
    )
    session.add(approval)
    missing = max(0, found.missing - 1)
    if not missing:
        undertaking.state = UndertakingState.TAKEN
    session.flush()
    record = {"ask": undertaking.ask, "missing": missing, "for": str(found.mine.absent_id or "")}
    access.record(session, actor, "approve", undertaking, after=record)
    return Given(approval, found.mine, missing)


def release(session: Session, source: UndertakingSource, source_id: uuid.UUID) -> None:
    """Nothing came of it: the budget has it back, less what was invoiced; no such undertaking, no matter."""
    _move(session, source, source_id, UndertakingState.RELEASED)


def end(session: Session, source: UndertakingSource, source_id: uuid.UUID) -> None:
    """It is over: what is not invoiced yet stays owed until its invoice comes."""
    _move(session, source, source_id, UndertakingState.ENDED)


def settle(session: Session, source: UndertakingSource, source_id: uuid.UUID, parts: Sequence[Part]) -> None:
    """What was agreed in the end takes the place of what was asked for: an award below the ceiling."""
    with on_behalf_of_all(session, WHY):
        undertaking = _find(session, source, source_id)
        if undertaking is None:
            return
        undertaking.net_pence = sum(part.net_pence for part in parts)
        undertaking.state = UndertakingState.TAKEN
        _spread(session, undertaking, parts)


def invoice(session: Session, source: UndertakingSource, source_id: uuid.UUID, parts: Sequence[Part]) -> None:
    """So much of it was invoiced, for these days: it is spent and no longer only owed."""
    with on_behalf_of_all(session, WHY):
        undertaking = _find(session, source, source_id)
        if undertaking is None:
            return
        years = {one.year_starts_on: one for one in session.scalars(_years_of(undertaking))}
        for begins, pence in by_year(year_of(session, undertaking.organisation_id), parts).items():
            if begins not in years:
                years[begins] = UndertakingYear(
                    undertaking_id=undertaking.id, year_starts_on=begins, net_pence=0
                )
                session.add(years[begins])
            years[begins].invoiced_pence += pence


def _refuse(session: Session, actor: Actor, asked: Asked, ruling: Ruling) -> None:
    scheme = queries.scheme_of(session, actor.organisation_id)
    names = queries.names(session, actor.organisation_id)
    centre = names.get(asked.cost_centre_id, "") if asked.cost_centre_id else ""
    if ruling.is_beyond:
        raise Refused(" ".join(wording.sentences(ruling, names, centre, NAMED_WITHIN[asked.source])))
    if ruling.over and scheme.stops_over_budget:
        words = " ".join(wording.over_budget(ruling, centre))
        raise Refused(f"{words} Your scheme of delegation allows no more.", field="cost_centre_id")


def _check_cost_centre(session: Session, organisation_id: uuid.UUID, chosen: uuid.UUID | None) -> None:
    """Where an organisation has cost centres that take orders, everything is spent in one of them."""
    if chosen is None:
        if queries.cost_centres(session, organisation_id, closed=False):
            raise Refused("Select the cost centre that pays.", field="cost_centre_id")
        return
    check_own_cost_centre(session, organisation_id, chosen)


def check_own_cost_centre(session: Session, organisation_id: uuid.UUID, chosen: uuid.UUID | None) -> None:
    """Refused at the field for a cost centre that is another's, not there, or closed; before it is kept."""
    own = sa.select(CostCentre.is_closed).where(
        CostCentre.id == chosen, CostCentre.organisation_id == organisation_id
    )
    is_closed = session.scalar(own)
    if is_closed is None or is_closed:
        raise Refused("Select a cost centre of your own that is not closed.", field="cost_centre_id")


def _check_said(ruling: Ruling, said: Said) -> None:
    if ruling.quotes and not said.quotes_note:
        words = "Confirm that the quotes were asked for, and say from whom and for how much."
        raise Refused(words, field="quotes_note")
    if ruling.over and not said.over_budget_reason:
        raise Refused("Say why this may be spent over the budget.", field="over_budget_reason")


def _new(actor: Actor, asked: Asked) -> Undertaking:
    return Undertaking(
        organisation_id=actor.organisation_id,
        source=asked.source,
        source_id=asked.source_id,
        path=asked.path,
        supplier_id=asked.supplier_id,
        category=asked.category,
        title=asked.title,
        cost_centre_id=asked.cost_centre_id,
        net_pence=asked.net_pence,
        counted_pence=asked.net_pence,
        asked_on=clock.today(),
    )


def _find(session: Session, source: UndertakingSource, source_id: uuid.UUID) -> Undertaking | None:
    statement = sa.select(Undertaking).where(Undertaking.source == source, Undertaking.source_id == source_id)
    locked = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalars(locked).one_or_none()


def _move(session: Session, source: UndertakingSource, source_id: uuid.UUID, state: UndertakingState) -> None:
    with on_behalf_of_all(session, WHY):
        undertaking = _find(session, source, source_id)
        if undertaking is not None:
            undertaking.state = state


def _years_of(undertaking: Undertaking) -> sa.Select[UndertakingYear]:
    return sa.select(UndertakingYear).where(UndertakingYear.undertaking_id == undertaking.id)


def _spread(session: Session, undertaking: Undertaking, parts: Sequence[Part]) -> None:
    """Write what falls into which year; what was invoiced stays."""
    wanted = by_year(year_of(session, undertaking.organisation_id), parts)
    known = {one.year_starts_on: one for one in session.scalars(_years_of(undertaking))}
    for begins, year in known.items():
        year.net_pence = wanted.pop(begins, 0)
    session.add_all(
        UndertakingYear(undertaking_id=undertaking.id, year_starts_on=begins, net_pence=pence)
        for begins, pence in wanted.items()
    )
    session.flush()
