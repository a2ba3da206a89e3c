"""What people ask of the rules and what they are told, on a page, as JSON and on the command line."""

from __future__ import annotations

import marshmallow as ma

from marketplace.kernel.fields import Choice, Command, Day, Pence, WholeNumber, named
from marketplace.regulations.findings import NOT_ADVICE, SURE_WORDS, Sure, Unit
from marketplace.regulations.procurement import KIND_WORDS, ROUTE_WORDS, Kind, Route

MOST_BUYERS = 10_000
UNITS = {unit: unit.value for unit in Unit}


class AskDeal(Command):
    """A purchase: what, how much with VAT for all buyers together, when the procurement starts."""

    kind = Choice(Kind, KIND_WORDS, required=True, **named("What is bought", missing="Select what is bought"))
    value_pence = Pence(
        required=True,
        **named(
            "Whole value, including VAT",
            hint="Over the whole time with its extensions, of all buyers together",
            missing="Enter the whole value",
        ),
    )
    starts_on = Day(
        required=True,
        **named(
            "When does the procurement start?",
            hint="The day of the first notice or invitation, such as 1 3 2027",
            missing="Enter the day on which the procurement starts",
        ),
    )
    buyers = WholeNumber(
        least=1,
        most=MOST_BUYERS,
        load_default=1,
        **named("How many buyers together", hint="Leave this empty if your trust buys alone"),
    )


class AskStandstill(Command):
    """The day on which an award notice is published."""

    notice_on = Day(
        required=True,
        **named(
            "When is the award notice published?",
            hint="For example, 21 12 2026",
            missing="Enter the day of the award notice",
        ),
    )


class FindingShown(ma.Schema):
    """One rule's sentence with its figure, source, dates and how sure it is."""

    rule = ma.fields.String(required=True)
    sentence = ma.fields.String(required=True)
    source = ma.fields.String(required=True)
    address = ma.fields.String(allow_none=True)
    sure = Choice(Sure, SURE_WORDS, required=True)
    figure = ma.fields.Integer(allow_none=True)
    unit = Choice(Unit, UNITS, allow_none=True)
    from_on = ma.fields.Date(required=True)
    to_on = ma.fields.Date(allow_none=True)


class DealShown(ma.Schema):
    """A purchase against the rules."""

    above_threshold = ma.fields.Boolean(required=True)
    threshold_pence = ma.fields.Integer(required=True)
    route = Choice(Route, ROUTE_WORDS, required=True)
    kind = Choice(Kind, KIND_WORDS, required=True)
    value_pence = ma.fields.Integer(required=True)
    starts_on = ma.fields.Date(required=True)
    buyers = ma.fields.Integer(required=True)
    findings = ma.fields.List(ma.fields.Nested(FindingShown), required=True)
    note = ma.fields.Constant(NOT_ADVICE)


class StandstillShown(ma.Schema):
    """How long nobody may sign."""

    notice_on = ma.fields.Date(required=True)
    last_day = ma.fields.Date(required=True)
    first_signing_day = ma.fields.Date(required=True)
    working_days = ma.fields.List(ma.fields.Date(), required=True)
    findings = ma.fields.List(ma.fields.Nested(FindingShown), required=True)
    note = ma.fields.Constant(NOT_ADVICE)


class RuleShown(ma.Schema):
    """One row of the table."""

    name = ma.fields.String(required=True)
    figure = ma.fields.Integer(allow_none=True)
    unit = Choice(Unit, UNITS, allow_none=True)
    source = ma.fields.String(required=True)
    address = ma.fields.String(allow_none=True, attribute="source.address")
    sure = Choice(Sure, SURE_WORDS, required=True)
    from_on = ma.fields.Date(required=True)
    to_on = ma.fields.Date(allow_none=True)
    review_on = ma.fields.Date(allow_none=True)


class RulesShown(ma.Schema):
    """Every figure, dated and cited."""

    rules = ma.fields.List(ma.fields.Nested(RuleShown), required=True)
    note = ma.fields.Constant(NOT_ADVICE)
