"""Asking to spend, approving it, and what a budget gives for it."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.delegation import budget_queries, deciding, standing_in, undertaking
from marketplace.delegation.budget_queries import Figures
from marketplace.delegation.kinds import UndertakingSource, UndertakingState
from marketplace.delegation.models import Approval, Undertaking
from marketplace.delegation.rules import ANY_SUM, Row, Scheme, limited
from marketplace.delegation.spreading import Part
from marketplace.delegation.undertaking import Asked, Given, Said
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotPermitted, Refused
from marketplace.kernel.session import Database
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership, Organisation
from tests.factories.delegation import a_cost_centre, asked, taken, the_scheme, up_to
from tests.factories.trusts import an_actor, an_organisation

ORDER = UndertakingSource.ORDER
TWO = replace(limited(0), second_above_pence=500_000)


def noon(days: int) -> datetime:
    """Noon, so many days from today: midnight in London is not everybody's."""
    return datetime.combine(clock.today() + timedelta(days=days), time(12), UTC)


def a_colleague(session: Session, actor: Actor, *roles: Role) -> Actor:
    return an_actor(session, session.get_one(Organisation, actor.organisation_id), *roles)


def a_trust(session: Session, scheme: Scheme | None = None) -> Actor:
    """A buyer of a trust with a scheme."""
    actor = an_actor(session, an_organisation(session), Role.BUYER)
    the_scheme(session, actor.organisation_id, scheme or limited(0))
    return actor


def approve(session: Session, by: Actor, wanted: Asked, asker: Actor, **said: str) -> Given:
    return undertaking.approve(session, by, ORDER, wanted.source_id, {asker.person_id}, Said(**said))


def state(session: Session, wanted: Asked) -> UndertakingState:
    statement = sa.select(Undertaking.state).where(Undertaking.source_id == wanted.source_id)
    return session.scalars(statement).one()


def figures(session: Session, actor: Actor, cost_centre_id: uuid.UUID | None) -> Figures:
    rows = budget_queries.budget_year(session, actor).rows
    return next(row for row in rows if row.cost_centre_id == cost_centre_id)


def test_one_approval_takes_it(session: Session) -> None:
    buyer = a_trust(session)
    wanted = asked(session)
    assert undertaking.ask(session, buyer, wanted).approvals == 1
    assert approve(session, a_colleague(session, buyer, Role.APPROVER), wanted, buyer).missing == 0
    assert state(session, wanted) is UndertakingState.TAKEN


def test_nobody_approves_what_they_asked_for(session: Session) -> None:
    buyer = a_trust(session)
    everything = a_colleague(session, buyer)
    wanted = asked(session)
    undertaking.ask(session, everything, wanted)
    with pytest.raises(NotPermitted, match="another person must decide"):
        approve(session, everything, wanted, everything)


def test_a_limit_that_does_not_reach_approves_nothing(session: Session) -> None:
    buyer = a_trust(session)
    head, cfo = (a_colleague(session, buyer, Role.APPROVER) for _ in range(2))
    rows = (Row(0), *up_to(300_000, head), *up_to(1_000_000, cfo))
    the_scheme(session, buyer.organisation_id, Scheme(rows))
    wanted = asked(session, 300_001)
    undertaking.ask(session, buyer, wanted)
    with pytest.raises(NotPermitted, match="Your limit does not reach"):
        approve(session, head, wanted, buyer)
    assert approve(session, cfo, wanted, buyer).missing == 0


def test_two_different_people_approve_above_a_sum(session: Session) -> None:
    buyer = a_trust(session, TWO)
    first, second = (a_colleague(session, buyer, Role.APPROVER) for _ in range(2))
    wanted = asked(session, 500_001)
    assert undertaking.ask(session, buyer, wanted).approvals == 2
    assert approve(session, first, wanted, buyer).missing == 1
    assert state(session, wanted) is UndertakingState.ASKED
    with pytest.raises(NotPermitted, match="a second person must"):
        approve(session, first, wanted, buyer)
    assert approve(session, second, wanted, buyer).missing == 0
    assert state(session, wanted) is UndertakingState.TAKEN


def loses(session: Session, person: Actor, role: Role) -> None:
    """Their role at the organisation is taken away."""
    mine = (Membership.person_id == person.person_id, Membership.role == role)
    session.execute(sa.delete(Membership).where(*mine))


