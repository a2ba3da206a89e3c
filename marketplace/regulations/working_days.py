"""Working days in England and Wales: no weekends, no bank holidays. Pure; no network."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from marketplace.kernel.errors import Refused
from marketplace.regulations.findings import day_words

SATURDAY = 5
ONE_DAY = timedelta(days=1)


@cache
def bank_holidays() -> frozenset[date]:
    """The bank holidays of England and Wales that GOV.UK had published when the package was released."""
    from govuk_bank_holidays.bank_holidays import BankHolidays

    published = BankHolidays(use_cached_holidays=True)
    return frozenset(one["date"] for one in published.get_holidays(BankHolidays.ENGLAND_AND_WALES))


def known_from() -> date:
    """The first day about which `is_working_day` can speak."""
    return date(min(bank_holidays()).year, 1, 1)


def known_to() -> date:
    """The last day about which `is_working_day` can speak."""
    return date(max(bank_holidays()).year, 12, 31)


def is_working_day(day: date) -> bool:
    """Neither a weekend nor a bank holiday; Refused for a day whose bank holidays are not published."""
    if not known_from() <= day <= known_to():
        raise Refused(
            f"Bank holidays are known here from {day_words(known_from())} to {day_words(known_to())}, "
            f"so {day_words(day)} cannot be counted. Count from GOV.UK's list of bank holidays instead."
        )
    return day.weekday() < SATURDAY and day not in bank_holidays()


def on_or_after(day: date) -> date:
    """The day itself when it is a working day, else the next one."""
    while not is_working_day(day):
        day += ONE_DAY
    return day


def counted(day: date, count: int) -> tuple[date, ...]:
    """So many working days (1 or more) from a day on; the day itself counts when it is one."""
    if count < 1:
        raise ValueError("count 1 working day or more")
    found = [on_or_after(day)]
    while len(found) < count:
        found.append(on_or_after(found[-1] + ONE_DAY))
    return tuple(found)


def after(day: date, count: int) -> date:
    """The working day that comes so many (1 or more) after a day, which does not count itself."""
    return counted(day + ONE_DAY, count)[-1]
