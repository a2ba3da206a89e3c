"""School terms: the national ones, and a trust's own."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.trusts import terms
from marketplace.trusts.terms import Term, TermName

OWN = [
    Term(TermName.AUTUMN, date(2026, 8, 27), date(2026, 12, 18)),
    Term(TermName.SPRING, date(2027, 1, 5), date(2027, 3, 25)),
    Term(TermName.SUMMER, date(2027, 4, 12), date(2027, 7, 22)),
]


@pytest.mark.parametrize(
    ("day", "first", "following"),
    [
        (date(2026, 9, 1), date(2026, 9, 1), date(2027, 1, 1)),
        (date(2026, 12, 31), date(2026, 9, 1), date(2027, 1, 1)),
        (date(2027, 1, 1), date(2027, 1, 1), date(2027, 5, 1)),
        (date(2028, 2, 29), date(2028, 1, 1), date(2028, 5, 1)),
        (date(2027, 8, 31), date(2027, 5, 1), date(2027, 9, 1)),
    ],
)
def test_without_dates_of_its_own_the_terms_of_the_burgundy_book_hold(
    day: date, first: date, following: date
) -> None:
    assert terms.starts((), day, 1) == [first, following]


def test_a_trusts_own_terms_hold_in_the_years_that_it_gave_and_the_national_ones_around_them() -> None:
    assert terms.starts(OWN, date(2026, 5, 1), 5) == [
        date(2026, 5, 1),
        date(2026, 8, 27),
        date(2027, 1, 5),
        date(2027, 4, 12),
        date(2027, 9, 1),
        date(2028, 1, 1),
    ]


def test_the_national_terms_fill_the_school_year() -> None:
    assert [(term.name, term.starts_on, term.ends_on) for term in terms.national(2026)] == [
        (TermName.AUTUMN, date(2026, 9, 1), date(2026, 12, 31)),
        (TermName.SPRING, date(2027, 1, 1), date(2027, 4, 30)),
        (TermName.SUMMER, date(2027, 5, 1), date(2027, 8, 31)),
    ]


def test_a_holiday_belongs_to_the_term_before_it() -> None:
    assert terms.starts(OWN, date(2027, 1, 2), 1)[0] == date(2026, 8, 27)


@given(st.dates(date(2020, 1, 1), date(2060, 1, 1)), st.integers(1, 15))
def test_the_terms_from_any_day_follow_each_other_and_the_first_has_the_day(day: date, count: int) -> None:
    found = terms.starts(OWN, day, count)
    assert len(found) == count + 1
    assert found[0] <= day < found[1]
    assert all(before < after for before, after in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("wrong", "name", "words"),
    [
        (Term(TermName.SPRING, date(2027, 1, 5), date(2027, 1, 4)), TermName.SPRING, "after the first"),
        (Term(TermName.SPRING, date(2027, 1, 5), date(2027, 1, 5)), TermName.SPRING, "after the first"),
        (Term(TermName.SUMMER, date(2027, 4, 12), date(2027, 9, 1)), TermName.SUMMER, "31 August 2027"),
        (Term(TermName.SPRING, date(2026, 12, 18), date(2027, 3, 1)), TermName.SPRING, "after the last day"),
        (Term(TermName.SPRING, date(2025, 1, 5), date(2027, 3, 1)), TermName.SPRING, "2026 to 2027"),
    ],
)
def test_what_is_wrong_with_terms_is_said_at_the_term(wrong: Term, name: TermName, words: str) -> None:
    given_terms = [wrong if one.name is wrong.name else one for one in OWN]
    assert words in terms.faults(given_terms, 2026)[name]
    assert terms.faults(OWN, 2026) == {}
    assert terms.faults(terms.national(2026), 2026) == {}
