"""The pages of an award: its progress, its proof, a fault in it, and its file."""

from __future__ import annotations

import re
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.aggregation import closing, evaluating, queries
from marketplace.aggregation.award.outcome import Progress
from marketplace.aggregation.models import AwardCase, AwardRun
from marketplace.aggregation.states import RunState
from marketplace.kernel import clock, units
from tests.factories.aggregation import a_buyer, a_commitment, a_round, an_award
from tests.factories.trusts import signed_in


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_lead_closes_sees_progress_leaves_and_comes_back_to_the_award(
    app: Flask, session: Session
) -> None:
    lead, other = a_buyer(session), a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, lead, quantity=120)
    a_commitment(session, round_, other, quantity=5, ceiling_pence=44_000)
    address, browser = f"/rounds/{round_.id}", signed_in(app, session, lead)
    assert "the outcome is known only when the round closes" in words(browser.get(f"{address}/close").text)
    assert browser.post(f"{address}/close", data={}).status_code == 422
    with freeze_time(round_.closes_at):
        browser = signed_in(app, session, lead)
        assert "125 laptops are committed by 2 trusts" in words(browser.get(f"{address}/close").text)
        assert queries.waiting(session, lead)[0].href == f"{address}/close"
        assert browser.post(f"{address}/close", data={}).location == address
        assert [browser.get(f"{address}/{act}").status_code for act in ("close", "cancel")] == [302, 404]
        assert browser.post(f"{address}/close", data={}).location == address
        running = browser.get(address)
        assert "Working out the award" in words(running.text)
        assert "0 of 1 lot worked out" in words(running.text)
        assert running.headers["Refresh"] == "1"
        assert "Refresh" not in browser.get(f"{address}?still=1").headers
        run = session.scalars(sa.select(AwardRun)).one()
        evaluating.work_out(units.within(session), run.id)
        session.commit()
    done = signed_in(app, session, lead).get(address)
    assert "Refresh" not in done.headers
    page = words(done.text)
    assert "120 laptops awarded at £450.00 each" in page
    assert "Read our contract" in page
    assert "Proven: no other award is better" in page
    assert "By a second program: no violation" in page
    assert run.digest in page
    assert "Served in full: 120 laptops at £450.00, £50.00 below your ceiling of £500.00." in page


def test_a_long_round_shows_its_lots_and_how_near_it_is_and_sums_only_of_many_trusts(
    app: Flask, session: Session
) -> None:
    for trusts in (5, 6):
        lead = a_buyer(session)
        round_ = a_round(session, lead)
        for _ in range(trusts):
            a_commitment(session, round_)
        run = closing.close_round(session, lead, round_.id, "Now")
        run.state = RunState.SOLVING
        session.flush()
        evaluating.tell_progress(session, run.id, Progress(1, 30, 123_400, 124_017))
        session.commit()
        answer = signed_in(app, session, lead).get(f"/rounds/{round_.id}")
        assert 'max="30" value="1"' in answer.text
        page = words(answer.text)
        assert "1 of 30 lots worked out." in page
        assert "at most 0.5000% below the best that is possible" in page
        assert ("£1,234.00" in page, "£1,240.17" in page) == (trusts >= 6, trusts >= 6)
        with freeze_time(clock.now() + timedelta(seconds=10)):
            later = signed_in(app, session, lead).get(f"/rounds/{round_.id}")
        assert (answer.headers["Refresh"], later.headers["Refresh"]) == ("1", "3")


def test_a_fault_is_told_to_the_lead_who_tries_again(app: Flask, session: Session) -> None:
    lead, other = a_buyer(session), a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, other)
    run = closing.close_round(session, lead, round_.id, "Now")
    session.execute(sa.update(AwardCase).values(document={"instance": {}, "commitments": [], "units": "ab"}))
    evaluating.work_out(units.within(session), run.id)
    session.commit()
    address, browser = f"/rounds/{round_.id}", signed_in(app, session, lead)
    page = browser.get(address)
    assert "The frozen figures are not those that the round was closed with." in words(page.text)
    assert "Refresh" not in page.headers
    assert "The frozen figures" not in signed_in(app, session, other).get(address).text
    assert browser.get(f"{address}/cancel").status_code == 200
    assert queries.waiting(session, lead)[0].sentence == f"Try again to award {round_.title}"
    assert signed_in(app, session, other).post(f"{address}/try-again").status_code == 404
    assert browser.post(f"{address}/try-again").location == address
    evaluating.work_out(units.within(session), run.id)
    session.commit()
    assert "60 laptops awarded" in words(browser.get(address).text)


def test_an_award_is_there_as_a_file_of_those_served(app: Flask, session: Session) -> None:
    lead, poor = a_buyer(session, name="=Lead"), a_buyer(session, name="Poor Trust")
    round_ = a_round(session, lead)
    a_commitment(session, round_, lead, quantity=120)
    a_commitment(session, round_, poor, quantity=5, ceiling_pence=44_000)
    browser = signed_in(app, session, poor)
    assert browser.get(f"/rounds/{round_.id}/award.csv").status_code == 404
    an_award(session, lead, round_, "Now")
    session.commit()
    lines = browser.get(f"/rounds/{round_.id}/award.csv").text.splitlines()
    assert lines[1:] == [f"{round_.reference},'=Lead,120,450.00,54000.00"]
