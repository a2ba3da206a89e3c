"""What people type about needs, prices, rounds and commitments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from marketplace.aggregation import tiers
from marketplace.aggregation.tiers import MOST_TIERS, Tier
from marketplace.aggregation.timetable import MOST_MONTHS
from marketplace.catalogue.kinds import CATEGORY_WORDS, VAT_WORDS, Category, VatTreatment
from marketplace.delegation.schemas import Approving
from marketplace.kernel.fields import Choice, Command, Day, Identifier, Pence, Text, WholeNumber, named

MOST_UNITS = 1_000_000
HIGHEST_PRICE_PENCE = 10_000_000
"""£100,000 a unit: with the most units the sum still stays below the limit of every sum."""
LONGEST_REASON = 500
COLUMNS = {"from_units": "from", "unit_price_pence": "price"}


class Unpriced(Command):
    """A price list without its tiers."""

    title = Text(
        required=True, longest=120, **named("What is sold", hint="For example, Laptop for pupils, 11 inch")
    )
    unit = Text(
        required=True,
        longest=60,
        **named("One unit", hint="What the price is for, such as laptop", missing="Enter one unit"),
    )
    unit_plural = Text(
        required=True,
        longest=60,
        **named(
            "Several units", hint="The same word for many, such as laptops", missing="Enter several units"
        ),
    )
    category = Choice(
        Category, CATEGORY_WORDS, required=True, **named("Category", missing="Select a category")
    )
    vat_treatment = Choice(VatTreatment, VAT_WORDS, required=True, **named("VAT", missing="Select the VAT"))
    source = Text(
        required=True,
        **named(
            "Where these prices are published",
            hint="The framework and its reference, or your own price list and its date",
        ),
    )


class TierGiven(Command):
    """From so many units on, every unit costs this."""

    from_units = WholeNumber(required=True, least=1, most=MOST_UNITS, **named("From this many units"))
    unit_price_pence = Pence(
        required=True, least=1, most=HIGHEST_PRICE_PENCE, **named("Price of one unit, excluding VAT")
    )


class PublishPriceList(Unpriced):
    """A price list with one to six tiers."""

    tiers = ma.fields.List(
        ma.fields.Nested(TierGiven),
        required=True,
        validate=ma.validate.Length(1, MOST_TIERS, error=f"Give 1 to {MOST_TIERS} tiers"),
        metadata={"label": "Prices"},
    )

    @ma.post_load
    def make_tiers(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Rising thresholds and falling prices, or a fault at its row."""
        data["tiers"] = [Tier(**row) for row in data["tiers"]]
        found = {
            fault.row: {fault.column: [fault.sentence]} for fault in reversed(tiers.faults(data["tiers"]))
        }
        if found:
            raise ma.ValidationError({"tiers": found})
        return data


def _from(row: int) -> WholeNumber:
    words = named(f"Row {row}: from this many")
    return WholeNumber(allow_none=True, least=1, most=MOST_UNITS, **words)


def _price(row: int) -> Pence:
    return Pence(allow_none=True, least=1, most=HIGHEST_PRICE_PENCE, **named(f"Row {row}: price of one"))


