"""The VAT registrations of an organisation: from when to when each number holds."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.documents.models import Invoice, VatRegistration
from marketplace.kernel import clock
from marketplace.kernel.errors import Refused

ONE_DAY = timedelta(days=1)


def register(session: Session, organisation_id: uuid.UUID, number: str | None, since: date | None) -> None:
    """Keep the number from a day on, behind the lock of the series of invoices.

    Another number ends the one before it; the same number with another date corrects the date; without a
    number the registration holds for the rest of today. Refused when it begins before an earlier one ended,
    or when an invoice would then have another number on it than the one of its day.
    """
    lasting = _lasting(session, organisation_id)
    if number is not None and since is not None:
        if any(row.number == number and row.starts_on == since and not row.ends_on for row in lasting):
            return
        _refuse_overlap(session, organisation_id, since)
        _make_room(session, lasting, number, since)
        session.add(VatRegistration(organisation_id=organisation_id, number=number, starts_on=since))
    else:
        for row in lasting:
            _end(session, row, clock.today())
    session.flush()
    _refuse_contradiction(session, organisation_id, "vat_registered_on" if number else "vat_number")


def _lasting(session: Session, organisation_id: uuid.UUID) -> Sequence[VatRegistration]:
    """The registrations that hold today or begin later, with or without an end."""
    lasts = sa.or_(VatRegistration.ends_on.is_(None), VatRegistration.ends_on >= clock.today())
    statement = sa.select(VatRegistration).where(VatRegistration.organisation_id == organisation_id, lasts)
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def _refuse_overlap(session: Session, organisation_id: uuid.UUID, since: date) -> None:
    last = session.scalar(
        sa.select(sa.func.max(VatRegistration.ends_on)).where(
            VatRegistration.organisation_id == organisation_id, VatRegistration.ends_on < clock.today()
        )
    )
    if last is not None and since <= last:
        sentence = f"Your last VAT registration ended on {_day(last)}. Enter a date after that"
        raise Refused(sentence, field="vat_registered_on")


def _make_room(session: Session, lasting: Sequence[VatRegistration], number: str, since: date) -> None:
    for row in lasting:
        if row.number == number:
            session.delete(row)
        else:
            _end(session, row, since - ONE_DAY)
    session.flush()  # a row that is taken away goes before another of the same day comes


def _end(session: Session, row: VatRegistration, last: date) -> None:
    """Its last day, unless it ended before; one that would never have held is taken away."""
    if row.starts_on > last:
        session.delete(row)
    else:
        row.ends_on = min(row.ends_on or last, last)


def _refuse_contradiction(session: Session, organisation_id: uuid.UUID, field: str) -> None:
    """Each invoice that was issued has the number of its day, and one of a day without has none."""
    on_invoice = Invoice.parties["seller"]["vat_number"].as_string()
    holds = sa.and_(
        VatRegistration.organisation_id == organisation_id,
        VatRegistration.starts_on <= Invoice.tax_point_on,
        sa.or_(VatRegistration.ends_on.is_(None), VatRegistration.ends_on >= Invoice.tax_point_on),
    )
    statement = (
        sa.select(Invoice.tax_point_on, on_invoice)
        .outerjoin(VatRegistration, holds)
        .where(Invoice.seller_id == organisation_id)
        .where(sa.func.coalesce(on_invoice, "") != sa.func.coalesce(VatRegistration.number, ""))
        .order_by(Invoice.tax_point_on.desc())
        .limit(1)
    )
    found = session.execute(statement).one_or_none()
    if found is None:
        return
    on, number = found
    has = f"the VAT registration number {number}" if number else "no VAT registration number"
    sentence = f"Your invoice of {_day(on)} has {has} on it. Enter a number and a date that agree with it"
    raise Refused(sentence, field=field)


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"
