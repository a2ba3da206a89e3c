"""What people type to order and to decide."""

from __future__ import annotations

import marshmallow as ma

from marketplace.catalogue.plan_schemas import PriceLineShown
from marketplace.delegation.schemas import Approving
from marketplace.delegation.shapes import RulingBody
from marketplace.kernel.fields import Command, Day, Identifier, Text, WholeNumber, named
from marketplace.ordering.states import Move, OrderState, Side

LARGEST_QUANTITY = 100_000
MOST_PERIODS = 60
MOST_SCHOOLS = 200
LONGEST_REASON = 500


class OrderInput(Command):
    """How much, from when and for how long; the note goes to the seller."""

    quantity = WholeNumber(
        load_default=None,
        allow_none=True,
        least=1,
        most=LARGEST_QUANTITY,
        **named("How many do you need?", missing="Enter how many you need"),
    )
    school_ids = ma.fields.List(
        Identifier(),
        load_default=(),
        validate=ma.validate.Length(max=MOST_SCHOOLS),
        **named(
            "Which schools is it for?",
            hint="The price counts them, or their pupils",
            missing="Select the schools that the order is for",
        ),
    )
    starts_on = Day(
        required=True,
        **named(
            "When should it start?",
            hint="For example, 1 4 2027. Every month with a day of the order is taken: from the middle of a "
            "month that is one more than the order lasts.",
            missing="Enter a start date",
        ),
    )
    plan_id = Identifier(
        allow_none=True,
        load_default=None,
        **named("How do you want to be charged?", missing="Select how you want to be charged"),
    )
    periods = WholeNumber(
        required=True,
        least=1,
        most=MOST_PERIODS,
        **named("For how long?", missing="Enter for how long you need it"),
    )
    po_number = Text(
        longest=50,
        allow_none=True,
        load_default=None,
        **named("Purchase order number", hint="It is printed on every invoice of this order."),
    )
    cost_centre_id = Identifier(
        allow_none=True,
        load_default=None,
        **named("Cost centre", hint="Whose budget pays", missing="Select the cost centre that pays"),
    )
    note = Text(
        longest=1_000,
        lines=True,
        allow_none=True,
        load_default=None,
        **named("Note to the seller (optional)", hint="For example, which schools it is for."),
    )


class OrderHeld(Command):
    """What an order needs beside what is held for whoever waited, and which listing and terms were shown."""

    listing_version = WholeNumber(
        required=True, least=1, **named("Listing", missing="Look at this order again before you place it")
    )
    term_starts = Text(load_default="", **named("First days of the seller's terms"))

    po_number = Text(
        longest=50,
        allow_none=True,
        load_default=None,
        **named("Purchase order number", hint="It is printed on every invoice of this order."),
    )
    cost_centre_id = Identifier(
        allow_none=True,
        load_default=None,
        **named("Cost centre", hint="Whose budget pays", missing="Select the cost centre that pays"),
    )


class StartOrder(OrderInput):
    """The same, of one listing."""

    listing_id = Identifier(required=True, **named("Listing"))
    periods = WholeNumber(
        load_default=None,
        allow_none=True,
        least=1,
        most=MOST_PERIODS,
        **named("For how long?", hint="Not needed for knowledge that is charged once"),
    )


class SendBack(Command):
    """What must be changed."""

    reason = Text(
        required=True,
        longest=LONGEST_REASON,
        lines=True,
        **named("What should be changed?", missing="Enter what should be changed"),
    )


class Reject(Command):
    """Why it will not be ordered."""

    reason = Text(
        required=True,
        longest=LONGEST_REASON,
        lines=True,
        **named("Why do you reject it?", missing="Enter why you reject it"),
    )


class Decline(Command):
    """Why the seller says no."""

    reason = Text(
        required=True,
        longest=LONGEST_REASON,
        lines=True,
        **named(
            "Why do you decline it?", hint="The buyer will read this.", missing="Enter why you decline it"
        ),
    )


class Seen(Command):
    """Which writing of the order the person looked at who is to be bound by it."""

    version = WholeNumber(
        required=True,
        least=1,
        **named("Version", hint="The order's version as you read it", missing="Send the version you read"),
    )


class EndEarly(Seen):
    """That writing, and after how many charge periods it ends."""

    periods = WholeNumber(
        required=True, least=1, most=MOST_PERIODS, **named("Last day", missing="Select the last day")
    )


class Approve(Seen, Approving):
    """That writing, and what the approver says where the scheme of delegation asks for it."""


class OrdersQuery(ma.Schema):
    """Which orders, and where the page begins."""

    side = ma.fields.Enum(Side, by_value=True, load_default=Side.BOUGHT)
    after = ma.fields.UUID(load_default=None, metadata={"description": "next_after of the page before"})