def test_an_approval_counts_no_longer_than_its_givers_authority(session: Session) -> None:
    buyer = a_trust(session, TWO)
    first, second, third = (a_colleague(session, buyer, Role.APPROVER) for _ in range(3))
    wanted = asked(session, 600_000)
    undertaking.ask(session, buyer, wanted)
    approve(session, first, wanted, buyer)
    loses(session, first, Role.APPROVER)
    assert approve(session, second, wanted, buyer).missing == 1
    assert state(session, wanted) is UndertakingState.ASKED
    assert approve(session, third, wanted, buyer).missing == 0


def test_an_approval_counts_no_longer_than_the_row_it_was_given_by(session: Session) -> None:
    buyer = a_trust(session, TWO)
    first, second = (a_colleague(session, buyer, Role.APPROVER) for _ in range(2))
    wanted = asked(session, 600_000)
    undertaking.ask(session, buyer, wanted)
    approve(session, first, wanted, buyer)
    rows = (Row(0), *up_to(500_000, first), *up_to(10**9, second))
    the_scheme(session, buyer.organisation_id, Scheme(rows, second_above_pence=500_000))
    assert approve(session, second, wanted, buyer).missing == 1


@pytest.mark.parametrize(("is_still_theirs", "missing"), [(True, 0), (False, 1)])
def test_what_a_stand_in_approved_counts_as_long_as_the_limit_they_used(
    session: Session, is_still_theirs: bool, missing: int
) -> None:
    buyer = a_trust(session, TWO)
    head, second = (a_colleague(session, buyer, Role.APPROVER) for _ in range(2))
    clerk = a_colleague(session, buyer, Role.SELLER)
    wanted = asked(session, 600_000)
    undertaking.ask(session, buyer, wanted)
    lent = standing_in.name_stand_in(session, head, clerk.person_id, clock.today(), clock.today())
    approve(session, clerk, wanted, buyer)
    standing_in.end_stand_in(session, head, lent.id)
    if not is_still_theirs:
        loses(session, head, Role.APPROVER)
    assert approve(session, second, wanted, buyer).missing == missing


def test_whose_approval_no_longer_counts_reads_so(session: Session) -> None:
    buyer = a_trust(session, TWO)
    first, second = (a_colleague(session, buyer, Role.APPROVER, Role.BUYER) for _ in range(2))
    wanted = asked(session, 600_000)
    undertaking.ask(session, buyer, wanted)
    approve(session, first, wanted, buyer)
    loses(session, first, Role.APPROVER)
    found = deciding.decision(session, second, ORDER, wanted.source_id, {buyer.person_id})
    assert found is not None
    assert ([one.counts for one in found.given], found.counted, found.missing) == ([False], 0, 2)
    assert found.too_few
    assert "no longer counts" in found.refusal(first)


def test_what_is_asked_anew_is_approved_anew(session: Session) -> None:
    buyer = a_trust(session, TWO)
    first, second = (a_colleague(session, buyer, Role.APPROVER) for _ in range(2))
    wanted = asked(session, 600_000)
    undertaking.ask(session, buyer, wanted)
    approve(session, first, wanted, buyer)
    undertaking.ask(session, buyer, wanted)
    assert approve(session, second, wanted, buyer).missing == 1
    assert approve(session, first, wanted, buyer).missing == 0


def test_the_scheme_of_now_decides(session: Session) -> None:
    buyer = a_trust(session)
    approver = a_colleague(session, buyer, Role.APPROVER)
    wanted = asked(session)
    undertaking.ask(session, buyer, wanted)
    the_scheme(session, buyer.organisation_id, Scheme((Row(0), Row(None, Role.FINANCE))))
    with pytest.raises(NotPermitted):
        approve(session, approver, wanted, buyer)


def test_what_nobody_may_approve_cannot_be_asked_for(session: Session) -> None:
    buyer = a_trust(session, Scheme((Row(0), Row(1_000, Role.APPROVER))))
    with pytest.raises(Refused, match="cannot be approved by anybody"):
        undertaking.ask(session, buyer, asked(session, 1_001))


