"""Sellers and buyers as invoices name them, what was invoiced, and what is owed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.documents.content import Content, Line, Party, Payee, VatSum, parties
from billing.documents.due import held
from billing.documents.kinds import OVERDUE_WORDS, HeldFor, InvoiceState, Side, state_of
from billing.documents.models import (
    Allocation,
    BillingDetails,
    Invoice,
    InvoiceLine,
    InvoiceVat,
    VatRegistration,
)
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.models import Listing
from marketplace.contracts.models import Contract
from marketplace.delegation.queries import has_begun
from marketplace.kernel import clock, money
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import Page, page_by
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from marketplace.trusts.waiting import Waiting

MOST_WAITING = 10
SETTINGS_PAGE = "/billing/settings"
BEFORE_DETAILS = "Your invoices carry them, so nothing that you sell can be invoiced before."
NEWEST = (Invoice.issued_on, Invoice.number, Invoice.id)


@dataclass(frozen=True)
class Seller:
    """A seller as its invoices name it, and its bank account."""

    party: Party
    payee: Payee


def billing_details(session: Session, organisation_id: uuid.UUID) -> BillingDetails | None:
    """What an organisation has said about how it is paid."""
    return session.scalars(
        sa.select(BillingDetails).where(BillingDetails.organisation_id == organisation_id)
    ).one_or_none()


def getting_paid(session: Session, actor: Actor) -> dict[str, Any]:
    """How the actor's organisation is paid, by the names of the form's fields; empty before it said so."""
    access.require(actor, Role.FINANCE, Role.ADMINISTRATOR)
    details = billing_details(session, actor.organisation_id)
    registration = newest_vat_registration(session, actor.organisation_id)
    names = ("legal_name", "address", "payee_name", "sort_code", "account_number")
    return {name: getattr(details, name, None) for name in names} | {
        "vat_number": registration.number if registration else None,
        "vat_registered_on": registration.starts_on if registration else None,
    }


def vat_registration(session: Session, organisation_id: uuid.UUID, on: date) -> VatRegistration | None:
    """The VAT registration that holds on a day."""
    return session.scalars(
        sa.select(VatRegistration)
        .where(VatRegistration.organisation_id == organisation_id, VatRegistration.starts_on <= on)
        .where(sa.or_(VatRegistration.ends_on.is_(None), VatRegistration.ends_on >= on))
    ).one_or_none()


def newest_vat_registration(session: Session, organisation_id: uuid.UUID) -> VatRegistration | None:
    """The registration without an end, which may begin on a later day."""
    return session.scalars(
        sa.select(VatRegistration).where(
            VatRegistration.organisation_id == organisation_id, VatRegistration.ends_on.is_(None)
        )
    ).one_or_none()


def seller(session: Session, organisation_id: uuid.UUID, on: date) -> Seller:
    """The seller on a day; NotFound when it has not said how it is paid."""
    details = billing_details(session, organisation_id)
    if details is None:
        raise NotFound("The seller has not said how it is paid.")
    registration = vat_registration(session, organisation_id, on)
    number = registration.number if registration else None
    return Seller(
        Party(details.legal_name, details.address.splitlines(), number),
        Payee(details.payee_name, details.sort_code, details.account_number),
    )


def buyer(session: Session, organisation_id: uuid.UUID) -> Party:
    """The buyer by its own details when it has given them, else as the register has it."""
    details = billing_details(session, organisation_id)
    if details is not None:
        return Party(details.legal_name, details.address.splitlines())
    found = session.get_one(Organisation, organisation_id)
    parts = (found.address, found.town, found.postcode)
    return Party(found.name, [part.strip() for part in parts if part and part.strip()])


@dataclass(frozen=True)
class InvoiceRow:
    """One invoice in a list; money in pence."""

    id: uuid.UUID
    number: str
    other: str
    contract_id: uuid.UUID
    contract_reference: str
    issued_on: date
    due_on: date
    net_pence: int
    vat_pence: int
    gross_pence: int
    paid_pence: int
    state: InvoiceState

    @property
    def owed_pence(self) -> int:
        """What is left to pay."""
        return self.gross_pence - self.paid_pence


@dataclass(frozen=True)
class Totals:
    """What is owed in all, and how much of that is overdue, in pence."""

    owed_pence: int
    overdue_pence: int


_paid = (
    sa.select(sa.func.coalesce(sa.func.sum(Allocation.amount_pence), 0))
    .where(Allocation.invoice_id == Invoice.id)
    .correlate(Invoice)
    .scalar_subquery()
)


_ROW = (
    Invoice.id,
    Invoice.number,
    Invoice.contract_id,
    Invoice.contract_reference,
    Invoice.issued_on,
    Invoice.due_on,
    Invoice.net_pence,
    Invoice.vat_pence,
    Invoice.gross_pence,
)


def side_shown(session: Session, actor: Actor, contract_id: uuid.UUID | None) -> Side:
    """What the list shows first: what was received, unless the organisation only sells."""
    ends = sa.select(Contract.buyer_id).where(
        sa.or_(Contract.buyer_id == actor.organisation_id, Contract.supplier_id == actor.organisation_id)
    )
    if contract_id is not None:
        ends = ends.where(Contract.id == contract_id)
    buyers = set(session.scalars(ends.distinct()))
    return Side.ISSUED if buyers and actor.organisation_id not in buyers else Side.RECEIVED


def invoices(
    session: Session,
    actor: Actor,
    side: Side,
    contract_id: uuid.UUID | None = None,
    after: uuid.UUID | None = None,
) -> Page[InvoiceRow]:
    """The invoices that the actor's organisation issued or received, by date of issue, newest first."""
    found = page_by(session, _invoices(actor, side, contract_id), NEWEST, after)
    today = clock.today()
    return Page([_row(row, today) for row in found.rows], found.next_after)


