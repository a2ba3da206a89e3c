"""The demonstration town: trusts, their people, listings, orders, invoices and rounds in every state.

Everything is made by the services that pages call, at the days on which it is said to have happened, so that
its dates are always near and its audit, books and invoices are real.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

import demo_governance as governance
import demo_listings as listings
from billing.collecting.services import Receipt, record_receipt
from billing.documents.getting_paid import GettingPaid, save_getting_paid
from billing.documents.issuing import raise_due_invoices
from billing.documents.models import Invoice
from demo_places import OF_TOWNS
from demo_trusts import (
    COACHING,
    MEMBERS,
    MORE_PRICES,
    NETWORK,
    PAYROLL,
    SERVICES,
    TOWN,
    Place,
    Service,
)
from marketplace.aggregation import closing, committing, evaluating
from marketplace.aggregation import services as aggregation
from marketplace.aggregation.committing import Promise
from marketplace.aggregation.services import Need, PriceListTerms, RoundTerms
from marketplace.aggregation.states import CommitmentState
from marketplace.aggregation.tiers import Tier
from marketplace.catalogue import offering, pricing
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.kinds import Category, VatTreatment
from marketplace.catalogue.plans import Price, add_plan
from marketplace.catalogue.states import Move
from marketplace.contracts.models import Contract
from marketplace.delegation.rules import limited
from marketplace.delegation.schemes import open_scheme
from marketplace.finding import saving
from marketplace.finding.kinds import Frequency
from marketplace.kernel import clock, units
from marketplace.kernel.outbox import OutboxJob
from marketplace.ordering import services as ordering
from marketplace.ordering.models import Order
from marketplace.ordering.states import OrderState
from marketplace.ordering.terms import OrderTerms
from marketplace.people import services as people
from marketplace.people.models import Person
from marketplace.scheduling.waiting import Wish, join_waiting
from marketplace.trusts.access import Actor, actor_of
from marketplace.trusts.kinds import Role, Standing
from marketplace.trusts.models import Membership, Organisation

NOON = time(12, tzinfo=UTC)
BOOKS = (Tier(1_000, 92), Tier(10_000, 84), Tier(25_000, 76), Tier(60_000, 69))
PAPER = (Tier(50, 1_890), Tier(200, 1_740), Tier(500, 1_620))


def is_new(session: Session) -> bool:
    """Whether nobody and nothing is in the database yet."""
    return session.scalar(sa.select(sa.exists().where(Organisation.id.is_not(None)))) is False


def holds_others(session: Session) -> bool:
    """Whether people are in the database who are not of the demonstration: then it is a real one."""
    real = sa.exists().where(Person.demonstration_part.is_(None))
    return session.scalar(sa.select(real)) is True


def load(session: Session) -> None:
    """Make the town in an empty database: some months of its life, up to today."""
    Town(session).live()
    session.execute(sa.delete(OutboxJob).where(OutboxJob.created_at < clock.now() - LONG_READ))


@contextmanager
def days_ago(days: int) -> Iterator[None]:
    """Do this as of noon, so many days before today."""
    with clock.standing_at(datetime.combine(clock.today() - timedelta(days=days), NOON)):
        yield


class Town:
    """The making of the town, day by day, in the order in which things happened."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.actors: dict[str, Actor] = {}
        self.ids: dict[str, uuid.UUID] = {}
        """Listings, price lists and rounds by their title."""
        self.prices: dict[str, uuid.UUID] = {}
        """The first price of a listing, by its title."""

    def live(self) -> None:
        """Each day what happened on it, then what falls due at its end."""
        for ago in range(OLDEST, -1, -1):
            with days_ago(ago):
                for happen in DIARY.get(ago, ()):
                    happen(self)
                ordering.move_due_orders(self.session, clock.today())
                raise_due_invoices(self.session)
                self._pay_for_payroll()

    def open_organisations(self) -> None:
        """The trusts, the supplier, their people and rules."""
        for place in TOWN:
            spot = OF_TOWNS[place.town]
            organisation = Organisation(
                kind=place.kind,
                name=place.name,
                town=place.town,
                postcode=place.postcode,
                easting=spot.easting,
                northing=spot.northing,
                authority_code=spot.authority_code,
                authority_name=spot.authority,
                standing=Standing.VERIFIED,
                group_uid=place.group_uid,
            )
            self.session.add(organisation)
            self.session.flush()
            open_scheme(self.session, organisation.id, limited(place.limit_pence))
            for _, name, part, roles in (one for one in MEMBERS if one[0] == place.name):
                self._admit(organisation, name, part, roles)
            self._open_account(organisation.id, place)

    def keep_a_search(self) -> None:
        """Priya Nair hears each day of new payroll services."""
        saving.save_search(
            self.session,
            self.actors["Priya Nair"],
            "words=payroll&near=50",
            "Payroll near us",
            Frequency.DAILY,
        )

    def _admit(self, organisation: Organisation, name: str, part: str, roles: str) -> None:
        domain = "".join(organisation.name.lower().split()[:2])
        email = f"{name.lower().replace(' ', '.')}@{domain}.example"
        person = people.add_person(self.session, email, name, None, f"{part}, {organisation.name}")
        self.session.add_all(
            Membership(person_id=person.id, organisation_id=organisation.id, role=Role(role))
            for role in roles.split()
        )
        self.session.flush()
        self.meet(name)

    def meet(self, name: str) -> None:
        """Know somebody with the roles that they have now, at the first trust that they came to."""
        person = self.session.scalars(sa.select(Person).where(Person.name == name)).one()
        actor = actor_of(self.session, person)
        assert actor is not None  # noqa: S101  everybody whom it is called for is a member
        self.actors[name] = actor

    def _open_account(self, organisation_id: uuid.UUID, place: Place) -> None:
        details = GettingPaid(
            legal_name=place.name,
            address=f"1 School Lane\n{place.town}\n{place.postcode}",
            payee_name=" ".join(place.name.split()[:2]),  # a Bacs payment carries 18 characters
            sort_code="089999",
            account_number=f"203004{TOWN.index(place) + 1:02d}",
            vat_number=place.vat_number,
            vat_registered_on=clock.today() - timedelta(days=700) if place.vat_number else None,
        )
        save_getting_paid(self.session, self._with(organisation_id, Role.FINANCE), details)

    def list_services(self) -> None:
        """What everybody has to spare, for the next year."""
        for service in SERVICES:
            if service.title != COACHING:
                self._list(service)
                listings.accept(self, self.ids[service.title])

    def list_coaching(self) -> None:
        """The first listing of a trust, which waits for the operator."""
        self._list(next(service for service in SERVICES if service.title == COACHING))

    def _list(self, service: Service) -> None:
        seller = self.actors[service.seller]
        description = {
            "category": service.category,
            "title": service.title,
            "summary": service.summary,
            "description": "We agree the dates within a week of your order.\n\nYou name somebody to ask.",
            "delivery": service.delivery,
            "unit": service.unit,
        }
        listing = catalogue.describe_listing(self.session, seller, description)
        listings.reach(self, seller, listing.id, service.reach)
        price = Price(service.cadence, service.price_pence, service.vat)
        self.prices[service.title] = add_plan(self.session, seller, listing.id, price).id
        if service.title in MORE_PRICES:
            add_plan(self.session, seller, listing.id, MORE_PRICES[service.title])
        first = clock.today().replace(day=1)
        last = pricing.add_months(first, 30)
        offering.set_capacity(self.session, seller, listing.id, first, last, service.units)
        catalogue.move_listing(self.session, seller, listing.id, Move.PUBLISH)
        self.ids[service.title] = listing.id

    def order(
        self,
        buyer: str,
        title: str,
        quantity: int,
        periods: int,
        po_number: str,
        cost_centre_id: uuid.UUID | None = None,
    ) -> uuid.UUID:
        """An order from the first of next month, placed or waiting for approval as the trust's rule says."""
        starts_on = pricing.add_months(clock.today().replace(day=1), 1)
        terms = OrderTerms(
            quantity=quantity,
            starts_on=starts_on,
            periods=periods,
            plan_id=self.prices[title],
            po_number=po_number,
            cost_centre_id=cost_centre_id,
        )
        order = ordering.start_order(self.session, self.actors[buyer], self.ids[title], terms)
        ordering.submit_order(self.session, self.actors[buyer], order.id)
        return order.id

    def wait(self, buyer: str, title: str, quantity: int, periods: int) -> None:
        """Join the waiting list for more than is free, from the first of next month."""
        wish = Wish(quantity, _next_month(clock.today()), periods)
        join_waiting(self.session, self.actors[buyer], self.ids[title], wish)

    def offer_more(self, title: str, units: int) -> None:
        """Offer more in the next four months: whoever waits has it first."""
        seller = next(service.seller for service in SERVICES if service.title == title)
        first = _next_month(clock.today())
        last = pricing.add_months(first, 3)
        offering.set_capacity(self.session, self.actors[seller], self.ids[title], first, last, units)

    def agree(self, buyer: str, title: str, quantity: int, periods: int, po_number: str) -> None:
        """An order, approved where the trust's rule asks for it, and accepted."""
        order_id = self.order(buyer, title, quantity, periods, po_number)
        trust = self.actors[buyer].organisation_id
        order = self.session.get_one(Order, order_id)
        if order.state is OrderState.AWAITING_APPROVAL:
            ordering.approve_order(self.session, self._with(trust, Role.APPROVER), order_id)
        seller = next(service.seller for service in SERVICES if service.title == title)
        ordering.accept_order(self.session, self.actors[seller], order_id)

    def _with(self, organisation_id: uuid.UUID, role: Role) -> Actor:
        return next(
            one for one in self.actors.values() if one.organisation_id == organisation_id and one.has(role)
        )

    def _pay_for_payroll(self) -> None:
        """Twelve days after its issue the first invoice for payroll is paid in full, the second in part."""
        statement = (
            sa.select(Invoice)
            .join(Contract, Contract.id == Invoice.contract_id)
            .where(Contract.title == PAYROLL)
            .order_by(Invoice.issued_on)
        )
        for invoice, part in zip(self.session.scalars(statement).all(), (1, 2), strict=False):
            if clock.today() == invoice.issued_on + timedelta(days=12):
                receipt = Receipt(invoice.gross_pence // part, clock.today(), invoice.payment_reference)
                record_receipt(self.session, self.actors["Gareth Pugh"], invoice.id, receipt)

    def publish(self, title: str, unit: str, units: str, tiers: tuple[Tier, ...]) -> None:
        terms = PriceListTerms(
            title=title,
            unit=unit,
            unit_plural=units,
            category=Category.PROCUREMENT,
            vat_treatment=VatTreatment.STANDARD,
            source="Ridgeway price list for schools",
            tiers=tiers,
        )
        self.ids[title] = aggregation.publish_price_list(self.session, self.actors["Owen Hart"], terms).id

    def start(self, lead: str, price_list: str, title: str, closes_in: int, minimum: int) -> None:
        """Start a round whose contracts run from the first of a month, two weeks or more after its close."""
        closes_on = clock.today() + timedelta(days=closes_in)
        terms = RoundTerms(
            price_list_id=self.ids[price_list],
            title=title,
            specification="Delivered to each school within five working days of its call-off. "
            "Recycled paper with a recognised forest label.",
            closes_on=closes_on,
            starts_on=_next_month(closes_on + timedelta(days=14)),
            months=12,
            minimum_units=minimum,
        )
        self.ids[title] = aggregation.start_round(self.session, self.actors[lead], terms).id

    def commit(
        self, title: str, buyer: str, quantity: int, ceiling: int, baseline: int, po_number: str
    ) -> None:
        """Commit somebody's trust; a second person approves where its rule asks for it."""
        round_id = self.ids[title]
        actor = self.actors[buyer]
        promise = Promise(quantity, ceiling, baseline, po_number)
        commitment = committing.commit(self.session, actor, round_id, promise)
        if commitment.state is CommitmentState.AWAITING_APPROVAL:
            approver = self._with(actor.organisation_id, Role.APPROVER)
            seen = committing.Figures.of(commitment)
            committing.approve(self.session, approver, round_id, commitment.id, seen)

    def award(self, lead: str, title: str) -> None:
        """Close a round and work out its award at once."""
        run = closing.close_round(self.session, self.actors[lead], self.ids[title])
        evaluating.work_out(units.within(self.session), run.id)

    def post(
        self, buyer: str, title: str, category: Category, units: str, quantity: int, ceiling: int
    ) -> None:
        """Tell others of a need."""
        need = Need(title, category, units, quantity, ceiling, note="Others with the same need are welcome.")
        aggregation.post_request(self.session, self.actors[buyer], need)


SHEETS, CARD, EXERCISE = "A4 paper for the year", "Card and coloured paper", "Exercise books for next year"
Happening = Callable[[Town], object]
DIARY: dict[int, tuple[Happening, ...]] = {
    120: (Town.open_organisations, governance.come_in, governance.read_register),
    115: (governance.settle_in,),
    110: (governance.keep_registers, governance.found_partnerships),
    100: (Town.list_services, listings.tell_more, Town.keep_a_search),
    90: (
        lambda town: town.publish("A4 paper, recycled", "box", "boxes", PAPER),
        lambda town: town.publish("Exercise books, A4, 80 pages", "book", "books", BOOKS),
    ),
    75: (lambda town: town.agree("Tom Whitlock", PAYROLL, 4, 12, "PO-2041"),),
    60: (lambda town: town.start("Tom Whitlock", "A4 paper, recycled", SHEETS, 14, 100),),
    55: (
        lambda town: town.commit(SHEETS, "Tom Whitlock", 120, 1_900, 2_050, "PO-2040"),
        lambda town: town.commit(SHEETS, "Priya Nair", 90, 1_850, 1_995, "CB-0871"),
        lambda town: town.commit(SHEETS, "Chris Yeo", 30, 1_700, 1_980, "OM-291"),
    ),
    45: (lambda town: town.award("Tom Whitlock", SHEETS),),
    40: (
        lambda town: town.agree("Ewa Kowalska", "Estates manager, by the day", 1, 3, "TB-118"),
        lambda town: town.agree("Joan Baptiste", "SENDCo supervision and case advice", 2, 3, "LPP-77"),
    ),
    25: (listings.revise,),
    20: (lambda town: town.start("Priya Nair", "A4 paper, recycled", CARD, 18, 100),),
    18: (
        lambda town: town.commit(CARD, "Priya Nair", 60, 1_950, 2_080, "CB-0930"),
        lambda town: town.commit(CARD, "Ewa Kowalska", 55, 1_900, 2_020, "TB-131"),
        lambda town: town.commit(CARD, "Joan Baptiste", 95, 1_900, 1_990, "LPP-90"),
    ),
    12: (
        lambda town: town.wait("Tom Whitlock", "Contract register and renewals", 75, 3),
        lambda town: town.wait("Priya Nair", "Contract register and renewals", 50, 3),
    ),
    9: (lambda town: town.start("Tom Whitlock", "Exercise books, A4, 80 pages", EXERCISE, 23, 1_000),),
    8: (lambda town: town.commit(EXERCISE, "Tom Whitlock", 6_400, 90, 98, "PO-2102"),),
    6: (
        lambda town: town.commit(EXERCISE, "Amara Okafor", 4_600, 92, 95, "HL-551"),
        lambda town: town.post("Ewa Kowalska", "Minibus hire", Category.PROCUREMENT, "days", 24, 16_000),
        lambda town: town.post(
            "Joan Baptiste", "Water hygiene testing", Category.ESTATES, "visits", 96, 9_500
        ),
    ),
    30: (governance.count_pupils,),
    5: (
        lambda town: town.commit(EXERCISE, "Priya Nair", 1_500, 86, 97, "CB-0944"),
        lambda town: town.commit(EXERCISE, "Yusuf Demir", 900, 93, 99, "TS-12"),
    ),
    4: (
        lambda town: town.commit(EXERCISE, "Joan Baptiste", 4_600, 88, 102, "LPP-93"),
        governance.declare_a_seat,
        governance.plan_budgets,
        governance.propose_scheme,
    ),
    3: (
        governance.approve_scheme,
        governance.ask_to_come_in,
        governance.invite_a_neighbour,
    ),
    2: (
        governance.order_in_cost_centres,
        lambda town: town.order("Chris Yeo", "Data protection officer", 1, 1, "OM-310"),
        lambda town: town.commit(EXERCISE, "Ewa Kowalska", 2_500, 95, 99, "TB-140"),
    ),
    1: (
        lambda town: town.order("Priya Nair", NETWORK, 10, 12, "CB-0912"),
        governance.approve_as_the_first,
        lambda town: town.offer_more("Contract register and renewals", 60),
        Town.list_coaching,
    ),
    0: (governance.go_away, governance.upload_interests),
}
"""How many days ago what happened, in this order."""
OLDEST = max(DIARY)
LONG_READ = timedelta(days=7)
"""E-mails older than that were read long ago; the mailbox shows the others."""


def _next_month(day: date) -> date:
    """The first day of the month after a day."""
    return pricing.add_months(day.replace(day=1), 1)
