"""The demonstration town: trusts, their people, listings, orders, invoices and rounds in every state.

Everything is made by the services that pages call, at the days on which it is said to have happened, so that
its dates are always near and its audit, books and invoices are real.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.collecting.services import Receipt, record_receipt
from billing.documents.getting_paid import GettingPaid, save_getting_paid
from billing.documents.issuing import raise_due_invoices
from billing.documents.models import Invoice
from marketplace.aggregation import closing, committing, evaluating
from marketplace.aggregation import services as aggregation
from marketplace.aggregation.committing import Promise
from marketplace.aggregation.services import Need, PriceListTerms, RoundTerms
from marketplace.aggregation.states import CommitmentState
from marketplace.aggregation.tiers import Tier
from marketplace.catalogue import pricing
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.kinds import Cadence, CapacityUnit, Category, Delivery, VatTreatment
from marketplace.catalogue.states import Move
from marketplace.contracts.models import Contract
from marketplace.delegation.budgeting import open_cost_centre, set_budget
from marketplace.delegation.rules import limited
from marketplace.delegation.schemes import open_scheme
from marketplace.delegation.standing_in import name_stand_in
from marketplace.interests import services as interests
from marketplace.interests import uploading
from marketplace.interests.kinds import InterestKind, Post
from marketplace.interests.services import InterestFacts, PersonFacts
from marketplace.kernel import clock, units
from marketplace.kernel.outbox import OutboxJob
from marketplace.ordering import services as ordering
from marketplace.ordering.models import Order
from marketplace.ordering.states import OrderState
from marketplace.ordering.terms import OrderTerms
from marketplace.partnerships import services as partnerships
from marketplace.partnerships.services import Purpose
from marketplace.people import services as people
from marketplace.people.models import Person
from marketplace.trusts.access import Actor, actor_of
from marketplace.trusts.kinds import OrganisationKind, Role, Standing
from marketplace.trusts.models import Membership, Organisation
from marketplace.trusts.partnership_models import Theme

NOON = time(12, tzinfo=UTC)
MAT = OrganisationKind.MULTI_ACADEMY_TRUST


@dataclass(frozen=True)
class Place:
    """An organisation of the town: its approval limit in pence, and its VAT number if any."""

    name: str
    kind: OrganisationKind
    town: str
    postcode: str
    limit_pence: int
    vat_number: str | None = None


TOWN = (
    Place("Harbour Light Trust", MAT, "Plymstoke", "PL9 9AA", 500_000, "GB100000089"),
    Place("Copper Beech Schools", MAT, "Tavistock", "PL19 0AA", 300_000),
    Place("Millstone Valley Trust", MAT, "Okehampton", "EX20 1AA", 1_000_000, "GB100000187"),
    Place("Larkfield Primary Partnership", MAT, "Newton Abbot", "TQ12 2AA", 250_000, "GB100000285"),
    Place("Two Bridges Special Schools", MAT, "Truro", "TR1 2AA", 200_000),
    Place("Old Mill Academy", OrganisationKind.SINGLE_ACADEMY_TRUST, "Liskeard", "PL14 3AA", 400_000),
    Place("Ridgeway Paper and Print", OrganisationKind.SUPPLIER, "Exeter", "EX1 1AA", 0, "GB100000383"),
)
MEMBERS = (
    ("Harbour Light Trust", "Amara Okafor", "Chief operating officer", "administrator seller buyer"),
    ("Harbour Light Trust", "Gareth Pugh", "Finance manager", "finance approver"),
    ("Copper Beech Schools", "Priya Nair", "School business manager", "buyer seller"),
    ("Copper Beech Schools", "Helen Marsh", "Chief financial officer", "administrator approver finance"),
    ("Millstone Valley Trust", "Tom Whitlock", "Procurement lead", "administrator buyer seller"),
    ("Millstone Valley Trust", "Sana Iqbal", "Chief financial officer", "approver finance"),
    ("Larkfield Primary Partnership", "Joan Baptiste", "Head of estates", "administrator seller buyer"),
    ("Larkfield Primary Partnership", "Dev Acharya", "Finance officer", "finance approver"),
    ("Two Bridges Special Schools", "Ewa Kowalska", "Director of inclusion", "administrator seller buyer"),
    ("Two Bridges Special Schools", "Martin Sharpe", "Business manager", "finance approver"),
    ("Old Mill Academy", "Chris Yeo", "Business manager", "administrator buyer seller"),
    ("Old Mill Academy", "Bea Lund", "Headteacher", "approver finance"),
    ("Ridgeway Paper and Print", "Owen Hart", "Account manager", "administrator seller finance"),
)
"""Where somebody works, their name, what they do there, and their roles in Sharewell."""


QUAY = (InterestKind.DIRECTORSHIP, "Quay Street Books Ltd", "01234567")
DECLARED = (
    ("Helen Marsh", "Jane Trewin", Post.TRUSTEE, 30, (QUAY,)),
    (
        "Helen Marsh",
        "Tom Pascoe",
        Post.GOVERNOR,
        14,
        ((InterestKind.AUTHORITY, "Devon County Council", None),),
    ),
    ("Helen Marsh", "Ruth Adeyemi", Post.MEMBER, 50, ()),
    ("Amara Okafor", "Kate Vosper", Post.TRUSTEE, 26, (QUAY,)),
    (
        "Amara Okafor",
        "Ian Bolitho",
        Post.ACCOUNTING_OFFICER,
        40,
        ((InterestKind.GOVERNORSHIP, "Wembury Village School", None),),
    ),
)
"""Who keeps the register, whose name stands in it, their post, since how many months, and their interests."""
UPLOADED = (
    "Name,Post,Interest,Organisation,Company number,From\n"
    "Ruth Adeyemi,Member,Trusteeship,Tamar Valley Almshouses,,1/4/2019\n"
    "Tom Pascoe,Local governor,Shareholding,Pascoe Roofing Ltd,76543,31/6/2021\n"
)
"""A file of interests; the date in its last row is none."""


@dataclass(frozen=True)
class Service:
    """A listing: its seller's person, words, unit, price in pence, units in each month."""

    seller: str
    category: Category
    title: str
    summary: str
    unit: CapacityUnit
    cadence: Cadence
    price_pence: int
    units: int
    delivery: Delivery = Delivery.BOTH
    vat: VatTreatment = VatTreatment.STANDARD


