"""How an organisation is paid: its name and address in law, its bank account, its VAT registration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from billing.documents import registering
from billing.documents.content import Payee
from billing.documents.models import BillingDetails
from billing.documents.numbering import lock_series
from marketplace.notifications.services import Message, tell
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role

SHOWN_DIGITS = 4


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
    """Keep it for invoices issued from now on; what was issued stays as it is.

    Whoever looks after the money is told when another bank account is put in. Refused when the dates of the
    VAT registration contradict an invoice that was issued.
    """
    access.require(actor, Role.FINANCE, Role.ADMINISTRATOR)
    lock_series(session, actor.organisation_id)
    statement = sa.select(BillingDetails).where(BillingDetails.organisation_id == actor.organisation_id)
    known = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    before = _account(known) if known else None
    details = _keep(session, actor, known, command)
    registering.register(session, actor.organisation_id, command.vat_number, command.vat_registered_on)
    account = _account(details)
    if before is not None and before != account:
        _tell_changed(session, actor, details, before, account)
    access.record(
        session, actor, "say-how-paid", details, before=_recorded(before), after=_recorded(account, details)
    )
    return details


def _keep(
    session: Session, actor: Actor, known: BillingDetails | None, command: GettingPaid
) -> BillingDetails:
    given = {key: value for key, value in vars(command).items() if not key.startswith("vat_")}
    if known is None:
        known = BillingDetails(organisation_id=actor.organisation_id, **given)
        session.add(known)
    else:
        known.version += 1
        for key, value in given.items():
            setattr(known, key, value)
    session.flush()
    return known


def _account(details: BillingDetails) -> Payee:
    return Payee(details.payee_name, details.sort_code, details.account_number)


def _recorded(account: Payee | None, details: BillingDetails | None = None) -> dict[str, object]:
    """Enough of the account to know it again, too little to pay into it."""
    if account is None:
        return {}
    version = {"version": details.version} if details else {}
    return version | {
        "sort_code": account.sort_code,
        "account_ends": account.account_number[-SHOWN_DIGITS:],
    }


def _tell_changed(
    session: Session, actor: Actor, details: BillingDetails, before: Payee, account: Payee
) -> None:
    """Money that goes to another's account does not come back: everybody who may set it hears of it."""
    text = (
        f"{actor.name} changed the bank account that buyers pay {actor.organisation_name} into.\n"
        f"Before: {_words(before)}\nNow: {_words(account)}\n"
        "It stands on every invoice issued from now on. If this is not right, change it back at once and "
        "find out who signed in as them. The account is here:"
    )
    message = Message(
        key=f"bank-account:{details.id}:{details.version}",
        subject="Check the bank account that you are paid into: it was changed",
        text=text,
        path="/billing/settings",
    )
    tell(session, actor.organisation_id, [Role.FINANCE, Role.ADMINISTRATOR], message)


def _words(account: Payee) -> str:
    ends = account.account_number[-SHOWN_DIGITS:]
    return f"{account.name}, sort code {account.sort_code_words}, account number ending {ends}"
