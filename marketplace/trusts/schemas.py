"""What people type to look after their trust."""

from __future__ import annotations

from marketplace.kernel.fields import Command, Identifier, Pence, Text, YesNo, named


class ApprovalRules(Command):
    """From which sum on a second person approves, and whether suppliers need a PO number."""

    approval_limit_pence = Pence(
        required=True,
        **named(
            "Orders up to this sum need no approval",
            hint="Excluding VAT, over the whole life of the order. Enter 0 to have every order approved.",
            missing="Enter a sum, or 0 to have every order approved",
        ),
    )
    requires_po_number = YesNo(
        required=True,
        **named("An invoice needs a purchase order (PO) number", legend="PO numbers"),
    )


class DecideRules(Command):
    """The proposed rules that the person has read, and no others."""

    change_id = Identifier(required=True, **named("Proposed rules", missing="Choose the proposed rules"))


class Switch(Command):
    """Another organisation to act for."""

    organisation_id = Identifier(required=True, **named("Organisation", missing="Choose an organisation"))


class FindOrganisations(Command):
    """Words of a name, or an identifier."""

    q = Text(load_default="", **named("Name, URN, UID, UKPRN or company number"))
    after = Identifier(load_default=None, **named("Where the page begins"))
