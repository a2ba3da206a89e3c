"""What sellers type about a price, and what buyers type to see what it comes to."""

from __future__ import annotations

import marshmallow as ma

from marketplace.catalogue.kinds import (
    BASIS_WORDS,
    PHASE_WORDS,
    VAT_WORDS,
    Basis,
    Cadence,
    Phase,
    VatTreatment,
)
from marketplace.kernel.fields import Choice, Command, Day, Identifier, Pence, WholeNumber, YesNo, named

MOST_UNITS = 100_000
HIGHEST_PRICE_PENCE = 10_000_000
"""With the most units and the most charge periods an order still stays below the limit of every sum."""
LONGEST_NOTICE = 366
CADENCE_LABELS = {
    Cadence.MONTHLY: "Each month",
    Cadence.TERMLY: "Each term",
    Cadence.ANNUAL: "Each year",
    Cadence.ONCE: "Once, for the whole time",
}


def _phase_price(phase: Phase) -> Pence:
    words = named(f"Price in {PHASE_WORDS[phase].lower()} (optional)")
    return Pence(load_default=None, allow_none=True, most=HIGHEST_PRICE_PENCE, **words)


class SetPlan(Command):
    """How a listing is charged: what the price is for, how often, and for how long at least."""

    basis = Choice(
        Basis,
        BASIS_WORDS,
        load_default=Basis.UNIT,
        **named("What is the price for?", missing="Select what the price is for"),
    )
    unit_price_pence = Pence(
        required=True,
        least=1,
        most=HIGHEST_PRICE_PENCE,
        **named("Price, excluding VAT", missing="Enter the price"),
    )
    fixed_pence = Pence(
        load_default=0,
        most=HIGHEST_PRICE_PENCE,
        **named("Fixed fee, excluding VAT (optional)", hint="On top of the price, in every charge"),
    )
    nursery_price_pence = _phase_price(Phase.NURSERY)
    primary_price_pence = _phase_price(Phase.PRIMARY)
    secondary_price_pence = _phase_price(Phase.SECONDARY)
    sixteen_plus_price_pence = _phase_price(Phase.SIXTEEN_PLUS)
    special_price_pence = _phase_price(Phase.SPECIAL)
    units_each = WholeNumber(
        load_default=1,
        least=1,
        most=MOST_UNITS,
        **named("Capacity that it takes in each month", hint="For the whole service, or for each school"),
    )
    bundle_units = WholeNumber(
        load_default=None, allow_none=True, least=1, most=MOST_UNITS, **named("Units in a bundle")
    )
    carried_over = WholeNumber(
        load_default=0,
        most=MOST_UNITS,
        **named(
            "Unused units carried over",
            hint="Into the next charge period, at the most. Enter 0 if they are lost.",
        ),
    )
    cadence = Choice(
        Cadence,
        CADENCE_LABELS,
        required=True,
        **named("How often is it charged?", missing="Select how often it is charged"),
    )
    is_split_in_april = YesNo(
        load_default=False,
        **named(
            "Charge each year in two parts, by its months before and after 1 April",
            hint="7/12 and 5/12 from September: for schools whose financial year ends in March",
            legend="Schools of a local authority",
        ),
    )
    minimum_periods = WholeNumber(
        load_default=1,
        least=1,
        most=60,
        **named("Shortest order", hint="In months, terms or years, as it is charged"),
    )
    notice_days = WholeNumber(
        load_default=None,
        allow_none=True,
        most=LONGEST_NOTICE,
        **named(
            "Notice of an early end (optional)",
            hint="Buyers may end an order before its time, at the end of a month, term or year, after so "
            "many days of notice. Leave it empty if they may not.",
        ),
    )
    vat_treatment = Choice(
        VatTreatment,
        VAT_WORDS,
        required=True,
        **named(
            "VAT treatment",
            hint="You decide how it is treated. A seller not registered for VAT never charges it.",
            missing="Select the VAT treatment",
        ),
    )


class Calculate(Command):
    """What an order would come to: of which plan, how much, from when and for how long."""

    plan_id = Identifier(load_default=None, allow_none=True, **named("Price"))
    quantity = WholeNumber(
        load_default=None,
        allow_none=True,
        least=1,
        most=MOST_UNITS,
        **named("How many?", missing="Enter how many"),
    )
    starts_on = Day(
        load_default=None,
        allow_none=True,
        **named("From", hint="Leave it empty for the first month or term that has so much free"),
    )
    periods = WholeNumber(load_default=None, allow_none=True, least=1, most=60, **named("For how long?"))


class PriceLineShown(ma.Schema):
    """A part of every whole charge."""

    words = ma.fields.String(metadata={"description": "What it is for"})
    quantity = ma.fields.Integer(metadata={"description": "How many"})
    unit = ma.fields.String(metadata={"description": "Of what"})
    unit_price_pence = ma.fields.Integer(metadata={"description": "Net price of one in pence"})


class CalculatedCharge(ma.Schema):
    """One charge with its sums in whole pence."""

    starts_on = ma.fields.Date(metadata={"description": "First day; it is due then"})
    ends_on = ma.fields.Date(metadata={"description": "Last day, included"})
    net_pence = ma.fields.Integer(metadata={"description": "Net"})
    vat_pence = ma.fields.Integer(metadata={"description": "VAT"})
    gross_pence = ma.fields.Integer(metadata={"description": "Net and VAT"})


class CalculatedShown(ma.Schema):
    """What an order would cost over its whole life."""

    plan_id = ma.fields.UUID(metadata={"description": "The plan"})
    quantity = ma.fields.Integer(metadata={"description": "How many are counted"})
    uncounted_schools = ma.fields.List(
        ma.fields.String(), metadata={"description": "Your schools left out: nobody knows their pupils"}
    )
    is_free = ma.fields.Boolean(
        allow_none=True,
        metadata={"description": "Whether all of it is free now; null where any number can be had"},
    )
    availability = ma.fields.String(allow_none=True, metadata={"description": "The same in a sentence"})
    lines = ma.fields.List(
        ma.fields.Nested(PriceLineShown), metadata={"description": "What one whole charge is made of"}
    )
    charges = ma.fields.List(ma.fields.Nested(CalculatedCharge), metadata={"description": "By date"})
    net_pence = ma.fields.Integer(metadata={"description": "Whole life, net"})
    vat_pence = ma.fields.Integer(metadata={"description": "Whole life, VAT"})
    gross_pence = ma.fields.Integer(metadata={"description": "Whole life, net and VAT"})
