"""Which organisations an identifier means: those that people can act for."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.trusts.kinds import LinkKind, OrganisationKind, OrganisationState
from marketplace.trusts.models import Organisation, OrganisationLink, Succession
from marketplace.trusts.queries import LONGEST_CHAIN
from marketplace.trusts.years import ACADEMY_TRUSTS

MOST_FOUND = 10
FEWEST_LETTERS = 3
MOST_WORDS = 8


def identify(session: Session, identifier: str) -> list[Organisation]:
    """The open organisations that a number or the words of a name mean: at most ten, by name.

    A number is a URN, UKPRN, Group UID, Group ID or company number. A school that converted means its
    successor; an academy means the trust that runs it.
    """
    found = _numbered(session, identifier) or _named(session, identifier)
    meant = _runners(session, _successors(session, [one.id for one in found]))
    statement = sa.select(Organisation).where(Organisation.id.in_(meant)).order_by(Organisation.name)
    claimable = [one for one in session.scalars(statement) if one.is_claimable]
    return claimable[:MOST_FOUND]


def _numbered(session: Session, identifier: str) -> Sequence[Organisation]:
    compact = identifier.replace(" ", "").upper()
    columns = (Organisation.urn, Organisation.group_uid, Organisation.group_id, Organisation.ukprn)
    is_it = sa.or_(
        *(column == compact for column in columns), Organisation.company_number == compact.zfill(8)
    )
    return session.scalars(sa.select(Organisation).where(is_it).limit(MOST_FOUND)).all()


def _named(session: Session, words: str) -> Sequence[Organisation]:
    """By words of the name, for who has no number at hand; suppliers are added by the operator."""
    if len(words.strip()) < FEWEST_LETTERS or any(letter.isdigit() for letter in words):
        return []
    named = [Organisation.name.icontains(word, autoescape=True) for word in words.split()[:MOST_WORDS]]
    statement = sa.select(Organisation).where(*named, Organisation.state == OrganisationState.OPEN)
    return session.scalars(statement.order_by(Organisation.name).limit(MOST_FOUND)).all()


def _successors(session: Session, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Each organisation, or whatever took its place."""
    now = set(ids)
    for _ in range(LONGEST_CHAIN):
        rows = session.execute(
            sa.select(Succession.predecessor_id, Succession.successor_id).where(
                Succession.predecessor_id.in_(now)
            )
        ).all()
        if not rows:
            break
        now = (now - {row.predecessor_id for row in rows}) | {row.successor_id for row in rows}
    return now


def _runners(session: Session, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Each organisation, or the academy trust of which it is a member: the trust is who acts."""
    group = aliased(Organisation)
    runs = sa.select(OrganisationLink.school_id, OrganisationLink.group_id).join(
        group, group.id == OrganisationLink.group_id
    )
    now = set(ids)
    runs = runs.where(
        OrganisationLink.school_id.in_(now),
        OrganisationLink.kind == LinkKind.MEMBER,
        group.kind.in_(ACADEMY_TRUSTS - {OrganisationKind.UMBRELLA_TRUST}),
        group.state == OrganisationState.OPEN,
    )
    rows = session.execute(runs).all()
    return (now - {row.school_id for row in rows}) | {row.group_id for row in rows}
