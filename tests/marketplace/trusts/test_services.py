"""Approval rules, and for which organisations a person may act."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.kernel.errors import NotFound
from marketplace.trusts import services
from marketplace.trusts.kinds import Policy
from tests.factories.trusts import a_policy, an_actor, an_organisation


def test_a_trust_without_rules_approves_everything_and_asks_for_po_numbers(session: Session) -> None:
    assert services.policy_of(session, an_organisation(session).id) == Policy(0, requires_po_number=True)


@pytest.mark.parametrize(("whole_life_pence", "needed"), [(99_999, False), (100_000, False), (100_001, True)])
def test_only_a_sum_above_the_limit_needs_approval(whole_life_pence: int, needed: bool) -> None:
    assert services.needs_approval(Policy(100_000), whole_life_pence) is needed


def test_what_costs_nothing_needs_no_approval() -> None:
    assert not services.needs_approval(Policy(), 0)


def test_rules_of_one_trust_are_not_anothers(session: Session) -> None:
    one, other = an_organisation(session), an_organisation(session)
    a_policy(session, one.id, approval_limit_pence=5)
    assert services.policy_of(session, other.id) == Policy()


def test_a_person_acts_only_where_they_have_a_role(session: Session) -> None:
    actor = an_actor(session)
    assert services.check_membership(session, actor, actor.organisation_id) == actor.organisation_id
    with pytest.raises(NotFound):
        services.check_membership(session, actor, an_organisation(session).id)
