"""The demonstration town tells what it is for: each of its people finds at home what waits for them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from marketplace.aggregation.evaluating import MANY
from marketplace.aggregation.models import Commitment, Round
from marketplace.aggregation.states import CommitmentState, RoundState
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.session import database_of
from marketplace.people import services as people
from tests.databases import Databases
from tests.house.town import Town, a_town

WAITS = {
    "Grace Odell": "Approve ORD-[A-Z0-9]+, Network and device support, £41,400.00 excluding VAT",
    "Dev Acharya": "Approve ORD-[A-Z0-9]+, HR casework, £8,736.00 excluding VAT",
    "Helen Marsh": "Approve ORD-[A-Z0-9]+, Network and device support, £4,320.00 excluding VAT",
    "Rosa Penhaligon": "Confirm an interest that somebody declared",
    "Priya Nair": "Close and award Card and coloured paper",
    "Amara Okafor": "Accept or decline ORD-[A-Z0-9]+, Data protection officer for Old Mill Academy",
    "Chris Yeo": "Decide whether to join Exercise books for next year",
    "Bea Lund": "Accept or decline the invitation of Harbour Light Trust to the partnership Moor and Coast",
    "Robin Field": "Kestrel Edge Learning Trust",
    "Nadia Haddad": "Withdraw",
}
"""Words on the page to which somebody comes who signs in."""


@pytest.fixture(scope="module")
def town(databases: Databases) -> Iterator[Town]:
    """The demonstration town in a database of this module's own."""
    with a_town(databases.fresh()) as found:
        yield found


def signed_in_as(town: Town, name: str) -> FlaskClient:
    """One of the people whom the sign-in page offers."""
    client = town.app.test_client()
    with database_of(town.app).reading() as session:
        ids = {one.name: one.id for one in people.demonstration_people(session)}
    assert client.post("/sign-in/demonstration", data={"person_id": str(ids[name])}).status_code == 302
    return client


def seen(client: FlaskClient, path: str = "/") -> str:
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def approval(client: FlaskClient, title: str) -> str:
    """The page on which the person is asked to approve the order of this title."""
    link = re.search(rf'href="(/orders/[^"]+/approval)"[^>]*>\s*Approve ORD-\w+, {title}', seen(client))
    assert link is not None
    return seen(client, link[1])


@pytest.mark.parametrize("name", sorted(WAITS))
def test_somebody_finds_at_home_what_waits_for_them(town: Town, name: str) -> None:
    assert re.search(WAITS[name], seen(signed_in_as(town, name)))


def test_the_second_of_two_is_told_what_the_first_saw(town: Town) -> None:
    assert "Network and device support" not in seen(signed_in_as(town, "Philip Cole"))
    page = approval(signed_in_as(town, "Grace Odell"), "Network and device support")
    assert "Approved so far: 1 of 2" in page
    assert "a firm in Exeter £47,300" in page


def test_an_order_over_its_budget_asks_for_a_reason(town: Town) -> None:
    page = approval(signed_in_as(town, "Liz Tremayne"), "HR casework")
    assert re.search(r"Office has £4,000.00 left .*: £[\d,.]+ too much", page)
    assert "You decide for Dev Acharya" in page


def test_two_people_and_a_firm_relate_a_buyer_to_its_seller(town: Town) -> None:
    page = approval(signed_in_as(town, "Helen Marsh"), "Network and device support")
    assert "Alan Rowse is trustee of Copper Beech Schools" in page
    assert "whose director Peter Hallett is a governor at Millstone Valley Trust" in page


def test_a_councillor_is_not_asked_about_what_her_councils_trust_supplies(town: Town) -> None:
    assert "Educational psychology" in seen(signed_in_as(town, "Dev Acharya"))
    assert "Educational psychology" not in seen(signed_in_as(town, "Liz Tremayne"))


def test_the_open_round_is_large_enough_to_show_sums_while_it_is_worked_out(town: Town) -> None:
    firm = (
        sa.select(sa.func.count())
        .select_from(Commitment)
        .join(Round, Round.id == Commitment.round_id)
        .where(Round.state == RoundState.GATHERING, Commitment.state == CommitmentState.FIRM)
        .group_by(Round.id)
    )
    with database_of(town.app).reading() as session, on_behalf_of_all(session, "a test counts trusts"):
        assert max(session.scalars(firm)) >= MANY