class TypePriceList(Unpriced):
    """The same list as a form: six rows of two fields, of which the later ones may stay empty."""

    from_1 = _from(1)
    price_1 = _price(1)
    from_2 = _from(2)
    price_2 = _price(2)
    from_3 = _from(3)
    price_3 = _price(3)
    from_4 = _from(4)
    price_4 = _price(4)
    from_5 = _from(5)
    price_5 = _price(5)
    from_6 = _from(6)
    price_6 = _price(6)

    @ma.post_load
    def make_tiers(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """The rows that were filled, as tiers; a fault stands beside its own field."""
        rows = {
            number: {column: data.pop(f"{prefix}_{number}", None) for column, prefix in COLUMNS.items()}
            for number in range(1, MOST_TIERS + 1)
        }
        filled = {number: row for number, row in rows.items() if set(row.values()) != {None}}
        _refuse_halves(filled)
        data["tiers"] = [Tier(**row) for row in filled.values()]
        numbers = list(filled) or [1]
        faults = tiers.faults(data["tiers"])
        if faults:
            raise ma.ValidationError(
                {f"{COLUMNS[fault.column]}_{numbers[fault.row]}": [fault.sentence] for fault in faults}
            )
        return data


def _refuse_halves(rows: Mapping[int, Mapping[str, int | None]]) -> None:
    missing = {
        f"{COLUMNS[column]}_{number}": ["Enter the quantity and the price, or leave both empty"]
        for number, row in rows.items()
        for column, value in row.items()
        if value is None
    }
    if missing:
        raise ma.ValidationError(missing)


class PostRequest(Command):
    """A need."""

    title = Text(required=True, longest=120, **named("What you need", hint="For example, Laptops for pupils"))
    category = Choice(
        Category, CATEGORY_WORDS, required=True, **named("Category", missing="Select a category")
    )
    unit_plural = Text(
        required=True,
        longest=60,
        **named(
            "What you count", hint="The word for several, such as laptops", missing="Enter what you count"
        ),
    )
    quantity = WholeNumber(required=True, least=1, most=MOST_UNITS, **named("How many"))
    ceiling_pence = Pence(
        required=True,
        least=1,
        most=HIGHEST_PRICE_PENCE,
        **named(
            "The most you would pay for one, excluding VAT",
            hint="Only your trust sees this",
            missing="Enter the most you would pay for one",
        ),
    )
    baseline_pence = Pence(
        allow_none=True,
        most=HIGHEST_PRICE_PENCE,
        load_default=None,
        **named("What you pay for one today, excluding VAT (optional)", hint="Only your trust sees this"),
    )
    note = Text(
        longest=2_000,
        lines=True,
        load_default="",
        **named("What other trusts should know (optional)", hint="Do not put prices or people's names here"),
    )


class StartRound(Command):
    """What a lead decides."""

    price_list_id = Identifier(required=True, **named("Price list", missing="Select a price list"))
    title = Text(
        required=True,
        longest=120,
        **named("Name of the round", hint="For example, Laptops for pupils, autumn 2027"),
    )
    specification = Text(
        required=True,
        longest=5_000,
        lines=True,
        **named("What every trust gets", hint="The specification, delivery and anything that is included"),
    )
    closes_on = Day(
        required=True,
        **named(
            "Closing date", hint="Trusts can commit until the end of this day", missing="Enter a closing date"
        ),
    )
    starts_on = Day(
        required=True,
        **named(
            "Contracts start on",
            hint="After the closing date. Award the round by this day: later it ends without an award.",
            missing="Enter a start date",
        ),
    )
    months = WholeNumber(
        required=True,
        least=1,
        most=MOST_MONTHS,
        **named("Length of the contracts, in months", missing="Enter the length of the contracts"),
    )
    minimum_units = WholeNumber(
        least=1,
        most=MOST_UNITS,
        load_default=1,
        **named(
            "Fewest units worth buying",
            hint="Below this nothing is awarded and nobody owes anything. Enter 1 for no minimum.",
        ),
    )


class Commit(Command):
    """What a trust binds itself to."""

    quantity = WholeNumber(required=True, least=1, most=MOST_UNITS, **named("How many you commit to"))
    ceiling_pence = Pence(
        required=True,
        least=1,
        most=HIGHEST_PRICE_PENCE,
        **named(
            "The most you would pay for one, excluding VAT",
            hint="Your ceiling. You never pay more than this, and only your trust sees it.",
            missing="Enter the most you would pay for one",
        ),
    )
    baseline_pence = Pence(
        allow_none=True,
        most=HIGHEST_PRICE_PENCE,
        load_default=None,
        **named(
            "What you pay for one today, excluding VAT (optional)",
            hint="We measure your saving against this. Only your trust sees it.",
        ),
    )
    po_number = Text(
        allow_none=True,
        longest=50,
        load_default=None,
        **named(
            "Purchase order number (optional)",
            hint="You can add it to your contract later",
        ),
    )
    purchase_request_id = Identifier(
        allow_none=True, load_default=None, **named("Your purchase request (optional)")
    )
    cost_centre_id = Identifier(
        allow_none=True,
        load_default=None,
        **named("Cost centre", hint="Whose budget pays", missing="Select the cost centre that pays"),
    )


class ApproveCommitment(Approving):
    """The figures that the approver has seen; when others stand now, nothing is approved."""

    quantity = WholeNumber(required=True, **named("Quantity that you have seen"))
    ceiling_pence = Pence(required=True, **named("Ceiling that you have seen, excluding VAT"))
    baseline_pence = Pence(
        allow_none=True, load_default=None, **named("Price of today that you have seen, excluding VAT")
    )
    cost_centre_id = Identifier(allow_none=True, load_default=None, **named("Cost centre that you have seen"))


class CloseRound(Command):
    """Closing before the closing date needs a reason; later none is asked for."""

    reason = Text(
        allow_none=True,
        longest=LONGEST_REASON,
        lines=True,
        load_default=None,
        **named("Why the round closes early", hint="Everybody in the round sees this"),
    )


class CancelRound(Command):
    """Why a round is called off."""

    reason = Text(
        required=True,
        longest=LONGEST_REASON,
        lines=True,
        **named(
            "Why the round is cancelled",
            hint="Everybody in the round sees this",
            missing="Enter why the round is cancelled",
        ),
    )


class PageAsked(Command):
    """Where a page of a list begins."""

    after = Identifier(allow_none=True, load_default=None, **named("The next page begins after this"))


class FindPriceLists(PageAsked):
    """Words that must all occur, and where the page begins."""

    words = Text(
        longest=100,
        load_default="",
        **named("Search price lists", hint="Every word must occur in what is sold or in the supplier’s name"),
    )
