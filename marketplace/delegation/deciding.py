"""What the scheme of now says about a sum, about what was asked for, and who may approve it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.delegation import queries, wording
from marketplace.delegation.authority import Authority, authorities, has_authority
from marketplace.delegation.kinds import COUNTED, HELD, NAMED_WITHIN, UndertakingSource, UndertakingState
from marketplace.delegation.models import Approval, Budget, Undertaking, UndertakingYear
from marketplace.delegation.rules import SPLITTING_DAYS, Earlier, Ruling, Shortfall, rule, with_shortfall
from marketplace.delegation.spreading import YearOf
from marketplace.interests.barring import Bar
from marketplace.kernel import clock
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Organisation
from marketplace.trusts.queries import financial_year

Years = Mapping[date, int]
"""Pence by the first day of the financial year."""
TOO_FEW = (
    "Too few people at your trust may approve this now. It would wait until an administrator changes the "
    "approval rules, or somebody names a stand-in."
)
EarlierTogether = defaultdict[tuple[uuid.UUID, str], list[tuple[uuid.UUID, Earlier]]]


@dataclass(frozen=True)
class Sum:
    """What would be spent: net, by financial year, with whom, on what, from which cost centre."""

    net_pence: int
    years: Years = field(default_factory=dict)
    supplier_id: uuid.UUID | None = None
    category: str = ""
    cost_centre_id: uuid.UUID | None = None
    source_id: uuid.UUID | None = None
    """It does not count itself among what was asked for before."""


@dataclass(frozen=True)
class GivenBefore:
    """An approval of what is asked for now; it counts while its giver could still give it.

    `counts` is None of what is decided: the last approval saw to it then.
    """

    person_id: uuid.UUID
    person: str
    absent_id: uuid.UUID | None
    absent: str | None
    at: datetime
    quotes_note: str
    over_budget_reason: str
    counts: bool | None = None

    @property
    def whose_id(self) -> uuid.UUID:
        """Whose limit it was given with."""
        return self.absent_id or self.person_id


@dataclass(frozen=True)
class Decision:
    """What an approval page shows: the ruling in words, who has approved, who may, and if the reader may."""

    ruling: Ruling
    sentences: Sequence[str]
    cost_centre: str
    given: Sequence[GivenBefore]
    may: Sequence[Authority]
    mine: Authority | None
    took_part: bool
    barred: Mapping[uuid.UUID, Bar] = field(default_factory=dict)
    """Who else could, but for an interest in the supplier."""

    @property
    def missing(self) -> int:
        """How many approvals are still to come."""
        return max(0, self.ruling.approvals - self.counted)

    @property
    def counted(self) -> int:
        """How many of those given count: of who could still give them."""
        return sum(one.counts is True for one in self.given)

    @property
    def too_few(self) -> bool:
        """Whether there are fewer people who may approve than approvals to come."""
        return len({one.whose_id for one in self.may}) < max(1, self.missing)

    def refusal(self, actor: Actor) -> str:
        """Why the reader may not approve."""
        if self.took_part:
            return "You asked for this or changed it, so another person must decide about it."
        mine = next((one for one in self.given if one.person_id == actor.person_id), None)
        if mine is not None and mine.counts is False:
            return (
                "You approved this, and it no longer counts: the limit that you used is not there any more."
            )
        if mine is not None:
            return "You have approved this already, so a second person must."
        if actor.person_id in self.barred:
            return self.barred[actor.person_id].why
        who = ", ".join(one.name for one in self.may) or "nobody"
        return f"Your limit does not reach this. {self.sentences[0]} Who may: {who}."


def may_approve_now(
    session: Session,
    organisation_id: uuid.UUID,
    ruling: Ruling,
    asked_by: Collection[uuid.UUID],
    supplier_id: uuid.UUID | None = None,
) -> list[Authority]:
    """Who could approve what a ruling is about, were it asked for now."""
    people = queries.colleagues(session, organisation_id)
    kept_out = {*asked_by, *queries.barred(session, organisation_id, people, {supplier_id})[supplier_id]}
    return authorities(ruling, people, queries.absences(session, organisation_id), kept_out)


def year_of(session: Session, organisation_id: uuid.UUID) -> YearOf:
    """The financial years of an organisation."""
    organisation = session.get_one(Organisation, organisation_id)

    def of(on: date) -> tuple[date, date]:
        year = financial_year(organisation, on)
        return year.starts_on, year.ends_on

    return of


def rule_on(session: Session, organisation_id: uuid.UUID, asked: Sum) -> Ruling:
    """The ruling of now on a sum, with what was asked for before and what the budget has left."""
    scheme = queries.scheme_of(session, organisation_id)
    earlier = _earlier(session, organisation_id, asked)
    ruling = rule(scheme, asked.net_pence, asked.cost_centre_id, earlier)
    return with_shortfall(ruling, _shortfalls(session, asked))


def decision(
    session: Session,
    actor: Actor,
    source: UndertakingSource,
    source_id: uuid.UUID,
    asked_by: Collection[uuid.UUID] = (),
) -> Decision | None:
    """Where the approval of something asked for stands; None when nothing waits there."""
    undertaking = session.scalars(
        sa.select(Undertaking).where(
            Undertaking.source == source,
            Undertaking.source_id == source_id,
            Undertaking.organisation_id == actor.organisation_id,
            Undertaking.state == UndertakingState.ASKED,
        )
    ).one_or_none()
    return None if undertaking is None else _decision(session, actor, undertaking, asked_by)


def may_approve(
    session: Session,
    actor: Actor,
    source: UndertakingSource,
    asked_by: Mapping[uuid.UUID, Collection[uuid.UUID]],
) -> set[uuid.UUID]:
    """Which of these, by who had a hand in them, the actor may approve now; for lists, read together."""
    waiting = session.scalars(
        sa.select(Undertaking).where(
            Undertaking.source == source,
            Undertaking.source_id.in_(asked_by),
            Undertaking.organisation_id == actor.organisation_id,
            Undertaking.state == UndertakingState.ASKED,
        )
    ).all()
    if not waiting:
        return set()
    scheme = queries.scheme_of(session, actor.organisation_id)
    people = queries.colleagues(session, actor.organisation_id)
    absences = queries.absences(session, actor.organisation_id)
    used = _used_authority(session, waiting)
    suppliers = {one.supplier_id for one in waiting}
    earlier = _earlier_together(session, actor.organisation_id, suppliers)
    barred = queries.barred(session, actor.organisation_id, people, suppliers)
    found = set()
    for one in waiting:
        alike_before = [
            before
            for source_id, before in earlier[one.supplier_id, one.category]
            if source_id != one.source_id
        ]
        ruling = rule(scheme, one.net_pence, one.cost_centre_id, alike_before)
        if not ruling.approvals:  # what nobody needed to approve waits for want of budget
            ruling = with_shortfall(ruling, [Shortfall(one.asked_on, 0, 1)])
        kept_out = {*asked_by[one.source_id], *barred[one.supplier_id]}
        may = authorities(ruling, people, absences, kept_out, used.get(one.id, ()))
        if actor.person_id in {authority.person_id for authority in may}:
            found.add(one.source_id)
    return found


def approvals_of(session: Session, source: UndertakingSource, source_id: uuid.UUID) -> Sequence[GivenBefore]:
    """Who approved the last asking, the first one first."""
    asked = sa.select(Undertaking.id, Undertaking.ask).where(
        Undertaking.source == source, Undertaking.source_id == source_id
    )
    row = session.execute(asked).one_or_none()
    return [] if row is None else _given(session, row.id, row.ask)


def alike(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """The suppliers and categories of the last days, for a form: (supplier and category, in words)."""
    columns: tuple[Any, ...] = (Undertaking.supplier_id, Organisation.name, Undertaking.category)
    statement = (
        sa.select(*columns)
        .join(Organisation, Organisation.id == Undertaking.supplier_id)
        .where(
            Undertaking.organisation_id == actor.organisation_id,
            Undertaking.state.in_(COUNTED),
            Undertaking.asked_on >= clock.today() - timedelta(days=SPLITTING_DAYS),
        )
        .distinct()
        .order_by(Organisation.name, Undertaking.category)
    )
    rows = session.execute(statement)
    return [(f"{row.supplier_id}:{row.category}", f"{row.name}, {row.category}") for row in rows]


def ruling_on(
    session: Session,
    actor: Actor,
    net_pence: int,
    cost_centre_id: uuid.UUID | None = None,
    alike: str | None = None,
) -> Ruling:
    """What the scheme says about a sum spent today; `alike` is a choice of the function of that name."""
    _, _, category = (alike or "").partition(":")
    begins, _ = year_of(session, actor.organisation_id)(clock.today())
    known = queries.names(session, actor.organisation_id)
    return rule_on(
        session,
        actor.organisation_id,
        Sum(
            net_pence=net_pence,
            years={begins: net_pence},
            supplier_id=_supplier_of(alike),
            category=category,
            cost_centre_id=cost_centre_id if cost_centre_id in known else None,
        ),
    )


def tried(
    session: Session,
    actor: Actor,
    net_pence: int,
    cost_centre_id: uuid.UUID | None = None,
    alike: str | None = None,
) -> list[str]:
    """That ruling in words."""
    names = queries.names(session, actor.organisation_id)
    centre = names.get(cost_centre_id, "") if cost_centre_id else ""
    found = ruling_on(session, actor, net_pence, cost_centre_id, alike)
    said = wording.sentences(found, names, centre, "An order")
    may = may_approve_now(session, actor.organisation_id, found, (), _supplier_of(alike))
    lacks = not found.is_beyond and len({one.whose_id for one in may}) < found.approvals
    return [*said, TOO_FEW] if lacks else said


def _supplier_of(alike: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID((alike or "").partition(":")[0])
    except ValueError:
        return None


def _decision(
    session: Session, actor: Actor, undertaking: Undertaking, asked_by: Collection[uuid.UUID]
) -> Decision:
    ruling = _ruling_of(session, undertaking)
    names = queries.names(session, undertaking.organisation_id)
    people = queries.colleagues(session, undertaking.organisation_id)
    given = [
        replace(one, counts=has_authority(ruling, people, one.person_id, one.whose_id))
        for one in _given(session, undertaking.id, undertaking.ask)
    ]
    used = {one.person_id for one in given} | {one.absent_id for one in given if one.absent_id}
    absences = queries.absences(session, undertaking.organisation_id)
    supplier_id = undertaking.supplier_id
    barred = queries.barred(session, undertaking.organisation_id, people, {supplier_id})[supplier_id]
    could = authorities(ruling, people, absences, asked_by, used)
    may = authorities(ruling, people, absences, {*asked_by, *barred}, used)
    centre = names.get(undertaking.cost_centre_id, "") if undertaking.cost_centre_id else ""
    return Decision(
        ruling=ruling,
        sentences=wording.sentences(ruling, names, centre, NAMED_WITHIN[undertaking.source]),
        cost_centre=centre,
        given=given,
        may=may,
        mine=next((one for one in may if one.person_id == actor.person_id), None),
        took_part=actor.person_id in asked_by,
        barred={one.person_id: barred[one.person_id] for one in could if one.person_id in barred},
    )


def _ruling_of(session: Session, undertaking: Undertaking) -> Ruling:
    """By the scheme and the budget of now; what was counted when it was asked still counts."""
    years = session.execute(
        sa.select(UndertakingYear.year_starts_on, UndertakingYear.net_pence).where(
            UndertakingYear.undertaking_id == undertaking.id
        )
    )
    asked = Sum(
        net_pence=undertaking.net_pence,
        years={row.year_starts_on: row.net_pence for row in years},
        supplier_id=undertaking.supplier_id,
        category=undertaking.category,
        cost_centre_id=undertaking.cost_centre_id,
        source_id=undertaking.source_id,
    )
    return rule_on(session, undertaking.organisation_id, asked)


def _given(session: Session, undertaking_id: uuid.UUID, ask: int) -> list[GivenBefore]:
    absent = aliased(Person)
    columns: tuple[Any, ...] = (
        Approval.person_id,
        Person.name.label("person"),
        Approval.absent_id,
        absent.name.label("absent"),
        Approval.created_at.label("at"),
        Approval.quotes_note,
        Approval.over_budget_reason,
    )
    statement = (
        sa.select(*columns)
        .join(Person, Person.id == Approval.person_id)
        .outerjoin(absent, absent.id == Approval.absent_id)
        .where(Approval.undertaking_id == undertaking_id, Approval.ask == ask)
        .order_by(Approval.id)
    )
    return [GivenBefore(**row._mapping) for row in session.execute(statement)]


def _used_authority(session: Session, undertakings: Sequence[Undertaking]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Who approved the asking of now, and for whom, by undertaking."""
    asks = {one.id: one.ask for one in undertakings}
    columns = (Approval.undertaking_id, Approval.ask, Approval.person_id, Approval.absent_id)
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for row in session.execute(sa.select(*columns).where(Approval.undertaking_id.in_(asks))):
        if row.ask == asks[row.undertaking_id]:
            found.setdefault(row.undertaking_id, set()).update({row.person_id, row.absent_id} - {None})
    return found


