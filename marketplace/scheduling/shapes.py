"""What the JSON of capacity and waiting lists shows, and what it takes beside what forms do."""

from __future__ import annotations

import marshmallow as ma

from marketplace.catalogue.kinds import Cadence, CapacityUnit
from marketplace.kernel.fields import Command, Day, WholeNumber, named
from marketplace.scheduling.columns import MOST_UNITS
from marketplace.scheduling.kinds import WaitingState


class PeriodInput(Command):
    """One time and what is offered in it."""

    starts_on = Day(required=True, **named("First day"))
    ends_on = Day(required=True, **named("Last day"))
    units = WholeNumber(required=True, most=MOST_UNITS, **named("Units"))


class SetPeriods(Command):
    """Many times at once: all are set, or none."""

    periods = ma.fields.List(
        ma.fields.Nested(PeriodInput),
        required=True,
        validate=ma.validate.Length(1, 1_000, error="Send from 1 to 1,000 periods"),
        **named("Periods"),
    )


class TimetableRowShown(ma.Schema):
    """One time of a listing."""

    starts_on = ma.fields.Date(metadata={"description": "First day"})
    ends_on = ma.fields.Date(metadata={"description": "Last day, included"})
    units = ma.fields.Integer(
        allow_none=True, metadata={"description": "Units offered; null where nothing is offered"}
    )
    taken = ma.fields.Integer(
        allow_none=True, metadata={"description": "Taken or held, to the seller; null to others"}
    )
    free = ma.fields.Integer(metadata={"description": "Units that can still be taken"})
    waiting = ma.fields.Integer(
        allow_none=True, metadata={"description": "How many wait for it, to the seller; null to others"}
    )
    waiting_units = ma.fields.Integer(
        allow_none=True, metadata={"description": "The units for which they wait; null to others"}
    )


class TimetableShown(ma.Schema):
    """The capacity of a listing over two years at most."""

    listing_id = ma.fields.UUID(metadata={"description": "Identifier of the listing"})
    unit = ma.fields.Enum(CapacityUnit, by_value=True, metadata={"description": "What is counted"})
    is_unlimited = ma.fields.Boolean(metadata={"description": "Whether there is no limit"})
    rows = ma.fields.List(ma.fields.Nested(TimetableRowShown), metadata={"description": "By date"})


class CapacityChangeShown(ma.Schema):
    """What a rule makes of one month."""

    starts_on = ma.fields.Date(metadata={"description": "First day"})
    ends_on = ma.fields.Date(metadata={"description": "Last day, included"})
    before = ma.fields.Integer(allow_none=True, metadata={"description": "Units until now; null for none"})
    taken = ma.fields.Integer(metadata={"description": "Units that are taken"})
    units = ma.fields.Integer(metadata={"description": "Units that there would be"})
    fault = ma.fields.String(allow_none=True, metadata={"description": "Why it cannot be; null when it can"})


class CapacityHolidayShown(ma.Schema):
    """Days that a rule leaves out."""

    starts_on = ma.fields.Date(metadata={"description": "First day"})
    ends_on = ma.fields.Date(metadata={"description": "Last day, included"})


class CapacityPreviewShown(ma.Schema):
    """What a rule makes of every month."""

    changes = ma.fields.List(ma.fields.Nested(CapacityChangeShown), metadata={"description": "By month"})
    holidays = ma.fields.List(
        ma.fields.Nested(CapacityHolidayShown), metadata={"description": "School holidays that are left out"}
    )


class WaitingPlaceShown(ma.Schema):
    """A place in a waiting list, to the organisation that waits."""

    id = ma.fields.UUID(metadata={"description": "Identifier of the place"})
    listing_id = ma.fields.UUID(metadata={"description": "Identifier of the listing"})
    title = ma.fields.String(metadata={"description": "Name of the service"})
    state = ma.fields.Enum(WaitingState, by_value=True, metadata={"description": "Where it stands"})
    number = ma.fields.Integer(
        allow_none=True, metadata={"description": "Place in the line, from 1; null when it is not in one"}
    )
    quantity = ma.fields.Integer(metadata={"description": "Units wanted in each month"})
    unit = ma.fields.Enum(CapacityUnit, by_value=True, metadata={"description": "What is counted"})
    plan_id = ma.fields.UUID(metadata={"description": "Identifier of the plan"})
    cadence = ma.fields.Enum(Cadence, by_value=True, metadata={"description": "How often it is charged"})
    starts_on = ma.fields.Date(metadata={"description": "First day wanted"})
    periods = ma.fields.Integer(metadata={"description": "For how many months, terms or years"})
    ends_on = ma.fields.Date(metadata={"description": "Last day wanted, included"})
    answer_by_on = ma.fields.Date(
        allow_none=True, metadata={"description": "Until when it is held; null when nothing is"}
    )


class WaitingPlacesShown(ma.Schema):
    """What an organisation waits for."""

    items = ma.fields.List(ma.fields.Nested(WaitingPlaceShown), metadata={"description": "Newest first"})


class WaitingInLineShown(ma.Schema):
    """Somebody who waits, to the seller."""

    id = ma.fields.UUID(metadata={"description": "Identifier of the place"})
    buyer_id = ma.fields.UUID(metadata={"description": "Identifier of the organisation that waits"})
    buyer_name = ma.fields.String(metadata={"description": "Its name"})
    state = ma.fields.Enum(WaitingState, by_value=True, metadata={"description": "Where it stands"})
    quantity = ma.fields.Integer(metadata={"description": "Units wanted in each month"})
    starts_on = ma.fields.Date(metadata={"description": "First day wanted"})
    ends_on = ma.fields.Date(metadata={"description": "Last day wanted, included"})
    answer_by_on = ma.fields.Date(
        allow_none=True, metadata={"description": "Until when it is held; null when nothing is"}
    )


class WaitingLineShown(ma.Schema):
    """Who waits for a listing."""

    items = ma.fields.List(ma.fields.Nested(WaitingInLineShown), metadata={"description": "In order"})
