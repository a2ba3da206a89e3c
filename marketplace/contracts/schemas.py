"""What people type about a contract, and what programs read of one."""

from __future__ import annotations

import marshmallow as ma

from marketplace.kernel.fields import Command, Text, named


class PoNumber(Command):
    """The buyer's own number for what it bought."""

    po_number = Text(
        required=True,
        longest=50,
        **named("Purchase order number", hint="It is printed on every invoice issued from now on."),
    )


class ContractBody(ma.Schema):
    """A contract; sums in whole pence, net of VAT."""

    id = ma.fields.UUID()
    reference = ma.fields.String()
    buyer_id = ma.fields.UUID()
    buyer_name = ma.fields.String()
    supplier_id = ma.fields.UUID()
    supplier_name = ma.fields.String()
    source = ma.fields.String()
    source_id = ma.fields.UUID()
    title = ma.fields.String()
    summary = ma.fields.String(
        allow_none=True,
        metadata={"description": "What the listing said when it was ordered; null if awarded."},
    )
    description = ma.fields.String(allow_none=True)
    delivery = ma.fields.String(allow_none=True)
    places_served = ma.fields.String(allow_none=True)
    kind = ma.fields.String(allow_none=True, metadata={"description": "Service, or what was handed over."})
    licence = ma.fields.String(
        allow_none=True, metadata={"description": "What the buyer may do with knowledge."}
    )
    trial_months = ma.fields.Integer(
        allow_none=True, metadata={"description": "Longest trial in months; null: none."}
    )
    trial_percent = ma.fields.Integer(metadata={"description": "Part of the price that a trial costs."})
    trial_terms = ma.fields.String(allow_none=True, metadata={"description": "What else holds for a trial."})
    unit = ma.fields.String()
    quantity = ma.fields.Integer()
    unit_price_pence = ma.fields.Integer()
    price_lines = ma.fields.List(
        ma.fields.Dict(),
        metadata={"description": "What a whole charge is made of, where that is more than one line."},
    )
    cadence = ma.fields.String()
    periods = ma.fields.Integer()
    vat_treatment = ma.fields.String()
    starts_on = ma.fields.Date()
    ends_on = ma.fields.Date()
    net_pence = ma.fields.Integer()
    term_starts = ma.fields.List(
        ma.fields.Date(),
        allow_none=True,
        metadata={"description": "First days of the supplier's own terms; null: the national ones."},
    )
    is_split_in_april = ma.fields.Boolean(
        metadata={"description": "Whether each year is charged in two parts, before and after 1 April."}
    )
    minimum_periods = ma.fields.Integer(metadata={"description": "Charge periods that it lasts at least."})
    notice_days = ma.fields.Integer(
        allow_none=True, metadata={"description": "Notice of an early end, in days; null: there is none."}
    )
    po_number = ma.fields.String(allow_none=True)
    state = ma.fields.String()
    buyer_signed_by = ma.fields.String(
        allow_none=True, metadata={"description": "Null for the supplier: it sees the organisation."}
    )
    buyer_signed_at = ma.fields.DateTime(allow_none=True)
    supplier_signed_by = ma.fields.String(allow_none=True, metadata={"description": "Null for the buyer."})
    created_at = ma.fields.DateTime(metadata={"description": "When it was signed."})


class ContractCharge(ma.Schema):
    """One charge: its days, both included, and its sums in whole pence."""

    starts_on = ma.fields.Date()
    ends_on = ma.fields.Date()
    net_pence = ma.fields.Integer()
    vat_pence = ma.fields.Integer()
    gross_pence = ma.fields.Integer()


class OneContract(ContractBody):
    """One contract with every charge and its whole-life sums."""

    vat_pence = ma.fields.Integer()
    gross_pence = ma.fields.Integer()
    charges = ma.fields.List(ma.fields.Nested(ContractCharge))


class ContractList(ma.Schema):
    """One page of contracts, newest first."""

    items = ma.fields.List(ma.fields.Nested(ContractBody))
    next_after = ma.fields.UUID(allow_none=True)


class After(ma.Schema):
    """Where a page begins."""

    after = ma.fields.UUID(load_default=None, metadata={"description": "next_after of the page before"})
