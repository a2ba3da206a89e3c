"""What the scheme of now says about what waits, and about a sum that somebody only asks about."""

from __future__ import annotations

import uuid

import marshmallow as ma
import pytest
from sqlalchemy.orm import Session

from marketplace.delegation import deciding, undertaking
from marketplace.delegation.kinds import UndertakingSource
from marketplace.delegation.rules import Scheme, limited
from marketplace.delegation.schemas import Approving
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.delegation import asked, the_scheme, up_to
from tests.factories.trusts import an_actor, an_organisation


def a_colleague(session: Session, actor: Actor, role: Role = Role.APPROVER) -> Actor:
    return an_actor(session, session.get_one(Organisation, actor.organisation_id), role)


def in_list(session: Session, person: Actor, source_id: uuid.UUID, asker: Actor) -> bool:
    hands = {source_id: {asker.person_id}}
    return source_id in deciding.may_approve(session, person, UndertakingSource.ORDER, hands)


def on_page(session: Session, person: Actor, source_id: uuid.UUID, asker: Actor) -> bool:
    found = deciding.decision(session, person, UndertakingSource.ORDER, source_id, {asker.person_id})
    return found is not None and found.mine is not None


def test_the_list_asks_whom_the_page_lets_approve_after_a_later_order_is_added_up(session: Session) -> None:
    buyer = an_actor(session, an_organisation(session), Role.BUYER)
    head, cfo = a_colleague(session, buyer), a_colleague(session, buyer)
    rows = (*up_to(300_000, head), *up_to(2_000_000, cfo))
    the_scheme(session, buyer.organisation_id, Scheme(rows=rows))
    supplier = an_organisation(session)
    first = asked(session, 200_000, supplier_id=supplier.id)
    undertaking.ask(session, buyer, first)
    assert in_list(session, head, first.source_id, buyer)
    undertaking.ask(session, buyer, asked(session, 250_000, supplier_id=supplier.id))
    for person, may in ((head, False), (cfo, True)):
        assert in_list(session, person, first.source_id, buyer) is may
        assert on_page(session, person, first.source_id, buyer) is may


def test_whoever_tries_a_sum_reads_that_too_few_may_approve_it(session: Session) -> None:
    buyer = an_actor(session, an_organisation(session), Role.BUYER)
    board = a_colleague(session, buyer)
    scheme = Scheme(rows=up_to(6_500_000, board), second_above_pence=1_500_000)
    the_scheme(session, buyer.organisation_id, scheme)
    assert deciding.TOO_FEW in deciding.tried(session, buyer, 3_000_000)
    assert deciding.TOO_FEW not in deciding.tried(session, buyer, 1_000_000)
    assert deciding.TOO_FEW not in deciding.tried(session, buyer, 7_000_000)
    the_scheme(session, buyer.organisation_id, limited(0))
    assert deciding.TOO_FEW not in deciding.tried(session, buyer, 3_000_000)


@pytest.mark.parametrize(
    ("tick", "words", "wanted"),
    [
        ("has_quotes", "quotes_note", "Say from whom the quotes came, and for how much"),
        ("accepts_over_budget", "over_budget_reason", "Say why it may be spent all the same"),
    ],
)
def test_a_tick_without_its_words_says_which_words_are_wanted(tick: str, words: str, wanted: str) -> None:
    with pytest.raises(ma.ValidationError) as refused:
        Approving().load({tick: True})
    assert refused.value.messages == {words: [wanted]}
