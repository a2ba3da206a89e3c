"""A scheme that is built row by row is told once, when nothing changes any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.delegation import announcing, queries, schemes
from marketplace.delegation.rules import ANY_SUM, Row, Scheme, limited
from marketplace.kernel import mail, outbox
from marketplace.kernel.outbox import JobState, OutboxJob
from marketplace.kernel.session import database_of
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.delegation import the_scheme, up_to
from tests.factories.trusts import an_actor, an_organisation

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def actor(session: Session) -> Actor:
    """An administrator alone with one approver, under a scheme of long ago."""
    actor = an_actor(session, an_organisation(session), Role.ADMINISTRATOR)
    with freeze_time(NOON - timedelta(days=1)):
        the_scheme(session, actor.organisation_id, limited(50_000))
    return actor


def a_colleague(session: Session, actor: Actor) -> Actor:
    return an_actor(session, session.get_one(Organisation, actor.organisation_id), Role.APPROVER)


def add(session: Session, actor: Actor, row: Row) -> None:
    schemes.add_row(session, actor, queries.edited(session, actor).id, row)


def work(session: Session, app: Flask, now: datetime) -> None:
    """Carry out what is due by then, mails apart."""
    session.commit()
    with freeze_time(now):
        due = outbox.due_jobs(session)
        kinds = {job.id: job.kind for job in session.scalars(sa.select(OutboxJob))}
        session.commit()
        for job_id in due:
            if kinds[job_id] == announcing.KIND:
                assert outbox.carry_out(database_of(app).writing, job_id)


def mails(session: Session, to: Actor) -> list[str]:
    session.commit()
    jobs = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == mail.KIND).order_by(OutboxJob.id))
    return [job.payload["text"] for job in jobs if job.payload["to"] == to.email]


def test_four_rows_within_minutes_are_one_letter_ten_minutes_after_the_last(
    session: Session, app: Flask, actor: Actor
) -> None:
    colleague = a_colleague(session, actor)
    for minute, pounds in enumerate((1, 2, 3, 4)):
        with freeze_time(NOON + minute * MINUTE):
            add(session, actor, up_to(pounds * 100_000, colleague)[0])
    work(session, app, NOON + 12 * MINUTE)
    assert mails(session, colleague) == []
    work(session, app, NOON + 13 * MINUTE)
    (text,) = mails(session, colleague)
    assert f"{actor.name} proposed looser approval rules." in text
    assert all(f"{colleague.name} may approve up to £{pounds},000.00." in text for pounds in (1, 2, 3, 4))
    work(session, app, NOON + 60 * MINUTE)
    assert len(mails(session, colleague)) == 1
    assert {job.state for job in session.scalars(sa.select(OutboxJob)) if job.kind == announcing.KIND} == {
        JobState.DONE
    }


@pytest.mark.parametrize("decide", [schemes.confirm_scheme, schemes.withdraw_scheme])
def test_nobody_is_asked_to_decide_about_what_waits_no_longer(
    session: Session, app: Flask, actor: Actor, decide: object
) -> None:
    colleague = a_colleague(session, actor)
    with freeze_time(NOON):
        waits = schemes.set_scheme(session, actor, limited(60_000))
        assert waits is not None
        assert callable(decide)
        decide(session, colleague, waits.id)
    work(session, app, NOON + 30 * MINUTE)
    assert [text for text in mails(session, colleague) if "proposed looser approval rules" in text] == []
    assert len(mails(session, colleague)) == 1


def test_several_stricter_writings_are_told_with_what_held_before_the_first(
    session: Session, app: Flask, actor: Actor
) -> None:
    colleague = a_colleague(session, actor)
    for minute, pence in enumerate((40_000, 30_000, 20_000)):
        with freeze_time(NOON + minute * MINUTE):
            schemes.set_scheme(session, actor, limited(pence))
    work(session, app, NOON + 30 * MINUTE)
    (text,) = mails(session, colleague)
    was, _, now = text.partition("From now on:")
    assert "Until now:\nNobody needs to approve up to £500.00." in was
    assert now.startswith("\nNobody needs to approve up to £200.00.")


def test_a_row_that_was_added_and_taken_away_again_is_told_to_nobody(
    session: Session, app: Flask, actor: Actor
) -> None:
    colleague = a_colleague(session, actor)
    with freeze_time(NOON):
        centreless = Row(40_000, Role.FINANCE, quotes=2)
        schemes.set_scheme(session, actor, Scheme((Row(50_000), *ANY_SUM, centreless)))
        schemes.remove_row(session, actor, queries.edited(session, actor).id, 3)
    work(session, app, NOON + 30 * MINUTE)
    assert mails(session, colleague) == []
