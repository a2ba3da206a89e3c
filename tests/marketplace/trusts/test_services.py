"""Approval rules, and for which organisations a person may act."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.kernel.errors import NotFound
from marketplace.trusts import services
from tests.factories.trusts import an_actor, an_organisation


def test_a_person_acts_only_where_they_have_a_role(session: Session) -> None:
    actor = an_actor(session)
    assert services.check_membership(session, actor, actor.organisation_id) == actor.organisation_id
    with pytest.raises(NotFound):
        services.check_membership(session, actor, an_organisation(session).id)