def test_quotes_are_spoken_to_before_they_are_approved(session: Session) -> None:
    buyer = a_trust(session, Scheme((Row(0), Row(2_000_000, Role.APPROVER, quotes=3))))
    approver, wanted = a_colleague(session, buyer, Role.APPROVER), asked(session)
    undertaking.ask(session, buyer, wanted)
    with pytest.raises(Refused) as refused:
        approve(session, approver, wanted, buyer)
    assert refused.value.field == "quotes_note"
    note = "Three: £1,000, £1,100 and £1,250"
    assert approve(session, approver, wanted, buyer, quotes_note=note).approval.quotes_note == note


def test_a_stand_in_approves_with_anothers_limit_on_the_days_named(session: Session) -> None:
    buyer = a_trust(session)
    cfo, clerk = a_colleague(session, buyer, Role.APPROVER), a_colleague(session, buyer, Role.SELLER)
    today = clock.today()
    first, last = today + timedelta(days=2), today + timedelta(days=4)
    standing_in.name_stand_in(session, cfo, clerk.person_id, first, last)
    wanted = asked(session)
    undertaking.ask(session, buyer, wanted)
    for days, may in ((1, False), (2, True), (4, True), (5, False)):
        with clock.standing_at(noon(days)):
            found = deciding.decision(session, clerk, ORDER, wanted.source_id, {buyer.person_id})
        assert found is not None
        assert (found.mine is not None) is may
    with clock.standing_at(noon(3)):
        given = approve(session, clerk, wanted, buyer)
    assert (given.approval.absent_id, given.authority.absent_name) == (cfo.person_id, cfo.name)
    shown = deciding.approvals_of(session, ORDER, wanted.source_id)
    assert [(one.person, one.absent) for one in shown] == [(clerk.name, cfo.name)]


def test_the_absent_and_their_stand_in_are_not_two_people(session: Session) -> None:
    buyer = a_trust(session, TWO)
    cfo, clerk = a_colleague(session, buyer, Role.APPROVER), a_colleague(session, buyer, Role.SELLER)
    standing_in.name_stand_in(session, cfo, clerk.person_id, clock.today(), clock.today())
    wanted = asked(session, 600_000)
    undertaking.ask(session, buyer, wanted)
    approve(session, cfo, wanted, buyer)
    with pytest.raises(NotPermitted):
        approve(session, clerk, wanted, buyer)


def test_what_was_split_is_flagged_and_asks_for_the_higher_rule(session: Session) -> None:
    buyer = a_trust(session, limited(300_000))
    supplier = an_organisation(session)
    one, other = (asked(session, 200_000, supplier_id=supplier.id) for _ in range(2))
    assert taken(session, buyer, one).approvals == 0
    ruling = undertaking.ask(session, buyer, other)
    assert (ruling.approvals, ruling.counted_pence, ruling.crossed_pence) == (1, 400_000, 300_000)


@pytest.mark.parametrize(("days", "is_split"), [(90, True), (91, False)])
def test_orders_are_added_up_for_ninety_days(session: Session, days: int, is_split: bool) -> None:
    buyer, supplier = a_trust(session, limited(300_000)), an_organisation(session)
    with clock.standing_at(noon(-days)):
        taken(session, buyer, asked(session, 200_000, supplier_id=supplier.id))
    ruling = undertaking.ask(session, buyer, asked(session, 200_000, supplier_id=supplier.id))
    assert ruling.is_split is is_split


def test_only_what_is_alike_and_came_to_something_is_added_up(session: Session) -> None:
    buyer, supplier = a_trust(session, limited(300_000)), an_organisation(session)
    gone = asked(session, 200_000, supplier_id=supplier.id)
    taken(session, buyer, gone)
    undertaking.release(session, ORDER, gone.source_id)
    taken(session, buyer, asked(session, 200_000, supplier_id=supplier.id, category="Computers"))
    taken(session, buyer, asked(session, 200_000))
    taken(session, a_trust(session, limited(300_000)), asked(session, 200_000, supplier_id=supplier.id))
    assert not undertaking.ask(session, buyer, asked(session, 200_000, supplier_id=supplier.id)).is_split


def test_an_order_that_is_sent_again_is_not_added_to_itself(session: Session) -> None:
    buyer, wanted = a_trust(session, limited(300_000)), asked(session, 200_000)
    for _ in range(2):
        assert not undertaking.ask(session, buyer, wanted).is_split


