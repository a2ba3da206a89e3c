"""Working out an award in a job: once, whole or not at all, whatever goes wrong and whoever is quicker."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.aggregation import awarding, closing, committing, evaluating, services, solving
from marketplace.aggregation.award.branch import SolverFailed
from marketplace.aggregation.award.outcome import Progress
from marketplace.aggregation.committing import Figures, Promise
from marketplace.aggregation.models import AwardCase, AwardRun, Commitment, Round
from marketplace.aggregation.run_view import run_view
from marketplace.aggregation.solving import Case
from marketplace.aggregation.states import CommitmentState, RoundState, RunState
from marketplace.contracts.models import Contract
from marketplace.contracts.services import Terms, sign_contract
from marketplace.kernel import outbox, units
from marketplace.kernel.errors import InvalidState, NotFound
from marketplace.kernel.outbox import JobState, OutboxJob
from marketplace.kernel.session import Database
from marketplace.kernel.units import R
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership, Organisation
from tests.factories.aggregation import a_buyer, a_commitment, a_round, an_award
from tests.factories.award_rounds import a_document
from tests.factories.trusts import an_actor


def closed(session: Session, trusts: int = 2) -> tuple[Actor, Round, AwardRun]:
    """A round of so many trusts that its lead has closed."""
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    for _ in range(trusts):
        a_commitment(session, round_, quantity=60)
    return lead, round_, closing.close_round(session, lead, round_.id, "All are in")


def contracts(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count(Contract.id))) or 0


def letters(session: Session, email: str) -> list[str]:
    session.flush()
    jobs = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == "send-email")).all()
    return [job.payload["subject"] for job in jobs if job.payload["to"] == email]


def work_out(session: Session, run: AwardRun) -> None:
    evaluating.work_out(units.within(session), run.id)


def test_closing_owes_the_award_and_nothing_is_signed_before_it_is_worked_out(session: Session) -> None:
    _, round_, run = closed(session)
    assert (round_.state, run.state, contracts(session)) == (RoundState.EVALUATING, RunState.WAITING, 0)
    job = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == closing.KIND)).one()
    assert job.payload == {"run_id": run.id.hex}
    work_out(session, run)
    assert (round_.state, run.state, contracts(session)) == (RoundState.CONTRACTED, RunState.SOLVED, 2)
    assert (run.gap, run.violations, run.lots_done, run.value_pence) == (0.0, 0, 1, None)


def test_what_is_solved_is_kept_with_its_case_and_sealed(session: Session) -> None:
    _, _, run = closed(session)
    work_out(session, run)
    session.flush()
    case = session.scalars(sa.select(AwardCase)).one()
    assert case.lines == {
        "request": [0, 1],
        "offer": [0, 0],
        "units": [60, 60],
        "tier": [1],
        "value_pence": 600_000,
        "bound_pence": 600_000,
    }
    for model in (AwardRun, AwardCase):
        with pytest.raises(sa.exc.DBAPIError, match="sealed"), session.begin_nested():
            session.execute(sa.delete(model))


def test_nobody_changes_anything_while_the_award_is_worked_out(session: Session) -> None:
    lead, round_, _ = closed(session)
    commitment = session.scalars(sa.select(Commitment)).first()
    assert commitment is not None
    trust = session.get_one(Organisation, commitment.trust_id)
    member = an_actor(session, trust, Role.BUYER, Role.APPROVER)
    seen = Figures.of(commitment)
    for attempt in (
        lambda: committing.commit(session, lead, round_.id, Promise(1, 50_000)),
        lambda: committing.change(session, member, round_.id, Promise(1, 50_000)),
        lambda: committing.withdraw(session, member, round_.id),
        lambda: committing.approve(session, member, round_.id, commitment.id, seen),
        lambda: closing.close_round(session, lead, round_.id, "Again"),
        lambda: services.cancel_round(session, lead, round_.id, "No"),
        lambda: closing.try_again(session, lead, round_.id),
    ):
        with pytest.raises(InvalidState):
            attempt()
    assert commitment.state is CommitmentState.FIRM


def test_a_failing_solver_leaves_the_round_closed_and_its_lead_and_the_operator_hear_of_it(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, round_, run = closed(session)
    operator = an_actor(session).email
    session.execute(sa.update(Person).where(Person.email == operator).values(is_operator=True))

    def stumble(*_: object) -> None:
        raise SolverFailed("HiGHS answered nonsense")

    monkeypatch.setattr(solving, "solve", stumble)
    work_out(session, run)
    assert (round_.state, run.state, contracts(session)) == (RoundState.EVALUATING, RunState.FAILED, 0)
    assert run.error == "The engine stopped: SolverFailed: HiGHS answered nonsense"
    subject = f"Look at {round_.reference}: its award could not be worked out"
    assert letters(session, lead.email) == letters(session, operator) == [subject]
    views = [run_view(session, one, round_.id) for one in (lead, a_buyer(session))]
    assert [view and view.error for view in views] == [run.error, None]
    monkeypatch.undo()
    closing.try_again(session, lead, round_.id)
    work_out(session, run)
    again = session.scalars(sa.select(AwardRun)).one()
    assert (again.state, again.error, contracts(session)) == (RunState.SOLVED, None, 2)


def test_a_slow_worker_that_comes_back_finds_the_award_signed_and_signs_nothing(session: Session) -> None:
    _, _, run = closed(session)
    calls = []

    def slowly(work: Callable[[Session], R], /) -> R:
        calls.append(work)
        if len(calls) == 2:  # it has solved and is about to sign
            work_out(session, run)
        return units.within(session)(work)

    evaluating.work_out(slowly, run.id)
    assert (run.state, contracts(session), len(calls)) == (RunState.SOLVED, 2, 2)


def test_an_award_that_the_verifier_refuses_is_never_signed(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, round_, run = closed(session)
    right = solving.solve
    monkeypatch.setattr(solving, "solve", lambda *a: replace(right(*a), violations=("request 0: too dear",)))
    work_out(session, run)
    assert (run.state, run.violations, contracts(session)) == (RunState.FAILED, 1, 0)
    assert run.error == "The verifier refused the award: request 0: too dear"
    services.cancel_round(session, lead, round_.id, "It cannot be awarded")
    assert round_.state is RoundState.CANCELLED
    with pytest.raises(InvalidState, match="cancelled cannot be awarded"):
        closing.try_again(session, lead, round_.id)


def test_commitments_that_are_no_longer_those_of_the_close_are_not_awarded(session: Session) -> None:
    lead, round_, run = closed(session)
    left = session.scalars(sa.select(Commitment)).first()
    assert left is not None
    left.state = CommitmentState.WITHDRAWN
    session.flush()
    work_out(session, run)
    assert (run.state, contracts(session)) == (RunState.FAILED, 0)
    before = run.digest
    closing.try_again(session, lead, round_.id)
    assert run.digest != before
    work_out(session, run)
    assert (round_.state, contracts(session), run.firm) == (RoundState.CONTRACTED, 1, 1)


def test_only_the_lead_tries_again_and_not_after_the_day_the_contracts_start(session: Session) -> None:
    lead, round_, run = closed(session)
    with pytest.raises(NotFound):
        closing.try_again(session, a_buyer(session), round_.id)
    session.execute(sa.update(AwardCase).values(salt="another"))
    work_out(session, run)
    assert run.state is RunState.FAILED
    with (
        freeze_time(f"{round_.starts_on + timedelta(days=1)} 12:00"),
        pytest.raises(InvalidState, match="too late"),
    ):
        closing.try_again(session, lead, round_.id)


def test_an_award_that_comes_too_late_signs_nothing_and_ends_the_round(session: Session) -> None:
    _, round_, run = closed(session)
    with freeze_time(f"{round_.starts_on + timedelta(days=1)} 00:30"):
        work_out(session, run)
    assert (round_.state, run.state, contracts(session)) == (RoundState.UNSUCCESSFUL, RunState.FAILED, 0)


def test_the_day_that_ends_late_rounds_ends_one_that_is_worked_out_too(session: Session) -> None:
    _, round_, run = closed(session)
    with freeze_time(f"{round_.starts_on + timedelta(days=1)} 00:30"):
        assert awarding.end_late_rounds(session) == 1
        work_out(session, run)
    assert (round_.state, run.state, contracts(session)) == (RoundState.UNSUCCESSFUL, RunState.FAILED, 0)


def test_the_contracts_are_the_act_of_whoever_closed_even_when_they_have_left_since(session: Session) -> None:
    lead, _, run = closed(session)
    session.execute(sa.delete(Membership).where(Membership.person_id == lead.person_id))
    work_out(session, run)
    assert contracts(session) == 2


def test_sums_are_told_of_six_trusts_or_more_and_only_while_they_are_worked_out(session: Session) -> None:
    for trusts, shown in ((5, None), (6, 600)):
        lead, round_, run = closed(session, trusts)
        run.state = RunState.SOLVING
        session.flush()
        evaluating.tell_progress(session, run.id, Progress(1, 3, 600, 603))
        session.refresh(run)
        assert (run.lots, run.lots_done, run.gap) == (3, 1, 0.005)
        view = run_view(session, lead, round_.id)
        assert view is not None
        assert (view.value_pence, view.bound_pence) == (shown, shown and 603)
        work_out(session, run)
        assert (run.lots, run.value_pence, run.bound_pence) == (1, None, None)
        evaluating.tell_progress(session, run.id, Progress(0, 3, 0, 1))
        session.refresh(run)
        assert run.lots_done == 1


def test_progress_is_written_once_a_second_at_most(session: Session) -> None:
    _, _, run = closed(session)
    run.state = RunState.SOLVING
    session.flush()
    teller = evaluating.Teller(units.within(session), run.id)
    teller(Progress(1, 9, 1, 1))
    session.refresh(run)
    assert run.lots_done == 0
    teller.told_at -= evaluating.TELL_SECONDS
    teller(Progress(2, 9, 1, 1))
    teller(Progress(3, 9, 1, 1))
    session.refresh(run)
    assert run.lots_done == 2


def test_the_engine_tells_of_every_lot_of_a_larger_round(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, run = closed(session, 6)
    run.state = RunState.SOLVING
    session.flush()
    monkeypatch.setattr(evaluating, "TELL_SECONDS", 0.0)
    seen: list[tuple[int, int, float | None]] = []

    def unit(work: Callable[[Session], R], /) -> R:
        result = work(session)
        session.refresh(run)
        seen.append((run.lots_done, run.lots, run.gap))
        return result

    case = Case(a_document(), tuple(uuid.uuid4() for _ in range(3)), ("unit", "units"))
    made = solving.solve(case, evaluating.Teller(unit, run.id))
    assert [one[:2] for one in seen] == [(1, 2), (2, 2)]
    assert (run.value_pence, run.bound_pence) == (made.value_pence, made.bound_pence)


@pytest.fixture
def database(environment: dict[str, str], app: object) -> Database:
    """A database of the test's own; the application has said what carries out its jobs."""
    return Database.at(environment["DATABASE_URL"])


