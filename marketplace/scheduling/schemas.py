"""What people type about rules, waiting and files."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from marketplace.catalogue.schemas import Month
from marketplace.kernel.fields import Choice, Command, Day, Identifier, Text, WholeNumber, YesNo, named
from marketplace.scheduling import recurring
from marketplace.scheduling.columns import MOST_UNITS
from marketplace.scheduling.kinds import (
    MONTH_WORDS,
    RULE_WORDS,
    WEEKDAY_WORDS,
    MonthName,
    RuleKind,
    Weekday,
)
from marketplace.scheduling.recurring import Rule


def _readable_days(text: str | None) -> None:
    try:
        recurring.read_days(text or "")
    except ValueError as error:
        raise ma.ValidationError(str(error)) from error


class SetRule(Command):
    """How many units each month has, by a rule."""

    kind = Choice(
        RuleKind, RULE_WORDS, required=True, **named("How it is counted", missing="Select how it is counted")
    )
    units = WholeNumber(
        required=True,
        most=MOST_UNITS,
        **named(
            "How many",
            hint="On each of those days, or in each month",
            missing="Enter how many",
        ),
    )
    weekdays = ma.fields.List(
        Choice(Weekday, WEEKDAY_WORDS),
        load_default=list,
        **named("Days of the week", hint="Only when it is counted by days"),
    )
    first_month = Month(required=True, **named("First month", missing="Select the first month"))
    last_month = Month(required=True, **named("Last month", missing="Select the last month"))
    except_months = ma.fields.List(
        Choice(MonthName, MONTH_WORDS),
        load_default=list,
        **named("Months to leave out", hint="Nothing is offered in these"),
    )
    leaves_out_bank_holidays = YesNo(load_default=False, **named("Leave out bank holidays"))
    leaves_out_school_holidays = YesNo(
        load_default=False,
        **named("Leave out school holidays, so that only days in term time count"),
    )
    left_out = Text(
        load_default=None,
        allow_none=True,
        lines=True,
        longest=2_000,
        validate=_readable_days,
        **named(
            "Other days to leave out",
            hint="One a line, like 23/12/2027 or 23/12/2027 to 4/1/2028. You can leave this empty.",
        ),
    )


def rule_from(command: dict[str, Any]) -> Rule:
    """What was typed, as it is carried out."""
    return Rule(
        kind=command["kind"],
        first_month=command["first_month"],
        last_month=command["last_month"],
        units=command["units"],
        weekdays=frozenset(int(day.value) for day in command["weekdays"]),
        except_months=frozenset(int(month.value) for month in command["except_months"]),
        leaves_out_bank_holidays=command["leaves_out_bank_holidays"],
        leaves_out_school_holidays=command["leaves_out_school_holidays"],
        left_out=recurring.read_days(command["left_out"] or ""),
    )


class JoinWaiting(Command):
    """What a buyer waits for."""

    quantity = WholeNumber(
        required=True, least=1, most=MOST_UNITS, **named("How many", missing="Enter how many")
    )
    starts_on = Day(required=True, **named("Start date", missing="Enter a start date"))
    periods = WholeNumber(
        load_default=None,
        allow_none=True,
        least=1,
        most=60,
        **named("For how long", hint="Not needed for knowledge that is charged once"),
    )
    plan_id = Identifier(load_default=None, allow_none=True, **named("How it is charged"))


class UploadFile(Command):
    """The file itself is no field of the form; its faults are shown here."""

    listing_id = Identifier(load_default=None, allow_none=True, **named("Listing"))
    file = ma.fields.Raw(**named("CSV file or spreadsheet"))


class MatchColumns(Command):
    """Columns are named by their place; what is wrong with them together is shown here."""

    columns = ma.fields.Raw(**named("Columns"))