def every_invoice(
    session: Session, actor: Actor, side: Side, contract_id: uuid.UUID | None = None
) -> list[InvoiceRow]:
    """All pages of `invoices` at once."""
    statement = _invoices(actor, side, contract_id).order_by(*(column.desc() for column in NEWEST))
    today = clock.today()
    return [_row(row, today) for row in session.execute(statement)]


def _invoices(actor: Actor, side: Side, contract_id: uuid.UUID | None) -> sa.Select[*tuple[Any, ...]]:
    mine, other = _ends(side)
    columns: tuple[Any, ...] = (*_ROW, Organisation.name.label("other"), _paid.label("paid_pence"))
    statement = sa.select(*columns).join(Organisation, Organisation.id == other)
    if contract_id is not None:
        statement = statement.where(Invoice.contract_id == contract_id)
    return statement.where(mine == actor.organisation_id)


def _ends(side: Side) -> tuple[Any, Any]:
    """The column of the own organisation and the column of the other."""
    columns = Invoice.buyer_id, Invoice.seller_id
    return columns if side is Side.RECEIVED else columns[::-1]


def _row(row: sa.Row[Any], today: date) -> InvoiceRow:
    columns = row._asdict() | {"paid_pence": int(row.paid_pence)}
    return InvoiceRow(**columns, state=state_of(row.gross_pence, columns["paid_pence"], row.due_on, today))


def totals(session: Session, actor: Actor, side: Side, contract_id: uuid.UUID | None = None) -> Totals:
    """What is owed on all invoices of one side, whichever page is shown."""
    mine, _ = _ends(side)
    statement = sa.select(Invoice.due_on, (Invoice.gross_pence - _paid).label("owed_pence")).where(
        mine == actor.organisation_id
    )
    if contract_id is not None:
        statement = statement.where(Invoice.contract_id == contract_id)
    open_ = statement.subquery()
    overdue = sa.case((open_.c.due_on < clock.today(), open_.c.owed_pence), else_=0)
    owed, late = session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(open_.c.owed_pence), 0), sa.func.coalesce(sa.func.sum(overdue), 0)
        )
    ).one()
    return Totals(int(owed), int(late))