def test_where_there_are_cost_centres_one_must_pay(session: Session) -> None:
    buyer = a_trust(session, limited(10**6))
    centre = a_cost_centre(session, buyer)
    for wrong in (None, uuid.uuid4(), a_cost_centre(session, a_trust(session)).id):
        with pytest.raises(Refused) as refused:
            undertaking.ask(session, buyer, asked(session, cost_centre_id=wrong))
        assert refused.value.field == "cost_centre_id"
    assert undertaking.ask(session, buyer, asked(session, cost_centre_id=centre.id)).approvals == 0


def test_a_budget_gives_what_binds_and_has_it_back(session: Session) -> None:
    buyer = a_trust(session, limited(10**6))
    centre = a_cost_centre(session, buyer, budget_pence=500_000)
    wanted = asked(session, 120_000, cost_centre_id=centre.id)
    undertaking.ask(session, buyer, wanted)
    assert figures(session, buyer, centre.id).committed_pence == 0
    undertaking.take(session, ORDER, wanted.source_id)
    assert figures(session, buyer, centre.id).left_pence == 380_000
    undertaking.release(session, ORDER, wanted.source_id)
    assert figures(session, buyer, centre.id).left_pence == 500_000


def test_an_invoice_turns_what_was_owed_into_what_is_spent(session: Session) -> None:
    buyer = a_trust(session, limited(10**6))
    centre = a_cost_centre(session, buyer, budget_pence=500_000)
    wanted = asked(session, 120_000, cost_centre_id=centre.id)
    taken(session, buyer, wanted)
    undertaking.invoice(session, ORDER, wanted.source_id, [Part(clock.today(), clock.today(), 50_000)])
    found = figures(session, buyer, centre.id)
    assert (found.committed_pence, found.invoiced_pence, found.left_pence) == (70_000, 50_000, 380_000)
    undertaking.release(session, ORDER, wanted.source_id)
    found = figures(session, buyer, centre.id)
    assert (found.committed_pence, found.invoiced_pence, found.left_pence) == (0, 50_000, 450_000)


def test_what_is_agreed_below_the_ceiling_frees_the_rest(session: Session) -> None:
    buyer = a_trust(session, limited(10**6))
    centre = a_cost_centre(session, buyer, budget_pence=500_000)
    wanted = asked(session, 120_000, cost_centre_id=centre.id)
    taken(session, buyer, wanted)
    undertaking.settle(session, ORDER, wanted.source_id, [Part(clock.today(), clock.today(), 90_000)])
    assert figures(session, buyer, centre.id).committed_pence == 90_000


@freeze_time("2027-08-30 12:00")
def test_what_lasts_over_the_end_of_a_year_is_spread_by_its_days(session: Session) -> None:
    buyer = a_trust(session, limited(10**6))
    centre = a_cost_centre(session, buyer, budget_pence=10_000)
    today = clock.today()
    parts = [Part(today, today + timedelta(days=3), 1_001)]
    wanted = asked(session, cost_centre_id=centre.id, parts=parts)
    taken(session, buyer, wanted)
    assert figures(session, buyer, centre.id).committed_pence == 501
    following = budget_queries.budget_year(session, buyer, today + timedelta(days=2))
    assert [row.committed_pence for row in following.rows] == [500]
    undertaking.invoice(session, ORDER, wanted.source_id, parts)
    assert figures(session, buyer, centre.id).committed_pence == 0


def test_an_overspent_budget_asks_for_a_reason(session: Session) -> None:
    buyer = a_trust(session, limited(10**6))
    finance = a_colleague(session, buyer, Role.FINANCE)
    centre = a_cost_centre(session, buyer, budget_pence=100_000)
    wanted = asked(session, 100_001, cost_centre_id=centre.id)
    ruling = undertaking.ask(session, buyer, wanted)
    assert [(one.left_pence, one.over_pence) for one in ruling.over] == [(100_000, 1)]
    assert ruling.approvals == 1
    with pytest.raises(Refused) as refused:
        approve(session, finance, wanted, buyer)
    assert refused.value.field == "over_budget_reason"
    assert approve(session, finance, wanted, buyer, over_budget_reason="The roof").missing == 0


def test_a_budget_that_reaches_to_the_penny_asks_nothing(session: Session) -> None:
    buyer = a_trust(session, limited(10**6))
    centre = a_cost_centre(session, buyer, budget_pence=100_000)
    assert undertaking.ask(session, buyer, asked(session, 100_000, cost_centre_id=centre.id)).approvals == 0


