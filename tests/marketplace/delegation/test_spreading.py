"""What falls into which financial year."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from marketplace.delegation.spreading import Part, by_year


def september(on: date) -> tuple[date, date]:
    """The financial year of academy trusts."""
    first = date(on.year if on.month >= 9 else on.year - 1, 9, 1)
    return first, date(first.year + 1, 8, 31)


def test_a_charge_within_a_year_falls_into_it() -> None:
    parts = [Part(date(2027, 9, 1), date(2027, 9, 30), 265), Part(date(2027, 10, 1), date(2027, 10, 31), 265)]
    assert by_year(september, parts) == {date(2027, 9, 1): 530}


def test_a_charge_over_the_end_of_a_year_is_shared_by_days() -> None:
    assert by_year(september, [Part(date(2027, 8, 30), date(2027, 9, 2), 1_000)]) == {
        date(2026, 9, 1): 500,
        date(2027, 9, 1): 500,
    }


def test_a_part_of_a_penny_goes_to_one_year_alone() -> None:
    shares = by_year(september, [Part(date(2027, 8, 31), date(2029, 9, 1), 100)])
    assert shares == {date(2026, 9, 1): 0, date(2027, 9, 1): 50, date(2028, 9, 1): 50, date(2029, 9, 1): 0}


days = st.dates(date(2026, 1, 1), date(2031, 12, 31))


@given(st.lists(st.tuples(days, st.integers(0, 1_500), st.integers(0, 10**9)), max_size=5))
def test_no_penny_is_lost_or_made(charges: list[tuple[date, int, int]]) -> None:
    parts = [Part(day, day + timedelta(days=more), pence) for day, more, pence in charges]
    shares = by_year(september, parts)
    assert sum(shares.values()) == sum(part.net_pence for part in parts)
    assert min(shares.values(), default=0) >= 0
    assert list(shares) == sorted(shares)