@dataclass(frozen=True)
class Credit:
    """What a buyer paid above one invoice, in pence; `other` is the name of the other side."""

    other: str
    invoice_id: uuid.UUID
    number: str
    over_pence: int


def credits_kept(session: Session, actor: Actor, side: Side) -> list[Credit]:
    """The invoices of one side on which more was paid than was owed, by other side and number."""
    mine, other = _ends(side)
    over = sa.cast(sa.func.sum(Allocation.received_pence - Allocation.amount_pence), sa.BigInteger)
    statement = (
        sa.select(Organisation.name, Invoice.id, Invoice.number, over)
        .join(Allocation, Allocation.invoice_id == Invoice.id)
        .join(Organisation, Organisation.id == other)
        .where(mine == actor.organisation_id)
        .group_by(Organisation.name, Invoice.id, Invoice.number)
        .having(over > 0)
        .order_by(Organisation.name, Invoice.number)
    )
    return [Credit(*row) for row in session.execute(statement)]


@dataclass(frozen=True)
class Settled:
    """One payment as it was received, and how much of it was set against an invoice, in pence."""

    received_pence: int
    amount_pence: int
    settled_on: date
    words: str


@dataclass(frozen=True)
class InvoiceView:
    """Everything about one invoice, for its page, its PDF and its JSON."""

    id: uuid.UUID
    contract_id: uuid.UUID
    side: Side
    content: Content
    sha256: str
    settled: Sequence[Settled]
    state: InvoiceState

    @property
    def paid_pence(self) -> int:
        """What was set against it."""
        return sum(each.amount_pence for each in self.settled)

    @property
    def owed_pence(self) -> int:
        """What is left to pay."""
        return self.content.gross_pence - self.paid_pence

    @property
    def over_pence(self) -> int:
        """What was received above that: the buyer's credit."""
        return sum(each.received_pence - each.amount_pence for each in self.settled)


def invoice(session: Session, actor: Actor, invoice_id: uuid.UUID) -> InvoiceView:
    """One invoice, for its buyer and its seller; NotFound for everybody else."""
    found = access.own(session, Invoice, invoice_id, Invoice.seller_id, Invoice.buyer_id, acting=actor)
    columns = Allocation.received_pence, Allocation.amount_pence, Allocation.settled_on, Allocation.words
    statement = sa.select(*columns).where(Allocation.invoice_id == found.id)
    settled = [Settled(*row) for row in session.execute(statement.order_by(Allocation.id))]
    paid = sum(each.amount_pence for each in settled)
    return InvoiceView(
        id=found.id,
        contract_id=found.contract_id,
        side=Side.ISSUED if found.seller_id == actor.organisation_id else Side.RECEIVED,
        content=content_of(session, found),
        sha256=found.sha256,
        settled=settled,
        state=state_of(found.gross_pence, paid, found.due_on, clock.today()),
    )


def issued_invoice(session: Session, actor: Actor, invoice_id: uuid.UUID) -> InvoiceView:
    """One invoice, for its seller; NotFound for everybody else."""
    view = invoice(session, actor, invoice_id)
    if view.side is not Side.ISSUED:
        raise NotFound
    return view


