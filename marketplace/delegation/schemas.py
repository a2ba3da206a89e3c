"""What people type to say who approves, what budgets hold, and who stands in for them."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from marketplace.delegation.kinds import APPROVER_WORDS, ApproverKind
from marketplace.delegation.rules import Row
from marketplace.kernel.fields import Choice, Command, Day, Identifier, Pence, Text, WholeNumber, YesNo, named
from marketplace.trusts.kinds import ROLE_WORDS, Role

APPROVING_ROLES = {
    role: ROLE_WORDS[role].capitalize() for role in (Role.APPROVER, Role.ADMINISTRATOR, Role.FINANCE)
}
LONGEST_REASON = 500
APPROVER_FIELDS = {ApproverKind.ROLE.value: "role", ApproverKind.PERSON.value: "person_id"}
NEEDED = {"role": "Select a role", "person_id": "Select a person"}


class ApprovalRules(Command):
    """From which sum on somebody approves, from which two do, PO numbers, and overspent budgets."""

    approval_limit_pence = Pence(
        required=True,
        **named(
            "Orders up to this sum need no approval",
            hint="Excluding VAT, over the whole life of the order. Enter 0 to have every order approved.",
            missing="Enter a sum, or 0 to have every order approved",
        ),
    )
    second_above_pence = Pence(
        allow_none=True,
        load_default=None,
        **named(
            "Above this sum two different people must approve (optional)",
            hint="Excluding VAT, over the whole life of the order. Leave it empty if one is always enough.",
        ),
    )
    requires_po_number = YesNo(
        required=True,
        **named("An invoice needs a purchase order (PO) number", legend="PO numbers"),
    )
    stops_over_budget = YesNo(
        load_default=False,
        **named("Refuse what a budget has no money left for", legend="Budgets"),
    )


class AddRow(Command):
    """One more row of the scheme: who, up to which sum, where and with how many quotes."""

    role = Choice(
        Role,
        APPROVING_ROLES,
        allow_none=True,
        load_default=None,
        **named("Role"),
    )
    person_id = Identifier(
        allow_none=True,
        load_default=None,
        **named("Person"),
    )
    body = Text(
        longest=100,
        load_default="",
        **named("In whose name (optional)", hint="For example, finance committee"),
    )
    up_to_pence = Pence(
        allow_none=True,
        load_default=None,
        **named(
            "May approve up to",
            hint="Excluding VAT, over the whole life. Leave it empty for any sum.",
        ),
    )
    cost_centre_id = Identifier(
        allow_none=True,
        load_default=None,
        **named("Cost centre", hint="A row for a cost centre counts there in place of the general one"),
    )
    quotes = WholeNumber(
        most=10,
        load_default=0,
        **named("How many quotes must have been asked for", hint="Enter 0 if none"),
    )

    @ma.validates_schema
    def check_who(self, data: dict[str, Any], **kwargs: Any) -> None:
        """A role or a person; neither says that nobody needs to approve, which needs a limit."""
        if data["role"] is not None and data["person_id"] is not None:
            raise ma.ValidationError("Choose a role or a person, not both", "person_id")
        is_free = data["role"] is None and data["person_id"] is None
        is_meant = data.get("approver", ApproverKind.NOBODY) is ApproverKind.NOBODY
        if is_free and is_meant and data["up_to_pence"] is None:
            raise ma.ValidationError("Enter a sum: above it somebody must approve", "up_to_pence")

    @ma.post_load
    def make_row(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """The row as the scheme has it; it says by itself whom it is about."""
        data.pop("approver", None)
        seen = {"seen": data.pop("seen")} if "seen" in data else {}
        return {"row": Row(**data), **seen}


class AddSeenRow(AddRow):
    """The same as a page asks it, one question for whom the row is about.

    It is for the writing of the scheme that the person looked at (none: nobody has written one).
    """

    seen = Identifier(allow_none=True, load_default=None, **named("The rules that you looked at"))
    approver = Choice(
        ApproverKind,
        APPROVER_WORDS,
        required=True,
        **named("Who approves?", missing="Select who approves"),
    )

    @ma.pre_load
    def drop_the_others(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """What stands under an answer that was not chosen does not count."""
        others = {"role", "person_id"} - {APPROVER_FIELDS.get(data.get("approver", ""), "")}
        return {name: value for name, value in data.items() if name not in others}

    @ma.validates_schema
    def check_answer(self, data: dict[str, Any], **kwargs: Any) -> None:
        """A role or a person has to be said."""
        field = APPROVER_FIELDS.get(data["approver"].value)
        if field is not None and data.get(field) is None:
            raise ma.ValidationError(NEEDED[field], field)


class RemoveRow(Command):
    """A row, counted from 0, of the writing that the person looked at."""

    seen = Identifier(allow_none=True, load_default=None, **named("The rules that you looked at"))
    place = WholeNumber(required=True, most=1_000, **named("Row"))


class PutScheme(ApprovalRules):
    """A whole scheme: its rows above the sum that needs no approval, in their order."""

    rows = ma.fields.List(
        ma.fields.Nested(AddRow),
        required=True,
        validate=ma.validate.Length(max=50),
        metadata={"label": "Rows"},
    )


class DecideRules(Command):
    """The proposed rules that the person has read, and no others."""

    scheme_id = Identifier(required=True, **named("Proposed rules", missing="Choose the proposed rules"))


class Try(Command):
    """A sum to ask the scheme about."""

    net_pence = Pence(
        required=True,
        least=1,
        **named(
            "What would it cost, excluding VAT?",
            hint="Over its whole life: three years at £15,000 is £45,000",
            missing="Enter what it would cost",
        ),
    )
    cost_centre_id = Identifier(
        allow_none=True, load_default=None, **named("Cost centre", hint="The one that would pay")
    )
    alike = Text(
        longest=200,
        allow_none=True,
        load_default=None,
        **named(
            "Supplier and category",
            hint="What you asked for from one supplier in one category in the last 90 days is added up",
        ),
    )


class OpenCostCentre(Command):
    """A part of the organisation whose spending is planned apart."""

    code = Text(required=True, longest=20, **named("Code", hint="As in your finance system, for example EST"))
    name = Text(required=True, longest=100, **named("Name", hint="For example, Estates"))


class CloseCostCentre(Command):
    """Take no new orders there, or take them again."""

    is_closed = YesNo(required=True, **named("Closed"))


class SetBudget(Command):
    """What a cost centre may spend in the financial year of a day."""

    cost_centre_id = Identifier(required=True, **named("Cost centre", missing="Select a cost centre"))
    year_starts_on = Day(required=True, **named("Financial year", missing="Select a financial year"))
    net_pence = Pence(
        required=True, **named("Budget for the year, excluding VAT", missing="Enter the budget")
    )


class NameStandIn(Command):
    """Who approves in the person's place, from when to when, both days included."""

    stand_in_id = Identifier(
        required=True,
        **named(
            "Who stands in for you?",
            hint="They may approve what you may, up to your limit, and never what either of you asked for",
            missing="Select who stands in for you",
        ),
    )
    starts_on = Day(required=True, **named("First day", missing="Enter the first day"))
    ends_on = Day(required=True, **named("Last day", missing="Enter the last day"))


