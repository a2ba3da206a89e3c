"""What the listings of the demonstration town tell beside a description, and who accepted the first ones."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from demo_trusts import MEMBERS_ONLY, SUPERVISION, SURVEYOR, TEMPLATES
from marketplace.catalogue import detailing, moderating, pricing
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.assurance import (
    Check,
    Cover,
    Effect,
    Insurance,
    Made,
    Pillar,
    Post,
    Setting,
)
from marketplace.catalogue.kinds import (
    Cadence,
    CapacityUnit,
    Category,
    Delivery,
    ListingKind,
    ListingState,
    Phase,
    Reach,
    VatTreatment,
)
from marketplace.catalogue.models import Listing
from marketplace.catalogue.plans import Price, add_plan
from marketplace.catalogue.states import Move
from marketplace.kernel import clock
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from marketplace.trusts.partnership_models import Partnership

if TYPE_CHECKING:
    from demo import Town


def accept(town: Town, listing_id: uuid.UUID) -> None:
    """The operator accepts the first listing of a trust; the next ones need nobody."""
    listing = town.session.get_one(Listing, listing_id)
    if listing.state is ListingState.IN_REVIEW:
        robin = sa.select(Person.id).where(Person.name == "Robin Field")
        moderating.accept(town.session, town.session.scalars(robin).one(), listing_id, listing.version)


def reach(town: Town, seller: Actor, listing_id: uuid.UUID, to: int | tuple[str, ...] | None) -> None:
    """All of England, so many miles, or those of some local authorities that the register has."""
    session = town.session
    if to is None:
        detailing.set_reach(session, seller, listing_id, Reach.ENGLAND, [], None, [])
    elif isinstance(to, int):
        detailing.set_reach(session, seller, listing_id, Reach.DISTANCE, [], to, [])
    else:
        known = [code for code, _ in detailing.authorities(session) if code in to]
        detailing.set_reach(session, seller, listing_id, Reach.AUTHORITIES, known, None, [])


def tell_more(town: Town) -> None:
    """People, insurance, trials and evidence of some, so that there is something to compare."""
    _tell_of_the_surveyor(town)
    _tell_of_supervision(town)
    _share_templates(town)
    _keep_among_members(town)


def _tell_of_the_surveyor(town: Town) -> None:
    joan, listing_id = town.actors["Joan Baptiste"], town.ids[SURVEYOR]
    detailing.set_reach(town.session, joan, listing_id, Reach.DISTANCE, [], 40, [Phase.PRIMARY])
    made = (Made(Check.IDENTITY, _ago(700)), Made(Check.ENHANCED, _ago(420)))
    surveyor = Post("chartered surveyor", 1, Setting.SUPERVISED, made)
    detailing.set_posts(town.session, joan, listing_id, [surveyor])
    ends_on = pricing.add_months(clock.today(), 14)
    covers = [
        Cover(Insurance.RISK_PROTECTION, None, ends_on),
        Cover(Insurance.PROFESSIONAL_INDEMNITY, 500_000_000, ends_on),
    ]
    detailing.set_insurances(town.session, joan, listing_id, covers)


def _tell_of_supervision(town: Town) -> None:
    ewa, listing_id = town.actors["Ewa Kowalska"], town.ids[SUPERVISION]
    words = "For one school. We meet after half a term and at the end to say how it went."
    detailing.set_trial(town.session, ewa, listing_id, 4, 0, words)
    effect = Effect(
        "Plans for pupils with special needs that were late",
        "31 of 120",
        "9 of 124",
        _ago(480),
        _ago(120),
        "Our own list of four schools, counted each term",
        Pillar.EDUCATION,
    )
    detailing.set_evidence(town.session, ewa, listing_id, [effect])


def _share_templates(town: Town) -> None:
    joan = town.actors["Joan Baptiste"]
    listing = catalogue.describe_listing(
        town.session,
        joan,
        {
            "kind": ListingKind.TEMPLATES,
            "category": Category.ESTATES,
            "title": TEMPLATES,
            "summary": "The workbooks and letters with which we plan capital money, ready to fill in.",
            "description": "A workbook for condition ratings, a five-year plan and eleven model letters.",
            "delivery": Delivery.REMOTE,
            "unit": CapacityUnit.LICENCE,
            "is_unlimited": True,
            "licence": "Use and change it in your own schools, for as long as you like. Do not pass it on.",
        },
    )
    detailing.set_reach(town.session, joan, listing.id, Reach.ENGLAND, [], None, [])
    add_plan(town.session, joan, listing.id, Price(Cadence.ONCE, 18_000, VatTreatment.STANDARD))
    catalogue.move_listing(town.session, joan, listing.id, Move.PUBLISH)
    town.ids[TEMPLATES] = listing.id


def _keep_among_members(town: Town) -> None:
    amara = town.actors["Amara Okafor"]
    ours = sa.select(Partnership.id).where(Partnership.founder_id == amara.organisation_id)
    partnership_id = town.session.scalars(ours).one()
    detailing.set_visibility(town.session, amara, town.ids[MEMBERS_ONLY], partnership_id)


def revise(town: Town) -> None:
    """A change after the first orders: they keep what was said then."""
    words = "For one school. We meet every half term to say how it went."
    detailing.set_trial(town.session, town.actors["Ewa Kowalska"], town.ids[SUPERVISION], 6, 0, words)


def _ago(days: int) -> date:
    return clock.today() - timedelta(days=days)
