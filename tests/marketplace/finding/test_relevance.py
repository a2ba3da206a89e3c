"""What schools ask for is among the first three, on both databases; the failures are printed."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import util
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.factories.finding import the_catalogue, titles

_spec = util.spec_from_file_location("questions", Path(__file__).with_name("questions.py"))
assert _spec
assert _spec.loader
_questions = util.module_from_spec(_spec)
_spec.loader.exec_module(_questions)
QUESTIONS: Sequence[tuple[str, str]] = _questions.QUESTIONS
HELD_BACK: Sequence[tuple[str, str]] = _questions.HELD_BACK
FIRST = 3


def missed(session: Session, questions: Sequence[tuple[str, str]]) -> list[str]:
    """The questions whose service is not among the first three, and what is."""
    keys = the_catalogue(session)
    failures = []
    for asked, wanted in questions:
        first = [keys[title] for title in titles(session, words=asked)[:FIRST]]
        if wanted not in first:
            failures.append(f"{asked!r} should find {wanted}, found {first}")
    return failures


@pytest.mark.parametrize(("name", "questions", "most"), [("open", QUESTIONS, 4), ("held back", HELD_BACK, 3)])
def test_schools_find_what_they_mean(
    session: Session, name: str, questions: Sequence[tuple[str, str]], most: int
) -> None:
    failures = missed(session, questions)
    print(f"{name}: {len(questions) - len(failures)} of {len(questions)}", *failures, sep="\n")  # noqa: T201  to be read
    assert len(failures) <= most, "\n".join(failures)