def _earlier(session: Session, organisation_id: uuid.UUID, asked: Sum) -> list[Earlier]:
    """What was asked for of the same supplier and category, the oldest first."""
    if asked.supplier_id is None:
        return []
    columns: tuple[Any, ...] = (Undertaking.title, Undertaking.net_pence, Undertaking.asked_on)
    statement = sa.select(*columns).where(
        Undertaking.organisation_id == organisation_id,
        Undertaking.supplier_id == asked.supplier_id,
        Undertaking.category == asked.category,
        Undertaking.state.in_(COUNTED),
        Undertaking.asked_on >= clock.today() - timedelta(days=SPLITTING_DAYS),
    )
    if asked.source_id is not None:
        statement = statement.where(Undertaking.source_id != asked.source_id)
    return [Earlier(**row._mapping) for row in session.execute(statement.order_by(Undertaking.id))]


def _earlier_together(
    session: Session, organisation_id: uuid.UUID, suppliers: Collection[uuid.UUID]
) -> EarlierTogether:
    """The same for everything that waits, read at once: by supplier and category, with the source of each."""
    columns: tuple[Any, ...] = (
        Undertaking.supplier_id,
        Undertaking.category,
        Undertaking.source_id,
        Undertaking.title,
        Undertaking.net_pence,
        Undertaking.asked_on,
    )
    statement = sa.select(*columns).where(
        Undertaking.organisation_id == organisation_id,
        Undertaking.supplier_id.in_(suppliers),
        Undertaking.state.in_(COUNTED),
        Undertaking.asked_on >= clock.today() - timedelta(days=SPLITTING_DAYS),
    )
    found: EarlierTogether = defaultdict(list)
    for row in session.execute(statement.order_by(Undertaking.id)):
        before = Earlier(row.title, row.net_pence, row.asked_on)
        found[row.supplier_id, row.category].append((row.source_id, before))
    return found


