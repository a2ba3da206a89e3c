"""What buyers ask of the search, what they keep of it, and what programs get."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import marshmallow as ma

from marketplace.catalogue.kinds import (
    CATEGORY_WORDS,
    PHASE_WORDS,
    Basis,
    Cadence,
    CapacityUnit,
    Category,
    Delivery,
    ListingKind,
    ListingState,
    Phase,
    Reach,
    VatTreatment,
)
from marketplace.catalogue.plan_schemas import HIGHEST_PRICE_PENCE, MOST_UNITS
from marketplace.catalogue.pricing import add_months
from marketplace.catalogue.schemas import Month
from marketplace.finding import months, places
from marketplace.finding.kinds import (
    FREQUENCY_WORDS,
    NEAR_WORDS,
    SORT_WORDS,
    SOUGHT_WORDS,
    WAY_WORDS,
    Frequency,
    Near,
    Sort,
    Sought,
    Way,
)
from marketplace.kernel import clock
from marketplace.kernel.fields import (
    Choice,
    Command,
    Identifier,
    Pence,
    Text,
    Typed,
    WholeNumber,
    YesNo,
    named,
)
from marketplace.trusts.kinds import Standing

MOST_WORDS = 10
MOST_COMPARED = 4
CURSOR = re.compile(r"[0-9]{1,15}-[0-9]{1,16}")


def _few_words(text: str) -> None:
    if len(text.split()) > MOST_WORDS:
        raise ma.ValidationError(f"Use {MOST_WORDS} words or fewer")


class Cursor(ma.fields.Field[tuple[int, int]]):
    """Where a page begins: what the page before it ended with."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value[0]}-{value[1]}"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[int, int]:
        if not isinstance(value, str) or not CURSOR.fullmatch(value):
            raise ma.ValidationError("Follow the link to the next page again")
        first, second = value.split("-")
        return int(first), int(second)


class AskSearch(Command):
    """What is looked for: a question of question.py."""

    words = Text(load_default="", validate=_few_words, **named("What do you need?"))
    category = Choice(Category, CATEGORY_WORDS, load_default=None, allow_none=True, **named("Category"))
    place = Text(
        load_default="",
        allow_none=True,
        longest=places.LONGEST,
        **named("Place", hint="Postcode, town, school or local authority. Empty means your own trust."),
    )
    near = Choice(Near, NEAR_WORDS, load_default=None, allow_none=True, **named("Distance"))
    phase = Choice(Phase, PHASE_WORDS, load_default=None, allow_none=True, **named("Phase"))
    first_month = Month(load_default=None, allow_none=True, **named("From"))
    last_month = Month(load_default=None, allow_none=True, **named("To"))
    units = WholeNumber(
        load_default=None,
        allow_none=True,
        least=1,
        most=MOST_UNITS,
        **named("How much in each month", hint="In days, hours or places, as each service counts"),
    )
    most_pence = Pence(
        load_default=None,
        allow_none=True,
        most=HIGHEST_PRICE_PENCE,
        **named("Highest price of one, excluding VAT"),
    )
    way = Choice(Way, WAY_WORDS, load_default=None, allow_none=True, **named("Where the work is done"))
    sought = Choice(Sought, SOUGHT_WORDS, load_default=None, allow_none=True, **named("Kind"))
    trial = YesNo(load_default=False, **named("A trial is offered"))
    verified = YesNo(load_default=False, **named("Verified sellers"))
    members = YesNo(load_default=False, **named("Only for members of our partnerships"))
    sort = Choice(Sort, SORT_WORDS, load_default=None, allow_none=True, **named("Sort by"))
    exactly = YesNo(load_default=False, **named("As I spelt it"))

    @ma.post_load
    def _say_nothing_as_nothing(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"place": data["place"] or ""}

    @ma.validates_schema(skip_on_field_errors=False)
    def _check_months(self, data: dict[str, Any], **_: Any) -> None:
        """Said together with what is wrong in the other fields."""
        first, last = data.get("first_month"), data.get("last_month")
        this_month = clock.today().replace(day=1)
        farthest = add_months(this_month, months.AHEAD - 1)
        errors = {}
        for name, month in (("first_month", first), ("last_month", last)):
            if month and not this_month <= month <= farthest:
                errors[name] = [f"Choose a month between {this_month:%B %Y} and {farthest:%B %Y}"]
        if first and last and last < first:
            errors["last_month"] = ["The last month must be the same as or after the first"]
        if data.get("units") and not (first or last):
            errors["first_month"] = ["Select the months in which you need so much"]
        if errors:
            raise ma.ValidationError(errors)


class KeptSearch(AskSearch):
    """What was asked once, whose months may be over."""

    def _check_months(self, data: dict[str, Any], **_: Any) -> None:
        """Nothing is asked again."""


def read_address(asked: str, schema: type[AskSearch] = AskSearch) -> dict[str, Any] | None:
    """A search as its address has it after the question mark; None when it can be asked no more."""
    typed = {key: Typed(value) for key, value in parse_qsl(asked)}
    try:
        read: dict[str, Any] = schema().load(typed)
    except ma.ValidationError:
        return None
    return read


class FindListings(AskSearch):
    """A question, and where the page begins."""

    after = Cursor(load_default=None, allow_none=True, **named("Page"))


