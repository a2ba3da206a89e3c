"""What sellers type about a listing, and what buyers look for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import marshmallow as ma

from marketplace.catalogue import describing
from marketplace.catalogue.kinds import (
    CATEGORY_WORDS,
    DELIVERY_WORDS,
    LISTING_KIND_WORDS,
    UNIT_WORDS,
    Basis,
    Cadence,
    CapacityUnit,
    Category,
    Delivery,
    ListingKind,
    ListingState,
    VatTreatment,
)
from marketplace.catalogue.plan_schemas import MOST_UNITS
from marketplace.catalogue.shapes import DetailShown
from marketplace.kernel.fields import Choice, Command, Identifier, Text, WholeNumber, YesNo, named
from marketplace.trusts.kinds import Standing


class Month(ma.fields.Field[date]):
    """A month as YYYY-MM, from 2000 to 2100; loaded as its first day."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:%Y-%m}"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", value):
            raise ma.ValidationError("Select a month, like 2027-09")
        return date.fromisoformat(f"{value}-01")


class DescribeListing(Command):
    """What is offered, in words. Knowledge is sold by the licence and sent; a service has no licence."""

    kind = Choice(
        ListingKind,
        LISTING_KIND_WORDS,
        load_default=ListingKind.SERVICE,
        **named("What is offered", missing="Select what is offered"),
    )
    category = Choice(
        Category, CATEGORY_WORDS, required=True, **named("Category", missing="Select a category")
    )
    title = Text(
        required=True,
        longest=120,
        **named(
            "Name",
            hint="What it is, in a few words. For example, Qualified estates manager, 2 days a week",
            missing="Enter a name",
        ),
    )
    summary = Text(
        required=True,
        longest=300,
        lines=True,
        **named(
            "Summary", hint="One or two sentences that buyers see in the list", missing="Enter a summary"
        ),
    )
    description = Text(
        required=True,
        longest=5_000,
        lines=True,
        **named(
            "Description",
            hint="What is done or handed over, and what the buyer must provide",
            missing="Enter a description",
        ),
    )
    delivery = Choice(
        Delivery,
        DELIVERY_WORDS,
        required=True,
        **named("Where the work is done", missing="Select where the work is done"),
    )
    places_served = Text(
        validate=ma.validate.Length(min=1, error="Enter the places served"),
        **named(
            "Places served",
            hint="In your own words, until the reach is set; then it follows from that",
        ),
    )
    unit = Choice(
        CapacityUnit,
        {unit: several.capitalize() for unit, (_, several) in UNIT_WORDS.items()},
        required=True,
        **named(
            "What is sold",
            hint="Capacity and prices are counted in it, so it stays once you have entered those",
            missing="Select what is sold",
        ),
    )
    licence = Text(
        longest=2_000,
        lines=True,
        allow_none=True,
        **named(
            "Licence: what buyers may do with it",
            hint="For example, use and change it in their own schools, and not pass it on",
        ),
    )
    is_unlimited = YesNo(**named("Any number of buyers can have it"))

    @ma.pre_load
    def _imply(self, data: Any, **_: Any) -> Any:
        """What needs no asking about knowledge."""
        kind = data.get("kind") if isinstance(data, Mapping) else None
        known = next((one for one in ListingKind if one.value == kind), ListingKind.SERVICE)
        return {**describing.implied(known), **data} if describing.is_knowledge(known) else data

    @ma.validates_schema(skip_on_field_errors=False)
    def _check_kind(self, data: dict[str, Any], **_: Any) -> None:
        """Said together with what is wrong in the other fields; parts that are not sent are known later."""
        if not {"kind", "unit"} <= data.keys() or self.partial:
            return
        faults = describing.faults(
            data["kind"], data["unit"], data.get("licence"), bool(data.get("is_unlimited"))
        )
        if faults:
            raise ma.ValidationError({field: [sentence] for field, sentence in faults.items()})


class ReviseListing(DescribeListing):
    """What is to change of the description; what is not sent stays."""

    def __init__(self, **more: Any) -> None:
        super().__init__(partial=True, **more)


class SetCapacity(Command):
    """How many units are offered in each month of a time."""

    first_month = Month(required=True, **named("First month", missing="Select the first month"))
    last_month = Month(required=True, **named("Last month", missing="Select the last month"))
    units = WholeNumber(
        required=True,
        most=MOST_UNITS,
        **named(
            "Units in each month",
            hint="Months that already have capacity get this number instead. Enter 0 to offer nothing.",
            missing="Enter the units in each month",
        ),
    )

    @ma.validates_schema(skip_on_field_errors=False)
    def _check_order(self, data: dict[str, Any], **_: Any) -> None:
        """Said together with what is wrong in the other fields."""
        first, last = data.get("first_month"), data.get("last_month")
        if first and last and last < first:
            raise ma.ValidationError("The last month must be the same as or after the first.", "last_month")


class PageOfListings(Command):
    """Where a page of a list begins."""

    after = Identifier(load_default=None, allow_none=True, **named("Page"))