class Approving(Command):
    """What an approver says where the rules ask for it."""

    has_quotes = YesNo(
        load_default=False, **named("I have seen that the quotes were asked for", legend="Quotes")
    )
    quotes_note = Text(
        longest=LONGEST_REASON,
        lines=True,
        load_default="",
        **named("From whom, and for how much"),
    )
    accepts_over_budget = YesNo(
        load_default=False, **named("I approve it although the budget does not reach", legend="Budget")
    )
    over_budget_reason = Text(
        longest=LONGEST_REASON, lines=True, load_default="", **named("Why it may be spent all the same")
    )

    @ma.validates_schema
    def check_ticks(self, data: dict[str, Any], **kwargs: Any) -> None:
        """A tick and its words belong together."""
        pairs = (
            ("has_quotes", "quotes_note", "Say from whom the quotes came, and for how much"),
            ("accepts_over_budget", "over_budget_reason", "Say why it may be spent all the same"),
        )
        for tick, words, wanted in pairs:
            if data.get(tick) and not data.get(words):
                raise ma.ValidationError(wanted, words)
            if data.get(words) and not data.get(tick):
                raise ma.ValidationError("Tick the box too", tick)


SPOKEN = ("quotes_note", "over_budget_reason")
"""What services take of an approval beside what was seen: no tick stands without its words."""