# fmt: off
SERVICES = (
    Service("Amara Okafor", Category.FINANCE, "Payroll bureau for small trusts",
            "Monthly payroll, pensions returns and year end for teaching and support staff, by three people.",
            CapacityUnit.SCHOOL, Cadence.MONTHLY, 18_500, 12, Delivery.REMOTE),
    Service("Amara Okafor", Category.GOVERNANCE, "Data protection officer",
            "A named officer, yearly audit, and help within a working day when something goes wrong.",
            CapacityUnit.SCHOOL, Cadence.ANNUAL, 95_000, 20, Delivery.REMOTE),
    Service("Joan Baptiste", Category.ESTATES, "Estates manager, by the day",
            "A chartered surveyor who plans condition surveys and capital bids, as for us these two years.",
            CapacityUnit.DAY, Cadence.MONTHLY, 32_000, 8, Delivery.ON_SITE),
    Service("Joan Baptiste", Category.ESTATES, "Condition data for a capital plan",
            "We survey each block, rate every element and hand over a five-year plan for governors.",
            CapacityUnit.SCHOOL, Cadence.FLAT, 145_000, 4, Delivery.ON_SITE),
    Service("Joan Baptiste", Category.CONTRACT_MANAGEMENT, "Contract register and renewals",
            "We read your contracts, list end and notice dates, and tell you what to renegotiate and when.",
            CapacityUnit.HOUR, Cadence.MONTHLY, 4_800, 40, Delivery.REMOTE),
    Service("Ewa Kowalska", Category.SEND, "SENDCo supervision and case advice",
            "Fortnightly supervision for SENDCos, and a second opinion by special-school leaders.",
            CapacityUnit.PLACE, Cadence.TERMLY, 39_000, 10),
    Service("Ewa Kowalska", Category.EXCLUSIONS, "After an exclusion: support for heads and governors",
            "Two sessions with a psychologist and a former head, on the toll that an exclusion takes.",
            CapacityUnit.PLACE, Cadence.FLAT, 28_000, 6),
    Service("Tom Whitlock", Category.IT, "Network and device support",
            "A helpdesk and a technician on site; includes filtering, backups and the yearly device plan.",
            CapacityUnit.HOUR, Cadence.MONTHLY, 3_600, 60),
    Service("Tom Whitlock", Category.PROCUREMENT, "Procurement help desk",
            "Quotes, specifications and evaluation for purchases too small for a framework.",
            CapacityUnit.HOUR, Cadence.MONTHLY, 4_200, 20, Delivery.REMOTE),
    Service("Priya Nair", Category.HR, "HR casework",
            "An adviser for absence, capability and grievance cases, with letters and meeting notes.",
            CapacityUnit.HOUR, Cadence.MONTHLY, 5_200, 24, vat=VatTreatment.OUTSIDE),
    Service("Priya Nair", Category.ATTENDANCE, "Attendance clinic",
            "Our attendance lead reviews your data each half term and meets families with you.",
            CapacityUnit.DAY, Cadence.TERMLY, 26_000, 6, Delivery.ON_SITE, VatTreatment.OUTSIDE),
    Service("Chris Yeo", Category.PROFESSIONAL_DEVELOPMENT, "Places on our new teachers' programme",
            "Six twilight sessions and coaching for teachers in their first two years.",
            CapacityUnit.PLACE, Cadence.FLAT, 21_000, 16, Delivery.ON_SITE, VatTreatment.OUTSIDE),
)
# fmt: on

