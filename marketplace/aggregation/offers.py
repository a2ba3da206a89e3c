"""Suppliers' price lists, as buyers find them and as their supplier keeps them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.aggregation.models import PriceList, PriceTier
from marketplace.aggregation.services import MOST_LISTS
from marketplace.aggregation.states import PriceListState
from marketplace.aggregation.tiers import Tier
from marketplace.catalogue.kinds import Category, VatTreatment
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import SIZE, Page, page
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Organisation

PUBLISHED = PriceList.state == PriceListState.PUBLISHED


@dataclass(frozen=True)
class PriceListCard:
    """A supplier's prices, the smallest quantity first."""

    id: uuid.UUID
    supplier_id: uuid.UUID
    supplier_name: str
    title: str
    unit: str
    unit_plural: str
    category: Category
    vat_treatment: VatTreatment
    source: str
    state: PriceListState
    tiers: list[Tier]


def published(session: Session, words: Sequence[str], after: uuid.UUID | None) -> Page[PriceListCard]:
    """A page of the lists from which a round may start and that have every word, the newest first."""
    return _page(session, [PUBLISHED, *(_has(word) for word in words)], after)


def published_by_others(
    session: Session, actor: Actor, words: Sequence[str], after: uuid.UUID | None
) -> Page[PriceListCard]:
    """The same without those of the actor's organisation: nobody leads a round on their own prices."""
    others = PriceList.supplier_id != actor.organisation_id
    return _page(session, [PUBLISHED, others, *(_has(word) for word in words)], after)


def own(session: Session, actor: Actor, after: uuid.UUID | None = None) -> Page[PriceListCard]:
    """A page of the lists of the actor's organisation, withdrawn ones too, the newest first."""
    return _page(session, [PriceList.supplier_id == actor.organisation_id], after)


def own_published(session: Session, actor: Actor) -> Sequence[PriceListCard]:
    """Every published list of the actor's organisation: there are never more than MOST_LISTS."""
    mine = [PriceList.supplier_id == actor.organisation_id, PUBLISHED]
    return _page(session, mine, None, MOST_LISTS).rows


def own_withdrawn(session: Session, actor: Actor, after: uuid.UUID | None) -> Page[PriceListCard]:
    """A page of the lists that the actor's organisation has withdrawn, the newest first."""
    return _page(session, [PriceList.supplier_id == actor.organisation_id, sa.not_(PUBLISHED)], after)


def one(session: Session, actor: Actor, price_list_id: uuid.UUID) -> PriceListCard:
    """A list that is published or the actor's own; NotFound."""
    seen = sa.or_(PUBLISHED, PriceList.supplier_id == actor.organisation_id)
    found = _page(session, [PriceList.id == price_list_id, seen], None).rows
    if not found:
        raise NotFound
    return found[0]


def _has(word: str) -> sa.ColumnElement[bool]:
    searched = (PriceList.title, PriceList.unit_plural, Organisation.name)
    return sa.or_(*(column.icontains(word, autoescape=True) for column in searched))


def _page(
    session: Session, conditions: Sequence[sa.ColumnElement[bool]], after: uuid.UUID | None, size: int = SIZE
) -> Page[PriceListCard]:
    columns: tuple[Any, ...] = (
        PriceList.id,
        PriceList.supplier_id,
        Organisation.name.label("supplier_name"),
        PriceList.title,
        PriceList.unit,
        PriceList.unit_plural,
        PriceList.category,
        PriceList.vat_treatment,
        PriceList.source,
        PriceList.state,
    )
    joined = sa.select(*columns).join(Organisation, Organisation.id == PriceList.supplier_id)
    found = page(session, joined.where(*conditions), PriceList.id, after, size)
    listed = _tiers(session, [row.id for row in found.rows])
    return Page([PriceListCard(**row._mapping, tiers=listed[row.id]) for row in found.rows], found.next_after)


def _tiers(session: Session, list_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Tier]]:
    statement = sa.select(PriceTier.price_list_id, PriceTier.from_units, PriceTier.unit_price_pence)
    found: dict[uuid.UUID, list[Tier]] = defaultdict(list)
    for list_id, from_units, price in session.execute(
        statement.where(PriceTier.price_list_id.in_(list_ids)).order_by(PriceTier.from_units)
    ):
        found[list_id].append(Tier(from_units, price))
    return found
