"""What a new trust is led to on its start page, and when each step goes."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.delegation import budgeting
from marketplace.delegation.rules import Scheme
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import OrganisationKind, Role
from marketplace.trusts.models import Organisation
from tests.factories.billing import a_seller
from tests.factories.delegation import asked, taken, the_scheme
from tests.factories.interests import a_declared_person
from tests.factories.trusts import an_actor, an_organisation, signed_in

RULES, CENTRES = "Decide who may approve what", "Open cost centres and set their budgets"
REGISTER, DETAILS = "Begin the register of interests", "Give your bank and VAT details"
STEPS = (RULES, CENTRES, REGISTER, DETAILS)


def steps(app: Flask, session: Session, actor: Actor) -> list[str]:
    page = signed_in(app, session, actor).get("/").text
    return [step for step in STEPS if step in page]


def test_the_administrator_of_a_new_trust_is_led_to_what_is_set_up_once(app: Flask, session: Session) -> None:
    boss = an_actor(session, None, Role.ADMINISTRATOR)
    assert steps(app, session, boss) == list(STEPS)
    colleague = an_actor(session, session.get_one(Organisation, boss.organisation_id), Role.BUYER)
    assert steps(app, session, colleague) == []
    page = signed_in(app, session, boss).get("/").text
    for step, href in zip(
        STEPS,
        ("/trust/approval-rules", "/trust/cost-centres", "/interests", "/billing/settings"),
        strict=True,
    ):
        assert f'href="{href}">{step}</a>' in page


def test_each_step_is_gone_when_it_is_done(app: Flask, session: Session) -> None:
    boss = an_actor(session, None, Role.ADMINISTRATOR)
    the_scheme(session, boss.organisation_id, Scheme())
    assert steps(app, session, boss) == [CENTRES, REGISTER, DETAILS]
    budgeting.open_cost_centre(session, boss, "EST", "Estates")
    assert steps(app, session, boss) == [REGISTER, DETAILS]
    a_declared_person(session, session.get_one(Organisation, boss.organisation_id))
    assert steps(app, session, boss) == [DETAILS]


def test_bank_details_once_given_are_asked_for_no_more(app: Flask, session: Session) -> None:
    assert DETAILS not in steps(app, session, a_seller(session))


def test_who_orders_without_a_step_has_done_without_it(app: Flask, session: Session) -> None:
    boss = an_actor(session)
    taken(session, boss, asked(session, 25_000))
    assert steps(app, session, boss) == [REGISTER]


@pytest.mark.parametrize("kind", [OrganisationKind.SUPPLIER])
def test_a_supplier_is_led_to_its_bank_details_alone(
    app: Flask, session: Session, kind: OrganisationKind
) -> None:
    firm = an_actor(session, an_organisation(session, kind=kind), Role.ADMINISTRATOR)
    assert steps(app, session, firm) == [DETAILS]