COST_CENTRES = (("EST", "Estates", 4_000_000), ("INC", "Inclusion", 2_500_000), ("OFF", "Office", 800_000))
"""Of one trust: code, name and budget for this financial year in pence."""
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

    def live(self) -> None:
        """Each day what happened on it, then what falls due at its end."""
        for ago in range(OLDEST, -1, -1):
            with days_ago(ago):
                for happen in DIARY.get(ago, ()):
                    happen(self)
                ordering.move_due_orders(self.session, clock.today())
                raise_due_invoices(self.session)
                self._pay_for_payroll()

    def plan_budgets(self) -> None:
        """One trust plans by cost centres, and its finance officer is away for a few days."""
        finance = self.actors["Dev Acharya"]
        for code, name, pence in COST_CENTRES:
            centre = open_cost_centre(self.session, finance, code, name)
            set_budget(self.session, finance, centre.id, clock.today(), pence)
        stand_in = self.actors["Joan Baptiste"].person_id
        last = clock.today() + timedelta(days=6)
        name_stand_in(self.session, finance, stand_in, clock.today(), last)

    def keep_registers(self) -> None:
        """Two trusts whose boards meet in one company, and what somebody declared themselves."""
        for keeper, name, post, months, held in DECLARED:
            actor = self.actors[keeper]
            since = pricing.add_months(clock.today(), -months)
            person = interests.add_person(self.session, actor, PersonFacts(name, post, starts_on=since))
            for kind, body, number in held:
                facts = InterestFacts(kind, body, number, starts_on=since)
                interests.add_interest(self.session, actor, person.id, facts)
        own = InterestFacts(
            InterestKind.FAMILY, "Moorland Minibuses Ltd", nature="My brother drives for them"
        )
        interests.declare_interest(self.session, self.actors["Priya Nair"], Post.SENIOR_STAFF, own)
        interests.set_published(self.session, self.actors["Amara Okafor"], True)

    def upload_interests(self) -> None:
        """A file of which one row has to be corrected."""
        uploading.upload(self.session, self.actors["Helen Marsh"], "interests.csv", UPLOADED.encode())

    def found_partnerships(self) -> None:
        """One by place, with two members, and one by challenge to which a trust is invited."""
        near = Purpose(
            "Moor and Coast",
            Theme.PLACE,
            "Plymouth, Tavistock and Okehampton",
            "We share an estates team, and buy what our schools between the moor and the coast need alike.",
        )
        first = partnerships.found_partnership(self.session, self.actors["Amara Okafor"], near)
        name = self.actors["Tom Whitlock"].organisation_name
        invited = partnerships.invite(self.session, self.actors["Amara Okafor"], first.id, name)
        partnerships.accept(self.session, self.actors["Tom Whitlock"], invited.id)
        hard = Purpose(
            "After an exclusion",
            Theme.CHALLENGE,
            "Exclusions in the first year of secondary school",
            "We train heads together, try what helps, and tell each other what did not.",
        )
        second = partnerships.found_partnership(self.session, self.actors["Ewa Kowalska"], hard)
        name = self.actors["Helen Marsh"].organisation_name
        partnerships.invite(self.session, self.actors["Ewa Kowalska"], second.id, name)

    def open_organisations(self) -> None:
        """The trusts, the supplier, their people and rules."""
        for place in TOWN:
            organisation = Organisation(
                kind=place.kind,
                name=place.name,
                town=place.town,
                postcode=place.postcode,
                standing=Standing.VERIFIED,
            )
            self.session.add(organisation)
            self.session.flush()
            open_scheme(self.session, organisation.id, limited(place.limit_pence))
            for _, name, part, roles in (one for one in MEMBERS if one[0] == place.name):
                self._admit(organisation, name, part, roles)
            self._open_account(organisation.id, place)

    def _admit(self, organisation: Organisation, name: str, part: str, roles: str) -> None:
        domain = "".join(organisation.name.lower().split()[:2])
        email = f"{name.lower().replace(' ', '.')}@{domain}.example"
        person = people.add_person(self.session, email, name, None, f"{part}, {organisation.name}")
        self.session.add_all(
            Membership(person_id=person.id, organisation_id=organisation.id, role=Role(role))
            for role in roles.split()
        )
        self.session.flush()
        actor = actor_of(self.session, person)
        assert actor is not None  # noqa: S101  a membership was just added
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
            self._list(service)

    def _list(self, service: Service) -> None:
        seller = self.actors[service.seller]
        description = {
            "category": service.category,
            "title": service.title,
            "summary": service.summary,
            "description": "We agree the dates within a week of your order.\n\nYou name somebody to ask.",
            "delivery": service.delivery,
            "places_served": "Devon and Cornwall",
            "unit": service.unit,
        }
        listing = catalogue.describe_listing(self.session, seller, description)
        catalogue.set_price(
            self.session, seller, listing.id, service.cadence, service.price_pence, service.vat
        )
        first = clock.today().replace(day=1)
        last = pricing.add_months(first, 26)
        catalogue.set_capacity(self.session, seller, listing.id, first, last, service.units)
        catalogue.move_listing(self.session, seller, listing.id, Move.PUBLISH)
        self.ids[service.title] = listing.id

    def order(self, buyer: str, title: str, quantity: int, periods: int, po_number: str) -> uuid.UUID:
        """An order from the first of next month, placed or waiting for approval as the trust's rule says."""
        starts_on = pricing.add_months(clock.today().replace(day=1), 1)
        terms = OrderTerms(quantity=quantity, starts_on=starts_on, periods=periods, po_number=po_number)
        order = ordering.start_order(self.session, self.actors[buyer], self.ids[title], terms)
        ordering.submit_order(self.session, self.actors[buyer], order.id)
        return order.id

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