def _shortfalls(session: Session, asked: Sum) -> list[Shortfall]:
    """The years in which a budget that somebody has set has less left than is asked for."""
    if asked.cost_centre_id is None:
        return []
    budgets = session.execute(
        sa.select(Budget.year_starts_on, Budget.net_pence).where(
            Budget.cost_centre_id == asked.cost_centre_id
        )
    )
    used = _used(session, asked)
    left = {row.year_starts_on: row.net_pence - used.get(row.year_starts_on, 0) for row in budgets}
    return [
        Shortfall(begins, left[begins], pence)
        for begins, pence in sorted(asked.years.items())
        if pence and begins in left and pence > left[begins]
    ]


def _used(session: Session, asked: Sum) -> dict[date, int]:
    """What the cost centre has given already: the larger of agreed and invoiced while it binds."""
    held = Undertaking.state.in_(HELD)
    given = sa.case((held, _larger()), else_=UndertakingYear.invoiced_pence)
    statement = (
        sa.select(UndertakingYear.year_starts_on, sa.func.sum(given).label("pence"))
        .join(Undertaking, Undertaking.id == UndertakingYear.undertaking_id)
        .where(Undertaking.cost_centre_id == asked.cost_centre_id)
        .group_by(UndertakingYear.year_starts_on)
    )
    if asked.source_id is not None:
        statement = statement.where(Undertaking.source_id != asked.source_id)
    return {row.year_starts_on: int(row.pence) for row in session.execute(statement)}


def _larger() -> sa.ColumnElement[int]:
    agreed, invoiced = UndertakingYear.net_pence, UndertakingYear.invoiced_pence
    return sa.case((agreed >= invoiced, agreed), else_=invoiced)
