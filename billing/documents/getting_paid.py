"""How an organisation is paid: its name and address in law, its bank account, its VAT registration."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.documents.models import BillingDetails, VatRegistration
from marketplace.kernel import clock
from marketplace.kernel.errors import Refused
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class GettingPaid:
    """What is typed: six and eight digits, GB and nine digits; without a VAT number no VAT is charged."""

    legal_name: str
    address: str
    payee_name: str
    sort_code: str
    account_number: str
    vat_number: str | None = None
    vat_registered_on: date | None = None


def save_getting_paid(session: Session, actor: Actor, command: GettingPaid) -> BillingDetails:
    """Keep it for invoices issued from now on; what was issued stays as it is."""
    access.require(actor, Role.FINANCE, Role.ADMINISTRATOR)
    details = session.scalars(
        sa.select(BillingDetails)
        .where(BillingDetails.organisation_id == actor.organisation_id)
        .with_for_update()
    ).one_or_none()
    given = {key: value for key, value in vars(command).items() if not key.startswith("vat_")}
    if details is None:
        details = BillingDetails(organisation_id=actor.organisation_id, **given)
        session.add(details)
    else:
        details.version += 1
        for key, value in given.items():
            setattr(details, key, value)
    session.flush()
    _register(session, actor.organisation_id, command.vat_number, command.vat_registered_on)
    access.record(session, actor, "say-how-paid", details, after={"version": details.version})
    return details


def _register(session: Session, organisation_id: uuid.UUID, number: str | None, since: date | None) -> None:
    """Keep the registration with its dates: a change touches later tax points only."""
    _refuse_overlap(session, organisation_id, since)
    current = session.scalars(
        sa.select(VatRegistration).where(
            VatRegistration.organisation_id == organisation_id, VatRegistration.ends_on.is_(None)
        )
    ).one_or_none()
    if current is not None and current.number == number and since is not None:
        current.starts_on = since
        session.flush()
        return
    if current is not None:
        _end(session, current, (since if number else None) or clock.today())
    if number is not None and since is not None:
        session.add(VatRegistration(organisation_id=organisation_id, number=number, starts_on=since))
    session.flush()


def _refuse_overlap(session: Session, organisation_id: uuid.UUID, since: date | None) -> None:
    """Registrations follow each other: Refused when one would begin before an earlier one ended."""
    last = session.scalar(
        sa.select(sa.func.max(VatRegistration.ends_on)).where(
            VatRegistration.organisation_id == organisation_id
        )
    )
    if last is not None and since is not None and since <= last:
        sentence = f"Your last VAT registration ended on {last.day} {last:%B %Y}. Enter a date after that"
        raise Refused(sentence, field="vat_registered_on")


def _end(session: Session, registration: VatRegistration, before: date) -> None:
    """End it the day before; one that would never have held is taken away."""
    if registration.starts_on >= before:
        session.delete(registration)
    else:
        registration.ends_on = before - ONE_DAY
    session.flush()