PAYROLL = "Payroll bureau for small trusts"
SHEETS, CARD, EXERCISE = "A4 paper for the year", "Card and coloured paper", "Exercise books for next year"
Happening = Callable[[Town], object]
DIARY: dict[int, tuple[Happening, ...]] = {
    120: (Town.open_organisations,),
    110: (Town.keep_registers, Town.found_partnerships),
    100: (Town.list_services,),
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
    20: (lambda town: town.start("Priya Nair", "A4 paper, recycled", CARD, 18, 100),),
    18: (
        lambda town: town.commit(CARD, "Priya Nair", 60, 1_950, 2_080, "CB-0930"),
        lambda town: town.commit(CARD, "Ewa Kowalska", 55, 1_900, 2_020, "TB-131"),
        lambda town: town.commit(CARD, "Joan Baptiste", 95, 1_900, 1_990, "LPP-90"),
    ),
    9: (lambda town: town.start("Tom Whitlock", "Exercise books, A4, 80 pages", EXERCISE, 23, 1_000),),
    8: (lambda town: town.commit(EXERCISE, "Tom Whitlock", 8_000, 90, 98, "PO-2102"),),
    6: (
        lambda town: town.commit(EXERCISE, "Amara Okafor", 5_400, 92, 95, "HL-551"),
        lambda town: town.post("Ewa Kowalska", "Minibus hire", Category.PROCUREMENT, "days", 24, 16_000),
        lambda town: town.post(
            "Joan Baptiste", "Water hygiene testing", Category.ESTATES, "visits", 96, 9_500
        ),
    ),
    4: (lambda town: town.commit(EXERCISE, "Joan Baptiste", 4_600, 88, 102, "LPP-93"),),
    2: (
        lambda town: town.order("Chris Yeo", "Data protection officer", 1, 1, "OM-310"),
        lambda town: town.commit(EXERCISE, "Ewa Kowalska", 2_500, 95, 99, "TB-140"),
    ),
    1: (lambda town: town.order("Priya Nair", "Network and device support", 10, 12, "CB-0912"),),
    0: (Town.plan_budgets, Town.upload_interests),
}
"""How many days ago what happened, in this order."""
OLDEST = max(DIARY)
LONG_READ = timedelta(days=7)
"""E-mails older than that were read long ago; the mailbox shows the others."""


def _next_month(day: date) -> date:
    """The first day of the month after a day."""
    return pricing.add_months(day.replace(day=1), 1)