def the_job(database: Database) -> OutboxJob:
    with database.reading() as session:
        newest = sa.select(OutboxJob).where(OutboxJob.kind == closing.KIND).order_by(OutboxJob.id.desc())
        return session.scalars(newest.limit(1)).one()


def signed(database: Database) -> tuple[int, RoundState]:
    with database.reading() as session:
        return contracts(session), session.scalars(sa.select(Round.state)).one()


def close_somewhere(database: Database) -> tuple[Actor, uuid.UUID, uuid.UUID]:
    with database.writing() as session:
        lead, round_, run = closed(session)
        session.commit()
        return lead, round_.id, run.id


def test_a_fault_in_the_middle_of_signing_takes_all_of_it_back_and_it_is_tried_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_somewhere(database)
    served = []

    def stumble(session: Session, actor: Actor, terms: Terms) -> Contract:
        served.append(terms.source_id)
        if len(served) == 2:
            raise ConnectionError("the worker dies")
        return sign_contract(session, actor, terms)

    monkeypatch.setattr(awarding, "sign_contract", stumble)
    assert outbox.carry_out(database.writing, the_job(database).id) is False
    assert signed(database) == (0, RoundState.EVALUATING)
    assert the_job(database).state is JobState.OWED
    with freeze_time(the_job(database).due_at + timedelta(seconds=1)):
        assert outbox.carry_out(database.writing, the_job(database).id) is True
    assert signed(database) == (2, RoundState.CONTRACTED)
    database.close()