def test_a_hard_stop_refuses_what_a_budget_has_no_money_for(session: Session) -> None:
    buyer = a_trust(session, replace(limited(10**6), stops_over_budget=True))
    centre = a_cost_centre(session, buyer, budget_pence=100_000)
    with pytest.raises(Refused, match=r"£0\.01 too much"):
        undertaking.ask(session, buyer, asked(session, 100_001, cost_centre_id=centre.id))


def test_a_hard_stop_holds_when_the_budget_went_while_it_waited(session: Session) -> None:
    buyer = a_trust(session, replace(limited(60_000), stops_over_budget=True))
    approver = a_colleague(session, buyer, Role.APPROVER)
    centre = a_cost_centre(session, buyer, budget_pence=100_000)
    waits = asked(session, 80_000, cost_centre_id=centre.id)
    undertaking.ask(session, buyer, waits)
    taken(session, buyer, asked(session, 50_000, cost_centre_id=centre.id))
    with pytest.raises(Refused, match="allows no more"):
        approve(session, approver, waits, buyer, over_budget_reason="Please")


def test_without_a_budget_nothing_is_over_it(session: Session) -> None:
    buyer = a_trust(session, replace(limited(10**9), stops_over_budget=True))
    centre = a_cost_centre(session, buyer)
    assert undertaking.ask(session, buyer, asked(session, 10**8, cost_centre_id=centre.id)).over == ()


def test_an_approval_cannot_be_altered(session: Session) -> None:
    buyer = a_trust(session)
    wanted = asked(session)
    undertaking.ask(session, buyer, wanted)
    given = approve(session, a_colleague(session, buyer, Role.APPROVER), wanted, buyer)
    given.approval.over_budget_reason = "Something else"
    with pytest.raises(sa.exc.DatabaseError, match="append-only"):
        session.flush()


def together(environment: dict[str, str], count: int, scheme: Scheme, budget_pence: int | None) -> list[int]:
    """So many people ask for £2,000.00 each, of one supplier, at the same moment; the approvals they need."""
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session, session.begin():
        buyer = a_trust(session, scheme)
        centre = a_cost_centre(session, buyer, budget_pence=budget_pence)
        supplier = an_organisation(session)
        wanted = [
            asked(session, 200_000, supplier_id=supplier.id, cost_centre_id=centre.id) for _ in range(count)
        ]
    barrier = threading.Barrier(count)

    def work(session: Session, one: Asked) -> int:
        ruling = undertaking.ask(session, buyer, one)
        if not ruling.approvals:
            undertaking.take(session, one.source, one.source_id)
        return ruling.approvals

    def ask(one: Asked) -> int:
        barrier.wait()
        try:
            return database.run(lambda session: work(session, one))
        except DomainError:
            return -1

    with ThreadPoolExecutor(count) as threads:
        found = list(threads.map(ask, wanted))
    database.close()
    return sorted(found)


def test_of_orders_split_at_the_same_moment_one_passes_alone(environment: dict[str, str]) -> None:
    assert together(environment, 4, limited(300_000), None) == [0, 1, 1, 1]


def test_a_budget_is_not_spent_twice_at_the_same_moment(environment: dict[str, str]) -> None:
    scheme = replace(Scheme((Row(10**9), *ANY_SUM)), stops_over_budget=True)
    assert together(environment, 4, scheme, 450_000) == [-1, -1, 0, 0]


def test_two_approvals_at_the_same_moment_are_two(environment: dict[str, str]) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session, session.begin():
        buyer = a_trust(session, TWO)
        people = [a_colleague(session, buyer, Role.APPROVER) for _ in range(3)]
        wanted = asked(session, 600_000)
        undertaking.ask(session, buyer, wanted)
    barrier = threading.Barrier(4)

    def work(person: Actor) -> int:
        barrier.wait()
        try:
            return database.run(lambda session: approve(session, person, wanted, buyer).missing)
        except DomainError:
            return -1

    with ThreadPoolExecutor(4) as threads:
        found = sorted(threads.map(work, [people[0], *people]))
    with database.reading() as session:
        kept = session.scalar(sa.select(sa.func.count(Approval.id)))
    database.close()
    assert (found, kept) == ([-1, -1, 0, 1], 2)
