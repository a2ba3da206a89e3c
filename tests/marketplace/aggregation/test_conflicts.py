"""Whoever has an interest in the supplier of a round approves no commitment to it and does not close it."""

from __future__ import annotations

import pytest
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.aggregation import closing, committing, queries, round_view
from marketplace.aggregation.committing import Figures
from marketplace.interests.kinds import InterestKind
from marketplace.kernel.errors import NotPermitted
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.aggregation import a_buyer, a_commitment, a_round
from tests.factories.interests import declares
from tests.factories.trusts import an_actor, signed_in


def test_a_shareholder_of_the_supplier_approves_no_commitment_and_is_not_asked(session: Session) -> None:
    round_, buyer = a_round(session), a_buyer(session, limit_pence=0)
    approver = an_actor(session, session.get_one(Organisation, buyer.organisation_id), Role.APPROVER)
    commitment = a_commitment(session, round_, buyer)
    assert [one.href for one in queries.waiting(session, approver)] == [f"/rounds/{round_.id}/approval"]
    supplier = session.get_one(Organisation, round_.supplier_id)
    declares(session, approver, supplier, kind=InterestKind.SHAREHOLDING)
    assert queries.waiting(session, approver) == []
    assert not round_view.round_view(session, approver, round_.id).deeds.approve
    with pytest.raises(NotPermitted, match=r"\(shareholding\), so another person"):
        committing.approve(session, approver, round_.id, commitment.id, Figures.of(commitment))


def test_whoever_leads_and_has_an_interest_is_neither_asked_nor_able_to_close(
    app: Flask, session: Session
) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    other = an_actor(session, session.get_one(Organisation, lead.organisation_id), Role.BUYER)
    declares(session, lead, session.get_one(Organisation, round_.supplier_id), kind=InterestKind.FAMILY)
    with freeze_time(round_.closes_at):
        hrefs = [[one.href for one in queries.waiting(session, person)] for person in (lead, other)]
        assert hrefs == [[], [f"/rounds/{round_.id}/close"]]
        with pytest.raises(NotPermitted, match=r"\(family tie\)"):
            closing.close_round(session, lead, round_.id)
        page = signed_in(app, session, lead).get(f"/rounds/{round_.id}").text
        assert "You cannot close this round. The register of interests says" in page
        assert "Close and award" not in page