def content_of(session: Session, found: Invoice) -> Content:
    """The content of an invoice, as it was on the day of issue."""
    seller_, buyer_, payee = parties(found.parties)
    line_columns = [getattr(InvoiceLine, name) for name in Line.__dataclass_fields__]
    lines = sa.select(*line_columns).where(InvoiceLine.invoice_id == found.id).order_by(InvoiceLine.no)
    sums = (
        sa.select(InvoiceVat.code, InvoiceVat.rate_bp, InvoiceVat.net_pence, InvoiceVat.vat_pence)
        .where(InvoiceVat.invoice_id == found.id)
        .order_by(InvoiceVat.id)
    )
    return Content(
        number=found.number,
        issued_on=found.issued_on,
        tax_point_on=found.tax_point_on,
        due_on=found.due_on,
        po_number=found.po_number,
        contract_reference=found.contract_reference,
        payment_reference=found.payment_reference,
        seller=seller_,
        buyer=buyer_,
        payee=payee,
        lines=[Line(*row) for row in session.execute(lines)],
        vat=[VatSum(*row) for row in session.execute(sums)],
        net_pence=found.net_pence,
        vat_pence=found.vat_pence,
        gross_pence=found.gross_pence,
    )


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """Overdue invoices, credit to pay back, charges without a PO number, and bank details not given yet."""
    found: list[Waiting] = []
    if actor.has(Role.FINANCE):
        for side in Side:
            found += _overdue(session, actor, side)
        found += [
            Waiting(
                f"Pay back {money.pounds(each.over_pence)} to {each.other}, paid above {each.number}",
                f"/invoices/{each.invoice_id}",
            )
            for each in credits_kept(session, actor, Side.ISSUED)[:MOST_WAITING]
        ]
    if actor.has(Role.FINANCE, Role.BUYER):
        contracts = {
            each.contract.id: each.contract
            for each in held(session, actor, Side.RECEIVED)
            if each.held_for is HeldFor.PO_NUMBER
        }
        found += [
            Waiting(f"Give a PO number for {contract.title} ({contract.reference})", f"/contracts/{id_}")
            for id_, contract in contracts.items()
        ]
    if actor.has(Role.FINANCE, Role.ADMINISTRATOR) and _details_missing(session, actor):
        found.append(Waiting("Say how you are paid, so that your invoices can be sent", SETTINGS_PAGE))
    elif actor.has(Role.ADMINISTRATOR) and _is_new(session, actor):
        found.append(Waiting("Give your bank and VAT details", SETTINGS_PAGE, sets_up=BEFORE_DETAILS))
    return found


def _overdue(session: Session, actor: Actor, side: Side) -> list[Waiting]:
    """The oldest ones, and how many more there are."""
    mine, other = _ends(side)
    late = (mine == actor.organisation_id, Invoice.due_on < clock.today(), Invoice.gross_pence > _paid)
    statement = (
        sa.select(Invoice.id, Invoice.number, Organisation.name.label("other"), Invoice.due_on)
        .join(Organisation, Organisation.id == other)
        .where(*late)
        .order_by(Invoice.due_on, Invoice.id)
        .limit(MOST_WAITING)
    )
    shown = [
        Waiting(
            OVERDUE_WORDS[side].format(number=row.number, other=row.other), f"/invoices/{row.id}", row.due_on
        )
        for row in session.execute(statement)
    ]
    if len(shown) < MOST_WAITING:
        return shown
    more = (session.scalar(sa.select(sa.func.count(Invoice.id)).where(*late)) or 0) - MOST_WAITING
    return [*shown, *_more(side, more)]


def _more(side: Side, count: int) -> list[Waiting]:
    if not count:
        return []
    invoices_ = "1 more overdue invoice" if count == 1 else f"{count:,} more overdue invoices"
    verb = "Pay" if side is Side.RECEIVED else "Ask for payment of"
    return [Waiting(f"{verb} {invoices_}", f"/invoices?side={side.value}")]


def _is_new(session: Session, actor: Actor) -> bool:
    """Whether it has neither said how it is paid nor ever asked to buy something."""
    mine = actor.organisation_id
    bought = session.scalar(sa.select(Contract.id).where(Contract.buyer_id == mine).limit(1))
    return bought is None and billing_details(session, mine) is None and not has_begun(session, mine)


def _details_missing(session: Session, actor: Actor) -> bool:
    """Whether an organisation that offers or sells something has not said how it is paid."""
    mine = actor.organisation_id
    offers = sa.exists().where(Listing.seller_id == mine, Listing.state == ListingState.PUBLISHED)
    sells = sa.exists().where(Contract.supplier_id == mine)
    selling = session.scalar(sa.select(sa.or_(offers, sells)))
    return bool(selling) and billing_details(session, mine) is None
