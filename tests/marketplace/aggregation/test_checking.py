"""An award is checked again from what was frozen, and what was changed since is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.aggregation import checking, solving
from marketplace.aggregation.checking import check_award
from marketplace.aggregation.models import AwardCase, AwardRun, Round
from marketplace.aggregation.solving import Case
from marketplace.kernel.errors import NotFound
from tests.factories.aggregation import a_buyer, a_commitment, a_round, an_award


def awarded(session: Session) -> tuple[Round, AwardRun, AwardCase]:
    """A round that serves one trust and not the other."""
    lead = a_buyer(session)
    round_ = a_round(session, lead)
    a_commitment(session, round_, quantity=120)
    a_commitment(session, round_, quantity=30, ceiling_pence=41_000)
    run = an_award(session, lead, round_, "Now")
    session.flush()
    return round_, run, session.scalars(sa.select(AwardCase)).one()


def test_an_award_holds(app: Flask, session: Session) -> None:
    round_, run, _ = awarded(session)
    checked = check_award(session, round_.reference)
    assert (checked.digest, checked.faults) == (run.digest, ())
    session.commit()
    result = app.test_cli_runner().invoke(args=["check-award", round_.reference])
    assert (result.exit_code, result.output) == (0, f"{round_.reference}, digest {run.digest}: holds\n")


def test_what_was_not_awarded_is_not_there(app: Flask, session: Session) -> None:
    round_ = a_round(session)
    with pytest.raises(NotFound, match=f"No round {round_.reference} has been awarded"):
        check_award(session, round_.reference)
    assert app.test_cli_runner().invoke(args=["check-award", "RND-0"]).exit_code == 1


def test_other_figures_or_another_salt_are_found_by_the_digest(session: Session) -> None:
    round_, _, case = awarded(session)
    instance = case.document["instance"]
    requests = {**instance["requests"], "reserve": [50_000, 46_000]}
    with session.no_autoflush:  # no database would store what follows: it is sealed
        for name, value in (
            ("document", {**case.document, "instance": {**instance, "requests": requests}}),
            ("salt", "another"),
        ):
            before = getattr(case, name)
            setattr(case, name, value)
            (fault,) = check_award(session, round_.reference).faults
            assert fault == "The frozen figures are not those of the published digest."
            setattr(case, name, before)
        assert check_award(session, round_.reference).faults == ()
        session.expire(case)


def test_another_answer_is_found_by_solving_again(session: Session) -> None:
    round_, run, case = awarded(session)
    assert case.lines is not None
    with session.no_autoflush:
        case.lines = {**case.lines, "value_pence": 1}
        (fault,) = check_award(session, round_.reference).faults
        assert fault == "The engine does not answer as it did then."
        session.expire(case)
    other = replace(solving.solve(Case.of(case.document)), served=frozenset())
    (fault,) = checking._faults(session, run, case, other)
    assert fault == "Those who were served are not those whom the award names."
