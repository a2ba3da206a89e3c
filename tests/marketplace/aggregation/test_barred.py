"""Whoever has an interest in a local authority decides about no round in which it supplies."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.aggregation import closing, committing
from marketplace.aggregation.committing import Figures
from marketplace.aggregation.models import Round
from marketplace.aggregation.states import CommitmentState, RoundState
from marketplace.interests.kinds import InterestKind
from marketplace.kernel.errors import NotPermitted
from marketplace.trusts.kinds import OrganisationKind, Role
from marketplace.trusts.models import Organisation
from tests.factories.aggregation import a_buyer, a_commitment, a_round
from tests.factories.interests import declares
from tests.factories.trusts import an_actor


def supplied_by_a_council(session: Session, round_: Round) -> Organisation:
    supplier = session.get_one(Organisation, round_.supplier_id)
    supplier.kind = OrganisationKind.LOCAL_AUTHORITY
    session.flush()
    return supplier


def test_a_councillor_cannot_approve_a_commitment(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session, limit_pence=0)
    approver = an_actor(session, session.get_one(Organisation, buyer.organisation_id), Role.APPROVER)
    commitment = a_commitment(session, round_, buyer)
    council = supplied_by_a_council(session, round_)
    declares(session, approver, council, kind=InterestKind.AUTHORITY)
    with pytest.raises(NotPermitted, match="another person must decide"):
        committing.approve(session, approver, round_.id, commitment.id, Figures.of(commitment))
    assert commitment.state is CommitmentState.AWAITING_APPROVAL


def test_a_councillor_cannot_close_a_round_that_is_to_be_awarded(session: Session) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, lead)
    council = supplied_by_a_council(session, round_)
    declares(session, lead, council, kind=InterestKind.AUTHORITY)
    with pytest.raises(NotPermitted, match="another person must decide"):
        closing.close_round(session, lead, round_.id, "Everybody is in")
    assert round_.state is RoundState.GATHERING
