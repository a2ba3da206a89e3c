"""Approval rules, and for which organisations a person may act."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import NotFound, NotPermitted
from marketplace.trusts import services
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import SpendingPolicy
from marketplace.trusts.services import Policy
from tests.factories.trusts import a_policy, an_actor, an_organisation


def test_a_trust_without_rules_approves_everything_and_asks_for_po_numbers(session: Session) -> None:
    assert services.policy_of(session, an_organisation(session).id) == Policy(0, requires_po_number=True)


@pytest.mark.parametrize(("whole_life_pence", "needed"), [(99_999, False), (100_000, False), (100_001, True)])
def test_only_a_sum_above_the_limit_needs_approval(whole_life_pence: int, needed: bool) -> None:
    assert services.needs_approval(Policy(100_000), whole_life_pence) is needed


def test_what_costs_nothing_needs_no_approval() -> None:
    assert not services.needs_approval(Policy(), 0)


def test_rules_are_set_changed_and_recorded(session: Session) -> None:
    actor = an_actor(session)
    services.set_policy(session, actor, Policy(50_000, requires_po_number=False))
    services.set_policy(session, actor, Policy(70_000, requires_po_number=False))
    assert services.policy_of(session, actor.organisation_id) == Policy(70_000, requires_po_number=False)
    assert session.scalar(sa.select(sa.func.count(SpendingPolicy.id))) == 1
    session.commit()
    entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one()
    assert (entry.before["approval_limit_pence"], entry.after["approval_limit_pence"]) == (50_000, 70_000)


def test_only_an_administrator_sets_rules(session: Session) -> None:
    actor = an_actor(session, an_organisation(session), Role.BUYER, Role.APPROVER, Role.FINANCE, Role.SELLER)
    with pytest.raises(NotPermitted, match="administrator"):
        services.set_policy(session, actor, Policy(1))


def test_rules_of_one_trust_are_not_anothers(session: Session) -> None:
    one, other = an_organisation(session), an_organisation(session)
    a_policy(session, one.id, approval_limit_pence=5)
    assert services.policy_of(session, other.id) == Policy()


def test_a_person_acts_only_where_they_have_a_role(session: Session) -> None:
    actor = an_actor(session)
    assert services.check_membership(session, actor, actor.organisation_id) == actor.organisation_id
    with pytest.raises(NotFound):
        services.check_membership(session, actor, an_organisation(session).id)
