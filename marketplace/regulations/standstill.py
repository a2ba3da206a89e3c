"""How long nobody may sign after an award notice (Procurement Act 2023, section 51). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.kernel.errors import Refused
from marketplace.regulations import rules, working_days
from marketplace.regulations.findings import Finding, day_words
from marketplace.regulations.rules import Rule


@dataclass(frozen=True)
class Standstill:
    """From the day of the notice to `last_day`, London dates; `working_days` are those that were counted.

    The law lets anybody sign on `first_signing_day`, the calendar day after the last one, weekend or not.
    """

    notice_on: date
    last_day: date
    first_signing_day: date
    working_days: tuple[date, ...]
    findings: tuple[Finding, ...]


def standstill(notice_on: date, *, is_light_touch: bool = False) -> Standstill:
    """8 working days, of which the day of the notice is the first when it is one.

    Refused when the bank holidays are not known so far ahead.
    """
    rule = rules.newest("standstill-light-touch" if is_light_touch else "standstill")
    try:
        counted = working_days.counted(notice_on, rule.amount)
    except Refused as error:
        raise Refused(error.sentence, field="notice_on") from error
    last = counted[-1]
    signing = last + timedelta(days=1)
    found = [_length(rule, counted), _signing(rule, last, signing)]
    if notice_on < rules.IN_FORCE:
        found.append(_too_early(notice_on))
    return Standstill(notice_on, last, signing, counted, tuple(found))


def _length(rule: Rule, counted: tuple[date, ...]) -> Finding:
    first, last = day_words(counted[0]), day_words(counted[-1])
    days = f"{rule.figure} working days, from {first}, which counts as day 1, to {last}, both included"
    if rule.name == "standstill-light-touch":
        return rule.says(
            f"A standstill is voluntary for a light touch contract. Once announced it lasts at least {days}."
        )
    return rule.says(f"The mandatory standstill lasts {days}.")


def _signing(rule: Rule, last: date, signing: date) -> Finding:
    sentence = (
        f"Nobody may sign on or before {day_words(last)}. The first day to sign is {day_words(signing)}"
    )
    if signing <= working_days.known_to() and not working_days.is_working_day(signing):
        following = working_days.on_or_after(signing)
        sentence += f", which is no working day; the next working day is {day_words(following)}"
    return rule.says(f"{sentence}.")


def _too_early(notice_on: date) -> Finding:
    return rules.newest("procurement-act").says(
        f"The Act is in force for procurements that start from {day_words(rules.IN_FORCE)}; the notice of "
        f"{day_words(notice_on)} is earlier, so this is how long its standstill would have been."
    )
