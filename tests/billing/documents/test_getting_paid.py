"""How one is paid is said once at a time, and no bank account is changed in silence."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from billing.documents.getting_paid import save_getting_paid
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.outbox import OutboxJob
from marketplace.kernel.session import database_of
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.billing import a_seller, paid_details
from tests.factories.trusts import a_person, an_actor

CHECK = sa.select(OutboxJob.payload).where(OutboxJob.key.contains("bank-account:"))


@pytest.mark.parametrize("change", [{"account_number": "87654321"}, {"sort_code": "654321"}])
def test_finance_and_administrators_are_told_of_another_bank_account(
    session: Session, change: dict[str, str]
) -> None:
    seller = a_seller(session)
    organisation = session.get_one(Organisation, seller.organisation_id)
    finance = a_person(session, organisation, Role.FINANCE)
    a_person(session, organisation, Role.SELLER)
    assert session.scalars(CHECK).all() == []
    save_getting_paid(session, seller, paid_details(**change))
    told = session.scalars(CHECK).all()
    assert {message["to"] for message in told} == {seller.email, finance.email}
    for words in (seller.name, "12-34-56", "ending 5678", "65-43-21" if "sort_code" in change else "4321"):
        assert words in told[0]["text"]
    assert all(whole not in told[0]["text"] for whole in ("12345678", "87654321"))


def test_each_change_is_told_and_a_change_of_the_address_is_not(session: Session) -> None:
    seller = a_seller(session)
    for number in ("11111111", "22222222", "22222222"):
        save_getting_paid(session, seller, paid_details(account_number=number, address="2 Oak Road"))
    assert len(session.scalars(CHECK).all()) == 2


def test_the_record_has_the_end_of_the_old_and_the_new_account(session: Session) -> None:
    seller = a_seller(session)
    save_getting_paid(session, seller, paid_details(account_number="87654321"))
    session.commit()
    acts = sa.select(AuditEntry.before, AuditEntry.after).where(AuditEntry.action == "say-how-paid")
    first, second = session.execute(acts.order_by(AuditEntry.number)).all()
    assert first.before == {}
    assert second.before == {"sort_code": "123456", "account_ends": "5678"}
    assert second.after == {"version": 2, "sort_code": "123456", "account_ends": "4321"}


def test_eight_who_say_it_for_the_first_time_at_once_are_all_heard(own_app: Flask) -> None:
    database = database_of(own_app)
    with database.writing() as session, session.begin():
        seller = an_actor(session)
    ready = threading.Barrier(8)

    def work(number: int) -> int:
        ready.wait()
        details = paid_details(account_number=f"1234567{number}")
        return database.run(lambda session: save_getting_paid(session, seller, details).version)

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(work, range(8)))
    assert sorted(versions) == list(range(1, 9))