class CompareListings(Command):
    """Up to four listings."""

    listings = ma.fields.List(
        Identifier(),
        data_key="with",
        load_default=list,
        validate=ma.validate.Length(
            max=MOST_COMPARED, error=f"Compare up to {MOST_COMPARED} services at once"
        ),
        **named("Services"),
    )


class SaveSearch(Command):
    """A name for a search, and how often to hear of what is new in it."""

    name = Text(
        required=True,
        longest=100,
        **named("Name of the search", hint="For example, Payroll near us", missing="Enter a name"),
    )
    frequency = Choice(
        Frequency,
        FREQUENCY_WORDS,
        required=True,
        **named("Email me about new services", missing="Select how often to email you"),
    )


class FoundPlanShown(ma.Schema):
    """One way in which a listing is charged."""

    plan_id = ma.fields.UUID(metadata={"description": "Identifier of the plan"})
    cadence = ma.fields.Enum(Cadence, by_value=True, metadata={"description": "How often it is charged"})
    basis = ma.fields.Enum(Basis, by_value=True, metadata={"description": "What the price is for"})
    unit_price_pence = ma.fields.Integer(metadata={"description": "Net price of one in pence"})
    fixed_pence = ma.fields.Integer(metadata={"description": "Net sum on top of each charge in pence"})
    vat_treatment = ma.fields.Enum(VatTreatment, by_value=True, metadata={"description": "VAT treatment"})
    words = ma.fields.String(metadata={"description": "The price in words"})


class FoundPeriodShown(ma.Schema):
    """The capacity of one period."""

    period_id = ma.fields.UUID(metadata={"description": "Identifier of the capacity period"})
    starts_on = ma.fields.Date(metadata={"description": "First day"})
    ends_on = ma.fields.Date(metadata={"description": "Last day, included"})
    units = ma.fields.Integer(metadata={"description": "Units offered"})
    left = ma.fields.Integer(metadata={"description": "Units that can still be taken"})


class FoundListingShown(ma.Schema):
    """A listing that was found."""

    id = ma.fields.UUID(metadata={"description": "Identifier of the listing"})
    seller_id = ma.fields.UUID(metadata={"description": "Identifier of the selling organisation"})
    seller_name = ma.fields.String(metadata={"description": "Name of the selling organisation"})
    seller_standing = ma.fields.Enum(
        Standing, by_value=True, metadata={"description": "What the operator knows of the seller"}
    )
    seller_town = ma.fields.String(allow_none=True, metadata={"description": "Town of the seller"})
    state = ma.fields.Enum(ListingState, by_value=True, metadata={"description": "State of the listing"})
    category = ma.fields.Enum(Category, by_value=True, metadata={"description": "What it helps with"})
    kind = ma.fields.Enum(ListingKind, by_value=True, metadata={"description": "Service or knowledge"})
    title = ma.fields.String(metadata={"description": "Name of the service"})
    summary = ma.fields.String(metadata={"description": "One or two sentences"})
    delivery = ma.fields.Enum(Delivery, by_value=True, metadata={"description": "Where the work is done"})
    places_served = ma.fields.String(metadata={"description": "Where buyers can be, in words"})
    reach = ma.fields.Enum(Reach, by_value=True, metadata={"description": "Where buyers can be"})
    reach_miles = ma.fields.Integer(allow_none=True, metadata={"description": "How far buyers can be away"})
    phases = ma.fields.List(ma.fields.String(), metadata={"description": "For which phases; none means all"})
    unit = ma.fields.Enum(CapacityUnit, by_value=True, metadata={"description": "What is sold"})
    trial_months = ma.fields.Integer(allow_none=True, metadata={"description": "How long a trial lasts"})
    trial_percent = ma.fields.Integer(metadata={"description": "What a trial costs of the price"})
    is_members_only = ma.fields.Boolean(metadata={"description": "Only for a partnership's members"})
    is_unlimited = ma.fields.Boolean(metadata={"description": "Whether there is always enough"})
    published_at = ma.fields.AwareDateTime(metadata={"description": "When it was first published"})
    price_pence = ma.fields.Integer(allow_none=True, metadata={"description": "Lowest net price in pence"})
    plans = ma.fields.List(ma.fields.Nested(FoundPlanShown), metadata={"description": "Prices"})
    next_open = ma.fields.Nested(
        FoundPeriodShown, allow_none=True, metadata={"description": "First period with something left"}
    )
    checks = ma.fields.List(ma.fields.String(), metadata={"description": "What was checked of its people"})
    metres = ma.fields.Integer(
        allow_none=True, metadata={"description": "From the place asked for to the seller; null without one"}
    )


class FoundShown(ma.Schema):
    """One page of what was found."""

    total = ma.fields.Integer(metadata={"description": "How many were found; at least, when is_more is true"})
    is_more = ma.fields.Boolean(metadata={"description": "Whether there are more than the total says"})
    corrected = ma.fields.String(
        allow_none=True, metadata={"description": "The words that were meant, when they were misspelt"}
    )
    place = ma.fields.String(allow_none=True, metadata={"description": "The place that was understood"})
    items = ma.fields.List(ma.fields.Nested(FoundListingShown), metadata={"description": "As sorted"})
    next_after = ma.fields.String(
        allow_none=True, metadata={"description": "Send as `after` for the next page; null at the end"}
    )