class ListingPlanShown(ma.Schema):
    """How a listing is charged."""

    plan_id = ma.fields.UUID(metadata={"description": "Identifier of the plan"})
    cadence = ma.fields.Enum(Cadence, by_value=True, metadata={"description": "How often it is charged"})
    unit_price_pence = ma.fields.Integer(metadata={"description": "Net price of one unit in pence"})
    vat_treatment = ma.fields.Enum(VatTreatment, by_value=True, metadata={"description": "VAT treatment"})
    basis = ma.fields.Enum(Basis, by_value=True, metadata={"description": "What the price is for"})
    fixed_pence = ma.fields.Integer(metadata={"description": "Fixed fee in every charge, net, in pence"})
    is_split_in_april = ma.fields.Boolean(
        metadata={"description": "Whether each year is charged in two parts, before and after 1 April"}
    )
    phase_prices = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        metadata={"description": "Net prices in pence by phase, where a phase has its own"},
    )
    units_each = ma.fields.Integer(
        metadata={"description": "Capacity taken in each month, by each school or by the whole"}
    )
    bundle_units = ma.fields.Integer(allow_none=True, metadata={"description": "Units in a bundle"})
    carried_over = ma.fields.Integer(metadata={"description": "Unused units carried over, at the most"})
    minimum_periods = ma.fields.Integer(metadata={"description": "Charge periods of the shortest order"})
    notice_days = ma.fields.Integer(
        allow_none=True, metadata={"description": "Notice of an early end, in days; null: there is none"}
    )


class ListingPeriodShown(ma.Schema):
    """The capacity of one month."""

    period_id = ma.fields.UUID(metadata={"description": "Identifier of the capacity period"})
    starts_on = ma.fields.Date(metadata={"description": "First day"})
    ends_on = ma.fields.Date(metadata={"description": "Last day, included"})
    units = ma.fields.Integer(metadata={"description": "Units offered"})
    left = ma.fields.Integer(metadata={"description": "Units that can still be taken"})


class ListedShown(ma.Schema):
    """A listing in a list."""

    id = ma.fields.UUID(metadata={"description": "Identifier of the listing"})
    seller_id = ma.fields.UUID(metadata={"description": "Identifier of the selling organisation"})
    seller_name = ma.fields.String(metadata={"description": "Name of the selling organisation"})
    seller_standing = ma.fields.Enum(
        Standing, by_value=True, metadata={"description": "What the operator knows of the seller"}
    )
    state = ma.fields.Enum(ListingState, by_value=True, metadata={"description": "State of the listing"})
    category = ma.fields.Enum(Category, by_value=True, metadata={"description": "What it helps with"})
    title = ma.fields.String(metadata={"description": "Name of the service"})
    summary = ma.fields.String(metadata={"description": "One or two sentences"})
    places_served = ma.fields.String(metadata={"description": "Where buyers can be"})
    unit = ma.fields.Enum(CapacityUnit, by_value=True, metadata={"description": "What is sold"})
    plans = ma.fields.List(ma.fields.Nested(ListingPlanShown), metadata={"description": "Prices"})
    next_open = ma.fields.Nested(
        ListingPeriodShown, allow_none=True, metadata={"description": "First month with something left"}
    )


class ListingShown(DetailShown):
    """A listing with everything that its page shows."""

    id = ma.fields.UUID(metadata={"description": "Identifier of the listing"})
    seller_id = ma.fields.UUID(metadata={"description": "Identifier of the selling organisation"})
    seller_name = ma.fields.String(metadata={"description": "Name of the selling organisation"})
    seller_standing = ma.fields.Enum(
        Standing, by_value=True, metadata={"description": "What the operator knows of the seller"}
    )
    state = ma.fields.Enum(ListingState, by_value=True, metadata={"description": "State of the listing"})
    category = ma.fields.Enum(Category, by_value=True, metadata={"description": "What it helps with"})
    title = ma.fields.String(metadata={"description": "Name of the service"})
    summary = ma.fields.String(metadata={"description": "One or two sentences"})
    description = ma.fields.String(metadata={"description": "What is done, by whom"})
    delivery = ma.fields.Enum(Delivery, by_value=True, metadata={"description": "Where the work is done"})
    places_served = ma.fields.String(metadata={"description": "Places served"})
    unit = ma.fields.Enum(CapacityUnit, by_value=True, metadata={"description": "What is sold"})
    published_at = ma.fields.AwareDateTime(
        allow_none=True, metadata={"description": "When it was first published"}
    )
    version = ma.fields.Integer(metadata={"description": "Rises with every change"})
    plans = ma.fields.List(ma.fields.Nested(ListingPlanShown), metadata={"description": "Prices"})
    capacity = ma.fields.List(
        ma.fields.Nested(ListingPeriodShown), metadata={"description": "Capacity by month"}
    )


class ListingPublished(ListingShown):
    """A listing that was published just now."""

    warnings = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "Prices at which nobody can order: capacity ends too soon. In sentences"},
    )


class ListingsShown(ma.Schema):
    """One page of listings."""

    items = ma.fields.List(ma.fields.Nested(ListedShown), metadata={"description": "Newest first"})
    next_after = ma.fields.UUID(
        allow_none=True, metadata={"description": "Send as `after` for the next page; null at the end"}
    )