class OrderSummary(ma.Schema):
    """An order in a list; sums in whole pence, net of VAT."""

    id = ma.fields.UUID()
    reference = ma.fields.String()
    state = ma.fields.Enum(OrderState, by_value=True)
    buyer_id = ma.fields.UUID()
    buyer_name = ma.fields.String()
    seller_id = ma.fields.UUID()
    seller_name = ma.fields.String()
    listing_id = ma.fields.UUID()
    listing_version = ma.fields.Integer()
    title = ma.fields.String()
    unit = ma.fields.String()
    unit_price_pence = ma.fields.Integer()
    cadence = ma.fields.String()
    plan_id = ma.fields.UUID(allow_none=True)
    basis = ma.fields.String(metadata={"description": "What the price is for."})
    fixed_pence = ma.fields.Integer()
    minimum_periods = ma.fields.Integer()
    notice_days = ma.fields.Integer(
        allow_none=True, metadata={"description": "Null: it cannot be ended early."}
    )
    vat_treatment = ma.fields.String()
    quantity = ma.fields.Integer()
    starts_on = ma.fields.Date()
    ends_on = ma.fields.Date()
    periods = ma.fields.Integer()
    net_pence = ma.fields.Integer()
    version = ma.fields.Integer(metadata={"description": "Raised by each change; send it to be bound."})
    po_number = ma.fields.String(allow_none=True)
    note = ma.fields.String(allow_none=True)
    cost_centre_id = ma.fields.UUID(allow_none=True, metadata={"description": "Null for the seller"})
    requested_by = ma.fields.String(allow_none=True, metadata={"description": "Null for the seller"})
    answer_by_on = ma.fields.Date(allow_none=True)
    created_at = ma.fields.DateTime()
    placed_at = ma.fields.DateTime(allow_none=True)


class OrderList(ma.Schema):
    """One page of orders, newest first."""

    items = ma.fields.List(ma.fields.Nested(OrderSummary))
    next_after = ma.fields.UUID(allow_none=True)


class ChargeBody(ma.Schema):
    """One charge: its days, both included, and its sums in whole pence."""

    starts_on = ma.fields.Date()
    ends_on = ma.fields.Date()
    net_pence = ma.fields.Integer()
    vat_pence = ma.fields.Integer()
    gross_pence = ma.fields.Integer()


class MoveBody(ma.Schema):
    """What happened to an order, when, by which side (none when its day had come) and why."""

    move = ma.fields.Enum(Move, by_value=True)
    at = ma.fields.DateTime()
    organisation_name = ma.fields.String(allow_none=True)
    person_name = ma.fields.String(
        allow_none=True, metadata={"description": "Null for the other side: it sees the organisation."}
    )
    reason = ma.fields.String(allow_none=True)


class GivenBody(ma.Schema):
    """Who approved, for whom when somebody was away, and what they said; empty for the seller."""

    person = ma.fields.String()
    absent = ma.fields.String(allow_none=True)
    at = ma.fields.DateTime()
    quotes_note = ma.fields.String()
    over_budget_reason = ma.fields.String()
    counts = ma.fields.Boolean(
        allow_none=True,
        metadata={
            "description": "While it waits: false once the limit used may not approve it any more; then null."
        },
    )


class FindingBody(ma.Schema):
    """What one rule says about the order, for its buyer; it is not legal advice."""

    about = ma.fields.String()
    rule = ma.fields.String()
    sentence = ma.fields.String()
    source = ma.fields.String()
    address = ma.fields.String(allow_none=True)
    sure = ma.fields.String()
    figure = ma.fields.Integer(allow_none=True)
    unit = ma.fields.String(allow_none=True)
    from_on = ma.fields.Date()
    to_on = ma.fields.Date(allow_none=True)


class SchoolBody(ma.Schema):
    """A school that an order is for, with the pupils that are charged."""

    school_id = ma.fields.UUID(allow_none=True)
    name = ma.fields.String()
    phase = ma.fields.String(allow_none=True)
    pupils = ma.fields.Integer()
    counted_on = ma.fields.Date(
        allow_none=True, metadata={"description": "Null: as the schools register had them."}
    )


class EarlyEndBody(ma.Schema):
    """A day on which an order may end early, and what is not charged then, net."""

    periods = ma.fields.Integer()
    ends_on = ma.fields.Date()
    saved_pence = ma.fields.Integer()


class OrderBody(OrderSummary):
    """One order with its charges, its history and the moves that the token's person may make."""

    vat_pence = ma.fields.Integer()
    gross_pence = ma.fields.Integer()
    units = ma.fields.Integer(metadata={"description": "Capacity that it takes in each month."})
    lines = ma.fields.List(ma.fields.Nested(PriceLineShown))
    schools = ma.fields.List(ma.fields.Nested(SchoolBody))
    contract_id = ma.fields.UUID(allow_none=True)
    approval_limit_pence = ma.fields.Integer(
        allow_none=True, metadata={"description": "The buyer's limit when it was sent; null for the seller."}
    )
    ruling = ma.fields.Nested(
        RulingBody,
        allow_none=True,
        metadata={"description": "What the buyer's scheme says while it is not placed; null for the seller."},
    )
    approvals = ma.fields.List(ma.fields.Nested(GivenBody))
    summary = ma.fields.String(metadata={"description": "What the listing said when the order was written."})
    description = ma.fields.String()
    delivery = ma.fields.String()
    places_served = ma.fields.String()
    kind = ma.fields.String(metadata={"description": "Service or knowledge."})
    licence = ma.fields.String(
        allow_none=True, metadata={"description": "What the buyer may do with knowledge."}
    )
    trial_months = ma.fields.Integer(
        allow_none=True, metadata={"description": "Longest trial in months; null: none."}
    )
    trial_percent = ma.fields.Integer(metadata={"description": "Part of the price that a trial costs."})
    trial_terms = ma.fields.String(allow_none=True, metadata={"description": "What else holds for a trial."})
    charges = ma.fields.List(ma.fields.Nested(ChargeBody))
    history = ma.fields.List(ma.fields.Nested(MoveBody))
    early_ends = ma.fields.List(
        ma.fields.Nested(EarlyEndBody), metadata={"description": "When notice given today can end it."}
    )
    related_parties = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "How the buyer and the seller are related, for the buyer; each a path."},
    )
    findings = ma.fields.List(ma.fields.Nested(FindingBody))
    actions = ma.fields.List(ma.fields.Enum(Move, by_value=True))
