"""Approval rules: stricter ones hold at once, looser ones when a second person confirms them."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.delegation import queries, schemes
from marketplace.delegation.kinds import SchemeState
from marketplace.delegation.models import StoredScheme
from marketplace.delegation.rules import Scheme, limited
from marketplace.kernel import clock, mail
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import DomainError, InvalidState, NotFound, NotPermitted
from marketplace.kernel.outbox import OutboxJob
from marketplace.kernel.session import Database
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.delegation import a_policy
from tests.factories.trusts import an_actor, an_organisation

NO_PO = limited(0, requires_po_number=False)
LIMIT = limited(50_000)


def somebody_else(session: Session, actor: Actor, *roles: Role) -> Actor:
    return an_actor(session, session.get_one(Organisation, actor.organisation_id), *roles)


def proposed(session: Session, actor: Actor, policy: Scheme = LIMIT) -> uuid.UUID:
    change = schemes.set_scheme(session, actor, policy)
    assert change is not None
    return change.id


def in_force(session: Session, actor: Actor) -> Scheme:
    return queries.scheme_of(session, actor.organisation_id)


def last_entry(session: Session) -> AuditEntry:
    session.commit()
    return session.scalars(sa.select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one()


def test_stricter_rules_hold_at_once_and_are_recorded(session: Session) -> None:
    actor = an_actor(session)
    a_policy(session, actor.organisation_id, approval_limit_pence=70_000, requires_po_number=False)
    assert schemes.set_scheme(session, actor, LIMIT) is None
    assert in_force(session, actor) == LIMIT
    entry = last_entry(session)
    assert entry.action == "set-approval-rules"
    assert (entry.before["approval_limit_pence"], entry.after["approval_limit_pence"]) == (70_000, 50_000)


@pytest.mark.parametrize("looser", [LIMIT, NO_PO])
def test_looser_rules_wait_for_a_second_person(session: Session, looser: Scheme) -> None:
    actor = an_actor(session)
    proposed(session, actor, looser)
    assert in_force(session, actor) == Scheme()
    assert last_entry(session).action == "propose-approval-rules"


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.APPROVER, Role.FINANCE])
def test_a_second_person_confirms_looser_rules(session: Session, role: Role) -> None:
    actor = an_actor(session)
    change_id = proposed(session, actor)
    second = somebody_else(session, actor, role)
    schemes.confirm_scheme(session, second, change_id)
    assert in_force(session, actor) == LIMIT
    mine = StoredScheme.organisation_id == actor.organisation_id
    assert session.scalars(sa.select(StoredScheme.state).where(mine)).all() == [SchemeState.IN_FORCE]
    entry = last_entry(session)
    assert (entry.action, entry.person_id) == ("confirm-approval-rules", second.person_id)
    assert (entry.before["approval_limit_pence"], entry.after["approval_limit_pence"]) == (0, 50_000)


def test_nobody_lifts_a_limit_alone(session: Session) -> None:
    actor = an_actor(session)
    change_id = proposed(session, actor, limited(10**12))
    with pytest.raises(NotPermitted, match="somebody else must confirm"):
        schemes.confirm_scheme(session, actor, change_id)
    assert in_force(session, actor) == Scheme()


def test_a_buyer_or_seller_neither_confirms_nor_withdraws(session: Session) -> None:
    actor = an_actor(session)
    change_id = proposed(session, actor)
    other = somebody_else(session, actor, Role.BUYER, Role.SELLER)
    for decide in (schemes.confirm_scheme, schemes.withdraw_scheme):
        with pytest.raises(NotPermitted, match="administrator or approver or finance"):
            decide(session, other, change_id)


def test_only_an_administrator_changes_rules(session: Session) -> None:
    actor = an_actor(session, an_organisation(session), Role.BUYER, Role.APPROVER, Role.FINANCE, Role.SELLER)
    with pytest.raises(NotPermitted, match="administrator"):
        schemes.set_scheme(session, actor, limited(1))


def test_what_waits_at_another_trust_is_not_found(session: Session) -> None:
    change_id = proposed(session, an_actor(session))
    for decide in (schemes.confirm_scheme, schemes.withdraw_scheme):
        with pytest.raises(NotFound):
            decide(session, an_actor(session), change_id)


def test_the_proposer_withdraws(session: Session) -> None:
    actor = an_actor(session)
    change_id = proposed(session, actor)
    schemes.withdraw_scheme(session, actor, change_id)
    assert last_entry(session).action == "withdraw-approval-rules"
    with pytest.raises(InvalidState, match="wait no longer"):
        schemes.confirm_scheme(session, somebody_else(session, actor), change_id)
    assert in_force(session, actor) == Scheme()


def test_another_confirmer_turns_the_proposal_down(session: Session) -> None:
    actor = an_actor(session)
    change_id = proposed(session, actor)
    schemes.withdraw_scheme(session, somebody_else(session, actor, Role.FINANCE), change_id)
    assert session.get_one(StoredScheme, change_id).state is SchemeState.WITHDRAWN


@pytest.mark.parametrize("later", [limited(900_000), limited(0)])
def test_rules_that_were_replaced_cannot_be_confirmed(session: Session, later: Scheme) -> None:
    actor = an_actor(session)
    first = proposed(session, actor)
    schemes.set_scheme(session, actor, later)
    with pytest.raises(InvalidState):
        schemes.confirm_scheme(session, somebody_else(session, actor), first)
    assert in_force(session, actor) == Scheme()


def test_the_database_too_wants_a_second_person(session: Session) -> None:
    actor = an_actor(session)
    change = session.get_one(StoredScheme, proposed(session, actor))
    change.state, change.decided_by_id = SchemeState.IN_FORCE, actor.person_id
    change.decided_at = clock.now()
    with pytest.raises(sa.exc.IntegrityError, match="confirmed_by_another"):
        session.flush()


def test_everybody_who_answers_for_spending_is_told_at_once_of_each_decision(session: Session) -> None:
    actor = an_actor(session, an_organisation(session), Role.ADMINISTRATOR, Role.BUYER)
    second = somebody_else(session, actor, Role.APPROVER)
    third = somebody_else(session, actor, Role.FINANCE)
    somebody_else(session, actor, Role.BUYER)
    an_actor(session)
    schemes.withdraw_scheme(session, second, proposed(session, actor))
    schemes.confirm_scheme(session, third, proposed(session, actor, NO_PO))
    schemes.set_scheme(session, actor, Scheme())
    jobs = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == mail.KIND).order_by(OutboxJob.id))
    mails = [job.payload for job in jobs]
    trust, told = actor.organisation_name, {one.email for one in (actor, second, third)}
    for subject in (
        f"The approval rules of {trust} stay as they are",
        f"The approval rules of {trust} are looser",
    ):
        assert {one["to"] for one in mails if one["subject"] == subject} == told
    assert len(mails) == 6  # what is set or proposed is told when it is quiet
    assert "Was proposed:\nNobody needs to approve up to £500.00." in mails[0]["text"]


def test_what_waits_is_shown_to_those_who_may_confirm_it(session: Session) -> None:
    actor = an_actor(session)
    second = somebody_else(session, actor, Role.APPROVER)
    buyer = somebody_else(session, actor, Role.BUYER)
    proposed(session, actor)
    found = queries.waiting_scheme(session, buyer)
    assert found is not None
    assert (found.scheme.free_pence(), found.proposed_by, found.confirmers) == (
        50_000,
        actor.name,
        [second.name],
    )
    assert actor.name in queries.waiting(session, second)[0].sentence
    others = (actor, buyer, an_actor(session))
    assert [one for each in others for one in queries.waiting(session, each) if not one.sets_up] == []


def test_decisions_at_the_same_moment_are_one(environment: dict[str, str]) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session, session.begin():
        actor = an_actor(session)
        others = [somebody_else(session, actor, Role.APPROVER) for _ in range(4)]
        change_id = proposed(session, actor)
    together = threading.Barrier(4)

    def decide(number: int) -> bool:
        move = schemes.confirm_scheme if number % 2 else schemes.withdraw_scheme
        together.wait()
        try:
            database.run(lambda session: move(session, others[number], change_id))
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        decided = list(threads.map(decide, range(4)))
    with database.reading() as session:
        state = session.get_one(StoredScheme, change_id).state
        policy = in_force(session, actor)
    database.close()
    assert decided.count(True) == 1
    is_confirmed = state is SchemeState.IN_FORCE
    assert is_confirmed is bool(decided.index(True) % 2)
    assert policy == (LIMIT if is_confirmed else Scheme())


def test_first_proposals_at_the_same_moment_leave_one_waiting(environment: dict[str, str]) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session, session.begin():
        actor = an_actor(session)
    together = threading.Barrier(4)

    def propose(pence: int) -> None:
        together.wait()
        database.run(lambda session: schemes.set_scheme(session, actor, limited(pence)) and None)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(propose, (1, 2, 3, 4)))
    with database.reading() as session:
        states = list(session.scalars(sa.select(StoredScheme.state).order_by(StoredScheme.state)))
    database.close()
    assert states == [SchemeState.WAITING] + 3 * [SchemeState.WITHDRAWN]