def test_two_workers_at_once_sign_one_award(database: Database) -> None:
    _, _, run_id = close_somewhere(database)
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        evaluating.work_out(database.run, run_id)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert signed(database) == (2, RoundState.CONTRACTED)
    database.close()


def test_a_run_whose_workers_all_died_can_be_tried_again(database: Database) -> None:
    lead, round_id, run_id = close_somewhere(database)
    job = the_job(database)
    with database.writing() as session, session.begin():
        session.execute(sa.update(OutboxJob).where(OutboxJob.id == job.id).values(state=JobState.DEAD))
        view = run_view(session, lead, round_id)
        assert view is not None
        assert (view.is_stuck, view.look_again_seconds) == (True, None)
    with database.writing() as session, session.begin():
        assert closing.try_again(session, lead, round_id).tries == 2
    assert the_job(database).key == f"{closing.KIND}:{run_id}:2"
    assert outbox.carry_out(database.writing, the_job(database).id) is True
    assert signed(database) == (2, RoundState.CONTRACTED)
    database.close()


def test_withdrawing_at_the_moment_of_the_close_is_before_it_or_refused(database: Database) -> None:
    with database.writing() as session:
        lead, others = a_buyer(session), [a_buyer(session) for _ in range(5)]
        round_id = a_round(session, lead).id
        for buyer in (lead, *others):
            a_commitment(session, session.get_one(Round, round_id), buyer)
        session.commit()
    gone: list[Actor] = []
    start = threading.Barrier(len(others) + 1)

    def leave(buyer: Actor) -> None:
        start.wait()
        try:
            database.run(lambda session: committing.withdraw(session, buyer, round_id))
        except InvalidState:
            return
        gone.append(buyer)

    def close() -> None:
        start.wait()
        database.run(lambda session: closing.close_round(session, lead, round_id, "Now"))

    threads = [threading.Thread(target=leave, args=(one,)) for one in others] + [
        threading.Thread(target=close)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outbox.carry_out(database.writing, the_job(database).id) is True
    assert signed(database) == (6 - len(gone), RoundState.CONTRACTED)
    database.close()


def test_what_an_award_was_worked_out_from_shows_no_ceiling_to_anybody(session: Session) -> None:
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, quantity=70, ceiling_pence=47_777)
    run = an_award(session, lead, round_, "Now")
    view = run_view(session, lead, round_.id)
    assert "47777" not in repr(view)
    assert "47777" not in repr([getattr(run, column.name) for column in AwardRun.__table__.columns])
    assert "47777" in str(session.scalars(sa.select(AwardCase.document)).one())
